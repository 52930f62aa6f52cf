// The handlers that servers of Python's own library were given: socketserver's (a class, with WSGI an application) and
// asyncio's (what makes a protocol, or is called for a connection). The server's frames have them, or refer to them.
#include "preload/ledger.h"
#include "preload/python_objects.h"
#include "preload/sites.h"
#include "preload/state.h"
#include "src/judge/own.h"

namespace lifeguard::python {
namespace {

using Kind = Objects::Kind;

struct Server {
  unsigned frame = 0;  // which of Frames
  uintptr_t handlers[2] = {};
};

bool of_socketserver(Slice file) { return ends_with(file, "/socketserver.py"); }
bool of_asyncio(Slice file) { return ends_with(file, "/asyncio/selector_events.py"); }

// The outermost of the server's frames that knows its handler.
bool find_server(const Objects& objects, const Frames& frames, Server* server) {
  bool found = false;
  for (unsigned i = 0; i < frames.count; ++i) {
    char room[256];
    Slice file = file_name(*frames.interpreter, frames.code[i], room, sizeof room);
    Server here = {i, {}};
    if (of_socketserver(file)) {
      uintptr_t self = objects.local(frames.frame[i], 0);
      here.handlers[0] = objects.attribute(self, "RequestHandlerClass");
      if (here.handlers[0]) here.handlers[1] = objects.attribute(self, "application");
    } else if (of_asyncio(file) && function_name(*frames.interpreter, frames.code[i], room, sizeof room) ==
                                       "BaseSelectorEventLoop._accept_connection") {
      here.handlers[0] = objects.local(frames.frame[i], 1);
    }
    if (objects.kind(here.handlers[0]) == Kind::none) continue;
    *server = here;
    found = true;
  }
  return found;
}

constexpr unsigned furthest = 3;  // a partial of a method, a function in the closure of a function

// The same for the same handler, by what it is made of: another may come to lie in its place.
uint64_t identity(const Interpreter& interpreter, const Objects& objects, uintptr_t object, unsigned further) {
  switch (further ? objects.kind(object) : Kind::none) {
    case Kind::type: {
      char room[256];
      uint64_t key = object;
      for (char c : objects.type_name(object, room, sizeof room)) key = mix(key, static_cast<uint8_t>(c));
      return key;
    }
    case Kind::function: {
      uintptr_t code = objects.code_of_function(object);
      uint64_t key = mix(code, objects.at(objects.at(code + interpreter.layout.line_table) + bytes_begin));
      objects.each_captured(object, [&](uintptr_t value) {
        Kind kind = objects.kind(value);
        if (kind != Kind::none && kind != Kind::instance)
          key = mix(key, identity(interpreter, objects, value, further - 1));
      });
      return key;
    }
    case Kind::method:
    case Kind::partial:
      return identity(interpreter, objects, objects.called_by(object), further - 1);
    case Kind::instance:
      return identity(interpreter, objects, objects.type_of(object), further - 1);
    default:
      return 0;
  }
}

struct Described {
  Slice function, file;
  uint32_t line = 0;
  bool own = false;
  char function_room[512], file_room[512];
};

class Describe {
 public:
  Describe(const Interpreter& interpreter, const Objects& objects) : interpreter_(interpreter), objects_(objects) {}

  bool operator()(uintptr_t object, unsigned further, Described* out) const {
    switch (further ? objects_.kind(object) : Kind::none) {
      case Kind::type:
        return of_class(object, out);
      case Kind::function: {
        bool known = of_code(objects_.code_of_function(object), out);
        // One of the library's own that calls another: asyncio.start_server.
        if (known && !out->own)
          objects_.each_captured(object, [&](uintptr_t value) {
            Kind kind = objects_.kind(value);
            Described inner;
            if (!out->own && kind != Kind::none && kind != Kind::instance && (*this)(value, further - 1, &inner) &&
                inner.own)
              take(inner, out);
          });
        return known;
      }
      case Kind::method:
      case Kind::partial:
        return (*this)(objects_.called_by(object), further - 1, out);
      case Kind::instance:
        return (*this)(objects_.type_of(object), further - 1, out);
      default:
        return false;
    }
  }

  static void take(const Described& from, Described* to) {
    *to = from;
    if (from.function.data == from.function_room) to->function.data = to->function_room;
    if (from.file.data == from.file_room) to->file.data = to->file_room;
  }

 private:
  bool is_code(uintptr_t object) const { return objects_.type_of(object) == interpreter_.code_type; }

  bool of_code(uintptr_t code, Described* out) const {
    if (!is_code(code)) return false;
    const Layout& layout = interpreter_.layout;
    out->function = objects_.text(objects_.at(code + layout.function), out->function_room, sizeof out->function_room);
    out->file = objects_.text(objects_.at(code + layout.file), out->file_room, sizeof out->file_room);
    out->line = objects_.at<uint32_t>(code + layout.first_line);
    out->own = judge::own_python(out->function, out->file, image.options.own);
    return !out->function.empty();
  }

