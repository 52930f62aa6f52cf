#include "src/judge/verdict.h"

#include <algorithm>

#include "src/judge/own.h"
#include "src/judge/shipped.h"

namespace lifeguard::judge {
namespace {

using ledger::Kind;
using ledger::State;
using report::End;
using report::Process;
using report::Resource;
using report::Run;
using report::Severity;
using report::Thing;

constexpr report::Time second = 1'000'000'000;

Slice slice(const std::string& text) { return {text.data(), text.size()}; }

bool killed(const Process& process) {
  return process.end.how == End::How::signal || process.end.how == End::How::vanished;
}

bool runs(const Process& process) { return process.end.how == End::How::running; }

void weaken(Verdict* verdict, Severity most, const char* reason) {
  verdict->severity = std::min(verdict->severity, most);
  if (!*verdict->reason) verdict->reason = reason;
}

// Whether one of Python's frames on the site's stack is in such a file, or the innermost of all in such a module.
bool made_in(const Process& process, uint32_t number, Slice files) {
  const auto site = process.sites.find(number);
  if (site == process.sites.end()) return false;
  if (!site->second.frames.empty()) {
    const uint32_t first = ledger::frame_module(site->second.frames.front());
    if (first < process.modules.size() && glob_list_match(files, slice(process.modules[first].path))) return true;
  }
  return std::any_of(site->second.frames.begin(), site->second.frames.end(), [&](uint64_t frame) {
    if (ledger::frame_module(frame) != ledger::frame_python) return false;
    const auto code = process.python.find(ledger::frame_python_code(frame));
    return code != process.python.end() && glob_list_match(files, slice(code->second.file));
  });
}

// A child may have been made by the program that the process was before an exec: its habits count too.
const ShippedRule* rule_of_maker(const Class& of, const Process& process, const Resource& child) {
  const auto site = process.sites.find(child.site);
  if (child.kind != Kind::process || site == process.sites.end()) return nullptr;
  for (const uint64_t frame : site->second.frames) {
    const uint32_t module = ledger::frame_module(frame);
    if (module >= process.modules.size()) continue;
    if (const ShippedRule* rule = shipped_rule(of.name, slice(process.modules[module].path), child.kind,
                                               slice(child.detail), [](Slice) { return false; }))
      return rule;
  }
  return nullptr;
}

// A class as it stands, and then as much less as the end of the process and the shipped rules make of it.
Verdict plain(const Class& of, const Process& process, const Resource& resource) {
  Verdict verdict{&of, of.severity, "", "live"};
  const ShippedRule* rule = shipped_rule(of.name, slice(process.exe), resource.kind, slice(resource.detail),
                                         [&](Slice files) { return made_in(process, resource.site, files); });
  if (!rule) rule = rule_of_maker(of, process, resource);
  if (rule && process.shipped) weaken(&verdict, Severity::note, rule->reason);
  if (of.forgiven_when_killed && killed(process)) {
    weaken(&verdict, Severity::warning, "");
    verdict.state = "live when killed";
  }
  return verdict;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

const Process* origin_of(const Run& run, const Process& process) {
  for (const Process& other : run.processes)
    if (!process.origin.empty() && &other != &process && file_name(other.ledger) == process.origin) return &other;
  return nullptr;
}

// The process that opened what came along under this number; where none holds it any more, the first that could have;
// null where no ledger of theirs is there.
const Process* maker_of(const Run& run, const Process& holder, const Resource& descriptor) {
  std::set<const Process*> seen{&holder};
  const Process* first = nullptr;
  for (const Process* at = origin_of(run, holder); at && seen.insert(at).second; at = origin_of(run, *at)) {
    auto same = [&](const Resource& one) { return one.number == descriptor.number && one.state == State::live; };
    if (std::any_of(at->resources.begin(), at->resources.end(), same)) return at;
    first = at;
  }
  return first;
}

bool made_by_shell(const Process& holder, uint32_t number) {
  const auto site = holder.sites.find(number);
  if (site == holder.sites.end()) return false;
  return std::any_of(site->second.frames.begin(), site->second.frames.end(), [&](uint64_t frame) {
    const uint32_t module = ledger::frame_module(frame);
    return module < holder.modules.size() && hands_on_by_redirection(slice(holder.modules[module].path));
  });
}

// A port stays taken by a program that knows nothing of it.
bool outlives_its_maker(const Run& run, const Process& holder, const Resource& descriptor) {
  const Process* maker = descriptor.kind == Kind::listener ? maker_of(run, holder, descriptor) : nullptr;
  if (!maker || maker->pid == holder.pid) return false;
  const bool gone = maker->end.how != End::How::running && maker->end.how != End::How::exec;
  return gone && (runs(holder) || (maker->end.when && maker->end.when < holder.end.when));
}

// The starter of a daemon ends at once; what it had opened before it forked lives on there.
bool has_gone_to_a_daemon(const Process& process, const Resource& descriptor) {
  if (process.end.how != End::How::exit) return false;
  return std::any_of(process.things.begin(), process.things.end(), [&](const Thing& thing) {
    return thing.kind == Kind::process && (thing.flags & ledger::thing_session) &&
           !(thing.flags & (ledger::thing_ended | ledger::thing_vfork)) && descriptor.born <= thing.born;
  });
}

Verdict passed(const Run& run, const Process& process, const Resource& descriptor) {
  Verdict verdict = plain(passed_on, process, descriptor);
  if (descriptor.flags & ledger::slot_purpose)
    weaken(&verdict, Severity::note, "handed on on purpose: close-on-exec was taken off, or its number agreed upon");
  else if (made_by_shell(process, descriptor.site))
    weaken(&verdict, Severity::note, "a shell opened it for this command by a redirection");
  else if (verdict.severity == Severity::warning && outlives_its_maker(run, process, descriptor)) {
    verdict.severity = Severity::error;
    verdict.reason = "it keeps the port taken after the process that opened it has ended";
  }
  return verdict;
}

// It was asked at the end of its parent when it ended, or its own ledger tells; else its birth is all there is to go
// by.
bool ended_just_before(const Run& run, const Process& parent, const Thing& child) {
  if (!parent.end.when) return false;
  if (child.moment) return parent.end.when - child.moment < second;
  for (const Process& process : run.processes)
    if (process.pid == child.number && process.ppid == parent.pid && process.end.when &&
        process.end.how != End::How::exec && process.began + second > child.born)
      return parent.end.when - process.end.when < second;
  return child.born && parent.end.when - child.born < second;
}

std::optional<Verdict> of_child(const Run& run, const Process& process, const Thing& child) {
  if (child.flags & ledger::thing_ended) {
    Verdict verdict = plain(zombie, process, child);
    if (process.lives)
      weaken(&verdict, Severity::note, "its parent runs, and may still wait for it");
    else if (ended_just_before(run, process, child))
      weaken(&verdict, Severity::note, "it ended less than a second before its parent");
    return verdict;
  }
  if (process.lives) return Verdict{&running, running.severity, "", "live"};
  Verdict verdict = plain(orphan, process, child);
  if (child.flags & ledger::thing_session) {
    weaken(&verdict, Severity::warning, "it is in a session of its own: a daemon");
    if (verdict.state == "live") verdict.state = "daemon";
  }
  return verdict;
}

}  // namespace

std::optional<Verdict> verdict(const Run& run, const Process& process, const Resource& descriptor) {
  if (standard_stream(descriptor.number) || (descriptor.flags & ledger::slot_ignored)) return {};
  // What goes on into the next program has not come to its end, and is judged there.
  if (process.end.how == End::How::exec) return {};
  switch (descriptor.state) {
    case State::inherited:
      // What a fork inherits came to its parent in whatever way.
      if ((descriptor.flags & ledger::slot_passed) && !process.forked) return passed(run, process, descriptor);
      return plain(inherited, process, descriptor);
    case State::unseen:
      return plain(unseen, process, descriptor);
    case State::live:
    case State::opening:
    case State::closing: {
      Verdict verdict = plain(open_at_end, process, descriptor);
      if (runs(process)) weaken(&verdict, Severity::note, "");  // it may still close it
      if (has_gone_to_a_daemon(process, descriptor))
        weaken(&verdict, Severity::note, "it lives on in the daemon that was forked off after it was opened");
      if (descriptor.state == State::closing) verdict.state = "closing";
      return verdict;
    }
    default:
      return {};
  }
}

std::optional<Verdict> verdict(const Run& run, const Process& process, const Thing& thing) {
  switch (thing.kind) {
    case Kind::process:
      return of_child(run, process, thing);
    case Kind::thread:
      if ((thing.flags & ledger::thing_ended) && !(thing.flags & ledger::thing_detached) && !runs(process))
        return plain(unjoined, process, thing);
      return plain(running, process, thing);
    case Kind::path:
    case Kind::segment:
    case Kind::semaphore:
    case Kind::queue:
      // As long as any process of the run is there, it may be in use, and be taken away yet.
      if (run.lives()) return {};
      return plain(left_behind, process, thing);
    case Kind::own: {
      Verdict verdict = plain(open_at_end, process, thing);
      if (runs(process)) weaken(&verdict, Severity::note, "");
      return verdict;
    }
    default: {
      Verdict verdict = plain(open_at_end, process, thing);
      weaken(&verdict, Severity::note, "it goes with its process");
      return verdict;
    }
  }
}

Verdict verdict(const Process& process, const report::DoubleClose& twice) {
  Verdict verdict = plain(double_close, process, twice.what);
  verdict.state = "closed";
  return verdict;
}

}  // namespace lifeguard::judge
