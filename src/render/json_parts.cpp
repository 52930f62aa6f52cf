#include "src/render/json_parts.h"

namespace lifeguard::render {

void document(std::ostream& out, const std::function<void(JsonWriter&)>& members) {
  JsonWriter json(out);
  json.begin_object();
  members(json);
  json.end();
  out << '\n';
}

void frames(JsonWriter& json, std::string_view key, const report::Stack& stack) {
  json.key(key).begin_array();
  for (const report::Frame& frame : stack) {
    json.begin_object(JsonWriter::Layout::flat);
    json.member_or_null("function", frame.function);
    json.member_or_null("file", frame.file);
    json.key("line");
    if (frame.line > 0)
      json.value(frame.line);
    else
      json.null();
    json.member_or_null("module", frame.module);
    json.member_or_null("build_id", frame.build_id);
    json.member("offset", frame.offset);
    json.member("own", frame.own);
    json.member_or_null("language", frame.language);
    if (frame.inlined) json.member("inlined", true);
    if (frame.exact) json.member("exact", true);
    if (!frame.note.empty()) json.member("note", std::string_view(frame.note));
    json.end();
  }
  json.end();
}

void seconds(JsonWriter& json, std::string_view key, double value) {
  json.key(key);
  if (value < 0)
    json.null();
  else
    json.value(static_cast<int64_t>(value));
}

}  // namespace lifeguard::render