  // A class begins where the first of its functions does. One without any has no file that could be found: it stands
  // for the one it inherits from, if that is the program's own too.
  bool of_class(uintptr_t type, Described* out) const {
    constexpr unsigned most_bases = 16;
    uintptr_t base = type;
    for (unsigned i = 0; i < most_bases && plausible(base); ++i, base = objects_.base_of(base)) {
      Described first;
      if (!first_function(base, &first)) continue;
      if (base == type || first.own) take(first, out);
      break;
    }
    out->function = objects_.type_name(type, out->function_room, sizeof out->function_room);
    if (out->function.empty() || !out->file.empty()) return !out->function.empty();
    Line<sizeof out->file_room> file;
    objects_.each_of_class(type, [&](uintptr_t key, uintptr_t value) {
      char name[16], module[256];
      if (file.slice().empty() && objects_.text(key, name, sizeof name) == "__module__")
        file << "<class in " << objects_.text(value, module, sizeof module) << ">";
    });
    out->own = true;
    memcpy(out->file_room, file.slice().data, file.slice().size);
    out->file = {out->file_room, file.slice().size};
    return true;
  }

  bool first_function(uintptr_t type, Described* out) const {
    char room[512];
    Slice name = objects_.type_name(type, room, sizeof room);
    objects_.each_of_class(type, [&](uintptr_t, uintptr_t value) {
      Described one;
      if (objects_.kind(value) == Kind::function && of_code(objects_.code_of_function(value), &one) &&
          starts_with(one.function, name) && starts_with(one.function.from(name.size), ".") &&
          (out->file.empty() || one.line < out->line))
        take(one, out);
    });
    return !out->file.empty();
  }

  const Interpreter& interpreter_;
  const Objects& objects_;
};

uint64_t frame_of_handler(const Interpreter& interpreter, const Objects& objects, const Server& server) {
  Describe describe(interpreter, objects);
  Described handler;
  for (uintptr_t object : server.handlers) {
    Described one;
    if (!handler.own && describe(object, furthest, &one) && (one.own || handler.function.empty()))
      Describe::take(one, &handler);
  }
  return frame_for(handler.function, handler.file, handler.line);
}

// Where a site has that code's outermost frame: the handler is called from there.
uint16_t place_of(const Interpreter& interpreter, uintptr_t code, const uint64_t* site, uint16_t count) {
  char function_room[256], file_room[256];
  Slice function = function_name(interpreter, code, function_room, sizeof function_room);
  Slice file = file_name(interpreter, code, file_room, sizeof file_room);
  uint16_t place = count;
  for (uint16_t i = 0; i < count; ++i) {
    if (ledger::frame_module(site[i]) != ledger::frame_python) continue;
    ledger::PythonCode there = book::python_code(site[i]);
    if (book::string(there.function) == function && book::string(there.file) == file) place = i;
  }
  return place;
}

// Does it where the calling thread is in such a server.
template <typename Work>
void at_server(unsigned depth, bool careful, Work work) {
  Frames frames;
  Server server;
  read(depth, &frames);
  if (!frames.count) return;
  Objects objects(*frames.interpreter, careful);
  if (find_server(objects, frames, &server)) work(objects, frames, server);
}

}  // namespace

bool serving(const Frames& frames) {
  if (!frames.interpreter || !Objects(*frames.interpreter, true).known()) return false;
  for (unsigned i = 0; i < frames.count; ++i) {
    if (built_in(*frames.interpreter, frames.code[i], sizeof(void*))) continue;  // no server is
    char room[256];
    Slice file = file_name(*frames.interpreter, frames.code[i], room, sizeof room);
    if (of_socketserver(file) || of_asyncio(file)) return true;
  }
  return false;
}

uint64_t handler_key(unsigned depth) {
  uint64_t key = 0;
  at_server(depth, false, [&](const Objects& objects, const Frames& frames, const Server& server) {
    key = server.frame;
    for (uintptr_t handler : server.handlers) key = mix(key, identity(*frames.interpreter, objects, handler, furthest));
    key |= 1;
  });
  return key;
}

uint16_t with_handler(const uint64_t* site, uint16_t count, unsigned depth, uint64_t* out) {
  uint16_t made = 0;
  at_server(depth, true, [&](const Objects& objects, const Frames& frames, const Server& server) {
    uint64_t frame = frame_of_handler(*frames.interpreter, objects, server);
    if (!frame) return;
    uint16_t place = place_of(*frames.interpreter, frames.code[server.frame], site, count);
    memcpy(out, site, place * sizeof *out);
    out[place] = frame;
    memcpy(out + place + 1, site + place, (count - place) * sizeof *out);
    made = static_cast<uint16_t>(count + 1);
  });
  return made;
}

}  // namespace lifeguard::python
