#include "src/report/load.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <tuple>

#include "src/report/detail.h"
#include "src/report/remains.h"
#include "src/system/descriptors.h"
#include "src/system/process.h"

namespace lifeguard::report {
namespace {

using ledger::Header;
using ledger::Reader;
using ledger::Slot;
using ledger::State;

struct Clock {
  explicit Clock(const Header& header)
      : realtime(static_cast<Time>(header.began_realtime)), monotonic(static_cast<Time>(header.began_monotonic)) {}
  Time at(uint64_t monotonic_time) const {
    if (monotonic_time == 0 || realtime == 0) return 0;
    Time born, shifted;
    // Both come from the file: arithmetic on them may not be trusted to fit.
    if (__builtin_sub_overflow(static_cast<Time>(monotonic_time), monotonic, &shifted) ||
        __builtin_add_overflow(realtime, shifted, &born))
      return 0;
    return born;
  }
  Time realtime, monotonic;
};

// "a\0b\0" to its parts.
std::vector<std::string> zero_ended(const std::string& bytes) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t end = std::min(bytes.find('\0', at), bytes.size());
    parts.push_back(bytes.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// One string, as opposed to a list of them: a zero byte in it is damage.
std::string one_text(Reader& reader, ledger::Text text) {
  std::string bytes = reader.text(text);
  bytes.resize(std::min(bytes.find('\0'), bytes.size()));
  return bytes;
}

std::string hex(const uint8_t* bytes, size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; ++i) text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
  return text;
}

system::Identity identity(const Header& header) {
  system::Identity who;
  who.pid = header.pid;
  who.start = header.start;
  std::copy(std::begin(header.boot), std::end(header.boot), who.boot.begin());
  who.pid_namespace = header.pid_namespace;
  return who;
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

bool held(State state) {
  return state == State::opening || state == State::live || state == State::inherited || state == State::unseen;
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

// Only what was open in two looks, with the ledger read in between, can be held against the ledger: a descriptor may
// come and go while it is read.
void compare_with_proc(Reader& reader, int pid, const system::Descriptors& before, const Clock& clock,
                       Process* process) {
  system::Descriptors now;
  std::string ignored;
  if (!system::list_descriptors(pid, &now, &ignored)) return;
  process->compared = true;

  std::set<int> known;
  std::erase_if(process->resources, [&](Resource& resource) {
    auto open = now.find(resource.number);
    if (open == now.end() || !system::may_be(resource.kind, open->second)) return true;
    known.insert(resource.number);
    if (resource.kind == ledger::Kind::descriptor) {  // it came from elsewhere; only the kernel knows what it is
      resource.kind = system::kind_of(pid, resource.number, open->second);
      resource.detail = open->second;
    }
    resource.bytes = open->second.ends_with(" (deleted)") ? system::deleted_bytes(pid, resource.number) : 0;
    return false;
  });
  for (const auto& [number, target] : now) {
    if (known.contains(number) || number <= 2) continue;
    auto earlier = before.find(number);
    if (earlier == before.end() || earlier->second != target) continue;
    Slot slot;
    if (reader.slot(static_cast<uint32_t>(number), &slot) && held(ledger::word_state(slot.word)) &&
        system::may_be(ledger::word_kind(slot.word), target)) {
      process->resources.push_back(resource_of(static_cast<uint32_t>(number), slot, clock));
      continue;
    }
    Resource unseen;
    unseen.number = number;
    unseen.state = State::unseen;
    unseen.kind = system::kind_of(pid, number, target);
    unseen.detail = target;
    unseen.bytes = system::deleted_bytes(pid, number);
    process->resources.push_back(std::move(unseen));
  }
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

void read_python(Reader& reader, uint32_t code, Process* process) {
  auto [known, added] = process->python.try_emplace(code);
  ledger::PythonCode raw;
  if (!added || !reader.python_code(code, &raw)) return;
  known->second.function = one_text(reader, raw.function);
  known->second.file = one_text(reader, raw.file);
}

// The phases that the program went through, by the numbers that its resources carry.
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

// The sites that something of the process refers to, and the modules they lie in; a ledger holds many more.
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

void read_end(const Header& header, bool alive, const Clock& clock, Process* process) {
  End& end = process->end;
  end = {};
  end.handled = header.handled.signal;
  end.handled_from = header.handled.sender;
  end.handled_when = end.handled ? clock.at(header.handled.time) : 0;
  switch (header.end.how) {
    case ledger::EndHow::exit:
      end.how = End::How::exit;
      break;
    case ledger::EndHow::signal:
      end.how = End::How::signal;
      break;
    case ledger::EndHow::exec:
      end.how = End::How::exec;
      break;
    default:
      end.how = alive ? End::How::running : End::How::vanished;
      return;
  }
  end.status = header.end.status;
  end.signal = header.end.signal;
  end.sender = header.end.sender;
  end.site = end.how == End::How::signal ? header.end.site : 0;
  end.when = clock.at(header.end.time);
  process->compared = header.end.reconciled != 0;
}

void read_lost(const ledger::Lost& lost, Process* process) {
#define LIFEGUARD_READ_LOST(name, what) \
  if (lost.name) process->lost[#name] = lost.name;
  LIFEGUARD_LOST(LIFEGUARD_READ_LOST)
#undef LIFEGUARD_READ_LOST
}

void read_run(Reader& reader, Run* run) {
  const Header& header = reader.header();
  if (run->host.empty()) run->host = one_text(reader, header.host);
  if (run->id.empty()) run->id = one_text(reader, header.run);
  for (const std::string& label : zero_ended(reader.text(header.labels))) {
    const size_t equals = label.find('=');
    if (equals != std::string::npos) run->labels.emplace(label.substr(0, equals), label.substr(equals + 1));
  }
}

}  // namespace

bool add_ledger(const std::string& path, Reader::Links links, Run* run, std::string* error) {
  Reader reader;
  if (!reader.open(path, error, links)) return false;
  read_run(reader, run);

  Process process;
  process.ledger = path;
  // It may end, or exec, while it is looked at: then what was read belongs to no one moment, and is read again.
  for (int tries = 0; tries < 3; ++tries) {
    const Header& header = reader.header();
    const Clock clock(header);
    const bool no_word = header.end.how == ledger::EndHow::none;
    const int alive = no_word ? system::find_alive(identity(header)) : 0;
    system::Descriptors before;
    std::string ignored;
    if (alive) system::list_descriptors(alive, &before, &ignored);
    read_end(header, alive != 0, clock, &process);
    read_slots(reader, no_word, clock, &process);
    read_events(reader, clock, &process);
    read_things(reader, no_word, clock, one_text(reader, header.cwd), &process);
    if (alive) compare_with_proc(reader, alive, before, clock, &process);
    if (!no_word) break;
    if (!reader.refresh()) break;
    if (reader.header().end.how == ledger::EndHow::none &&
        (alive != 0) == (system::find_alive(identity(reader.header())) != 0))
      break;
  }
  const Header& header = reader.header();
  process.pid = header.pid;
  process.ppid = header.ppid;
  process.image = header.image;
  process.start = header.start;
  process.first = (header.flags & ledger::header_first) != 0;
  process.began = static_cast<Time>(header.began_realtime);
  process.exe = one_text(reader, header.exe);
  process.command = zero_ended(reader.text(header.command));
  process.cwd = one_text(reader, header.cwd);
  process.own = one_text(reader, header.own);
  process.run_exe = one_text(reader, header.run_exe);
  process.trouble = one_text(reader, header.trouble);
  process.origin = one_text(reader, header.origin);
  process.forked = (header.flags & ledger::header_forked) != 0;
  std::copy(std::begin(header.boot), std::end(header.boot), process.boot.begin());
  process.pid_namespace = header.pid_namespace;
  process.lives = process.end.how == End::How::running ||
                  (process.end.how == End::How::exec && system::find_alive(identity(header)) != 0);
  process.cleanup = {header.cleanup.done != 0, header.cleanup.closed, header.cleanup.ended, header.cleanup.killed,
                     header.cleanup.left};
  read_lost(header.lost, &process);
  read_phases(reader, &process);
  read_sites(reader, &process);
  if (std::string damage = reader.damage(); !damage.empty()) run->troubles.push_back(path + ": skipped " + damage);
  run->processes.push_back(std::move(process));
  return true;
}

void finish_run(Run* run) {
  auto& processes = run->processes;
  std::stable_sort(processes.begin(), processes.end(), [](const Process& a, const Process& b) {
    if (a.first != b.first) return a.first;
    if (a.began != b.began) return a.began < b.began;
    return std::tie(a.start, a.pid, a.image) < std::tie(b.start, b.pid, b.image);  // in one tick of the clock
  });
  std::map<std::pair<int, uint64_t>, const Process*> last;
  for (const Process& process : processes) {
    const Process*& known = last[{process.pid, process.start}];
    if (!known || known->image < process.image) known = &process;
    if (run->started == 0 || (process.began && process.began < run->started)) run->started = process.began;
  }
  for (Process& process : processes) {
    // A later image of the same process: this one ended by exec, whatever it had the time to write.
    const Process* later = last[{process.pid, process.start}];
    const bool no_word = process.end.how == End::How::vanished || process.end.how == End::How::running;
    if (no_word && later->image > process.image) {
      process.end.how = End::How::exec;
      process.end.when = later->began;
    }
    if (process.end.how == End::How::exec && later->image > process.image) process.lives = later->lives;
  }
  ask_for_remains(run);
  run->ended = 0;
  bool running = false;
  for (const Process& process : processes) {
    running = running || process.end.how == End::How::running;
    run->ended = std::max(run->ended, process.end.when);
  }
  if (running) run->ended = 0;
  if (!processes.empty()) run->command = processes.front().command;
}

}  // namespace lifeguard::report
