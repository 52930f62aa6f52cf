#include "src/report/records.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>

#include "src/report/detail.h"

namespace lifeguard::report {

using ledger::Reader;
using ledger::Slot;
using ledger::State;

system::Identity identity(const ledger::Header& header) {
  system::Identity who;
  who.pid = header.pid;
  who.start = header.start;
  std::copy(std::begin(header.boot), std::end(header.boot), who.boot.begin());
  who.pid_namespace = header.pid_namespace;
  return who;
}

std::string one_text(Reader& reader, ledger::Text text) {
  std::string bytes = reader.text(text);
  bytes.resize(std::min(bytes.find('\0'), bytes.size()));
  return bytes;
}

bool held(State state) {
  return state == State::opening || state == State::live || state == State::inherited || state == State::unseen;
}

Resource resource_of(uint32_t number, const Slot& slot, const Clock& clock) {
  Resource resource;
  resource.number = static_cast<int>(number);
  resource.kind = ledger::word_kind(slot.word);
  resource.state = ledger::word_state(slot.word);
  resource.flags = ledger::word_flags(slot.word);
  resource.thread = slot.thread;
  resource.phase = slot.phase;
  resource.born = clock.at(slot.born);
  if (resource.state == State::opening) return resource;  // what else stands there is of the life before
  resource.site = slot.site;
  resource.bound = slot.bound;
  resource.closer = resource.state == State::closing ? slot.closer : 0;
  resource.bytes = slot.bytes;
  resource.detail = detail_text({reinterpret_cast<const char*>(slot.detail), sizeof slot.detail}, resource.flags);
  return resource;
}

void read_slots(Reader& reader, bool may_change, const Clock& clock, Process* process) {
  process->resources.clear();
  const bool vanished = process->end.how == End::How::vanished;
  reader.each_slot(may_change, [&](uint32_t number, const Slot& slot) {
    const State state = ledger::word_state(slot.word);
    // Whether the kernel came to do a close that was under way at a kill, nobody knows any more.
    if (held(state) || (vanished && state == State::closing))
      process->resources.push_back(resource_of(number, slot, clock));
  });
}

namespace {

// A name as the program gave it, or as much of it as was kept.
std::string first_piece(const ledger::Thing& raw) {
  ledger::DetailPieces rest{{reinterpret_cast<const char*>(raw.detail), sizeof raw.detail}};
  ledger::DetailTag tag;
  std::string_view bytes;
  return rest.next(&tag, &bytes) ? std::string(bytes.substr(0, bytes.find('\0'))) : std::string();
}

std::string hex_number(uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

// By what people know it: a number for processes, threads and System V ids, a name for the rest.
void identify(const ledger::Thing& raw, const std::string& cwd, Thing* thing) {
  using ledger::Kind;
  switch (thing->kind) {
    case Kind::process:
      thing->number = static_cast<int>(raw.id);
      thing->start = raw.start;
      thing->status = raw.status;
      thing->device = raw.device;
      break;
    case Kind::thread:
      thing->status = raw.status;
      if (raw.status > 0)
        thing->number = raw.status;
      else
        thing->name = hex_number(raw.id);
      break;
    case Kind::path:
    case Kind::segment:
    case Kind::semaphore:
    case Kind::queue:
      thing->device = raw.device;
      thing->inode = raw.start;
      thing->moment = static_cast<Time>(raw.moment);
      if (thing->flags & ledger::thing_system_v) {
        thing->number = static_cast<int>(raw.id & 0x7fffffff);
        break;
      }
      thing->name =
          raw.detail[0] == static_cast<uint8_t>(ledger::DetailTag::long_path) ? thing->detail : first_piece(raw);
      if (thing->kind == Kind::path && !thing->name.empty() && thing->name[0] != '/' && !cwd.empty())
        thing->name = cwd + '/' + thing->name;
      thing->detail = thing->name;
      break;
    case Kind::module:
      thing->name = first_piece(raw);
      thing->detail = thing->name;
      if (raw.status > 1) thing->detail += " (" + std::to_string(raw.status) + " times)";
      break;
    case Kind::own: {
      const std::string words = first_piece(raw);
      const size_t end = words.find(ledger::own_kind_end);
      thing->kind_name = words.substr(0, end);
      thing->detail = end == std::string::npos ? "" : words.substr(end + 1);
      thing->name = raw.start < 1u << 31 ? std::to_string(raw.start) : hex_number(raw.start);
      break;
    }
    default:
      thing->name = thing->detail.empty() ? hex_number(raw.id) : thing->detail;
  }
}

std::string detail_of(Reader& reader, const ledger::Thing& thing) {
  ledger::DetailPieces pieces{{reinterpret_cast<const char*>(thing.detail), sizeof thing.detail}};
  ledger::DetailTag tag;
  std::string_view bytes;
  ledger::Text path;
  if (pieces.next(&tag, &bytes) && tag == ledger::DetailTag::long_path && bytes.size() == sizeof path) {
    std::memcpy(&path, bytes.data(), sizeof path);
    return reader.text(path);
  }
  return detail_text({reinterpret_cast<const char*>(thing.detail), sizeof thing.detail}, 0);
}

}  // namespace

void read_things(Reader& reader, bool may_change, const Clock& clock, const std::string& cwd, Process* process) {
  process->things.clear();
  reader.each_thing(may_change, [&](const ledger::Thing& raw) {
    if (ledger::word_state(raw.word) != State::live) return;  // what stands there is not all of it
    Thing thing;
    thing.kind = ledger::word_kind(raw.word);
    thing.state = State::live;
    thing.flags = ledger::word_flags(raw.word);
    thing.site = raw.site;
    thing.thread = raw.thread;
    thing.phase = raw.phase;
    thing.monotonic = raw.born;
    thing.born = clock.at(raw.born);
    thing.detail = detail_of(reader, raw);
    identify(raw, cwd, &thing);
    if (thing.kind == ledger::Kind::process) thing.moment = clock.at(raw.moment);
    process->things.push_back(std::move(thing));
  });
}

void read_events(Reader& reader, const Clock& clock, Process* process) {
  process->double_closes.clear();
  process->refusals.clear();
  reader.each_event([&](const ledger::Event& event) {
    if (event.what == ledger::EventWhat::address_in_use)
      process->refusals.push_back({detail_text(reader.text(event.detail), 0), event.site, clock.at(event.time)});
    if (event.what != ledger::EventWhat::double_close || (event.flags & ledger::event_sweep)) return;
    DoubleClose twice;
    twice.what.number = event.number;
    twice.what.kind = event.kind;
    twice.what.state = State::closed;
    twice.what.site = event.creator;
    twice.what.thread = event.thread;
    twice.what.born = clock.at(event.born);
    twice.what.detail = detail_text(reader.text(event.detail), 0);
    twice.closed_first = event.closer;
    twice.closed_again = event.site;
    twice.thread = event.thread;
    twice.when = clock.at(event.time);
    process->double_closes.push_back(std::move(twice));
  });
}

void read_phases(Reader& reader, Process* process) {
  process->phases.clear();
  constexpr size_t most = 65536, longest = 255;
  for (uint32_t number = reader.header().last_phase; number && process->phases.size() < most;) {
    ledger::PhaseHead head;
    const std::string bytes = reader.text({number - 1, sizeof head});
    if (bytes.size() != sizeof head) return;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.length > longest) return;
    process->phases[number] = reader.text({number - 1 + static_cast<uint32_t>(sizeof head), head.length});
    if (head.previous >= number) return;
    number = head.previous;
  }
}

namespace {

std::string hex(const uint8_t* bytes, size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; ++i) text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
  return text;
}

void read_python(Reader& reader, uint32_t code, Process* process) {
  auto [known, added] = process->python.try_emplace(code);
  ledger::PythonCode raw;
  if (!added || !reader.python_code(code, &raw)) return;
  known->second.function = one_text(reader, raw.function);
  known->second.file = one_text(reader, raw.file);
}

}  // namespace

