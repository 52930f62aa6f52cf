#include "src/report/load.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "src/report/records.h"
#include "src/report/remains.h"
#include "src/system/descriptors.h"
#include "src/system/process.h"

namespace lifeguard::report {
namespace {

using ledger::Header;
using ledger::Reader;
using ledger::Slot;
using ledger::State;

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