void read_sites(Reader& reader, Process* process) {
  std::set<uint32_t> wanted;
  for (const Resource& resource : process->resources) wanted.insert({resource.site, resource.closer, resource.bound});
  for (const Thing& thing : process->things) wanted.insert(thing.site);
  for (const Refusal& refusal : process->refusals) wanted.insert(refusal.site);
  for (const DoubleClose& twice : process->double_closes)
    wanted.insert({twice.what.site, twice.closed_first, twice.closed_again});
  wanted.insert(process->end.site);
  wanted.erase(0);
  uint32_t modules = 0;
  for (uint32_t number : wanted) {
    ledger::Site raw;
    Site site;
    if (!reader.site(number, &raw, &site.frames)) continue;
    site.births = raw.births;
    site.cut = (raw.flags & (ledger::site_cut_depth | ledger::site_cut_unknown)) != 0;
    for (uint64_t frame : site.frames) {
      if (ledger::frame_has_module(frame)) modules = std::max(modules, ledger::frame_module(frame) + 1);
      if (ledger::frame_module(frame) == ledger::frame_python)
        read_python(reader, ledger::frame_python_code(frame), process);
    }
    process->sites.emplace(number, std::move(site));
  }
  for (uint32_t number = 0; number < modules; ++number) {
    ledger::Module raw;
    Module module;
    if (reader.module(number, &raw)) {
      module.path = one_text(reader, raw.path);
      module.build_id = hex(raw.build_id, raw.build_id_length);
    }
    process->modules.push_back(std::move(module));
  }
}

}  // namespace lifeguard::report
