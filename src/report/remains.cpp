#include "src/report/remains.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "src/system/names.h"
#include "src/system/process.h"

namespace lifeguard::report {
namespace {

using ledger::Kind;
using system::Life;

// Whether the name's machine is this one, since it was last started.
bool here(const Run& run, const Process& process) {
  static const auto boot = system::boot_id();
  const std::array<uint8_t, 16> unknown{};
  if (process.boot != unknown) return process.boot == boot;
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return run.host.empty() || run.host == name;
}

Life life_of_child(const Process& parent, const Thing& child) {
  system::Identity who;
  who.pid = child.number;
  who.start = child.start;
  who.boot = parent.boot;
  who.pid_namespace = parent.pid_namespace;
  if (!who.start && (!system::process_start(who.pid, &who.start) ||
                     (child.monotonic && !system::may_have_started(who.start, child.monotonic))))
    return Life::gone;
  return system::life_of(who);
}

// Later images of a process take over the children of earlier ones, and tell of them.
bool later_image_tells(const Run& run, const Process& earlier) {
  return std::any_of(run.processes.begin(), run.processes.end(), [&](const Process& process) {
    return process.pid == earlier.pid && process.start == earlier.start && process.image > earlier.image;
  });
}

// A popen's command is told with its stream, as long as that is open: it is one fault. False: the stream is not.
bool tell_with_stream(Process& process, const Thing& command) {
  for (Resource& stream : process.resources) {
    if (stream.number != static_cast<int>(command.device) || stream.site != command.site ||
        stream.state != ledger::State::live)
      continue;
    const bool ended = (command.flags & ledger::thing_ended) != 0;
    stream.detail += " (process " + std::to_string(command.number) +
                     (ended           ? ", ended and not waited for)"
                      : command.there ? ", still running)"
                                      : ")");
    return true;
  }
  return false;
}

// What only a process that still runs can tell: its command, and whether it has become a daemon since.
void look_at(Thing* child) {
  if (child->detail.empty()) child->detail = system::command_of(child->number);
  if (getsid(child->number) == child->number) child->flags |= ledger::thing_session;
}

bool left_child(const Run& run, const Process& parent, Thing* child) {
  if (parent.end.how == End::How::exec && later_image_tells(run, parent)) return false;
  const Life life = life_of_child(parent, *child);
  child->there = life == Life::alive;
  if (child->there) look_at(child);
  // Looked at as the parent ended: what it is now does not change what it was then.
  if (child->flags & ledger::thing_checked) return true;
  if (life == Life::ended && parent.lives) child->flags |= ledger::thing_ended;
  return child->there || (child->flags & ledger::thing_ended);
}

bool left_thread(const Process& process, Thing* thread) {
  if (process.end.how == End::How::exec) return false;
  if (process.end.how != End::How::running) return true;
  struct stat status;
  const std::string task = "/proc/" + std::to_string(process.pid) + "/task/" + std::to_string(thread->status);
  thread->there = thread->status == 0 || stat(task.c_str(), &status) == 0;
  return thread->there || !(thread->flags & ledger::thing_detached);
}

// A handle is noted as it is asked for: whether there is such a module, the process itself has looked at its end.
bool left_module(const Process& process, const Thing& module) {
  if (process.end.how == End::How::exec) return false;
  if (module.flags & ledger::thing_checked) return true;
  return process.end.how == End::How::running && system::may_have_loaded(process.pid, module.name);
}

bool left_name(const Run& run, const Process& process, Thing* thing, std::set<std::string>* said) {
  std::string key = std::to_string(static_cast<int>(thing->kind)) + ' ' + std::to_string(thing->number) + thing->name;
  if (!said->insert(std::move(key)).second || !here(run, process)) return false;
  system::Made made;
  made.kind = thing->kind;
  made.flags = thing->flags;
  made.name = thing->name;
  made.id = thing->number;
  made.born = thing->born;
  made.device = thing->device;
  made.inode = thing->inode;
  made.file_born = thing->moment;
  thing->there = system::still_there(made);
  return thing->there;
}

}  // namespace

void ask_for_remains(Run* run) {
  std::set<std::string> said;
  for (Process& process : run->processes)
    std::erase_if(process.things, [&](Thing& thing) {
      switch (thing.kind) {
        case Kind::process:
          return !left_child(*run, process, &thing) ||
                 ((thing.flags & ledger::thing_stream) && tell_with_stream(process, thing));
        case Kind::thread:
          return !left_thread(process, &thing);
        case Kind::path:
        case Kind::segment:
        case Kind::semaphore:
        case Kind::queue:
          return !left_name(*run, process, &thing, &said);
        case Kind::module:
          return !left_module(process, thing);
        default:  // timers go with their image
          return process.end.how == End::How::exec;
      }
    });
}

}  // namespace lifeguard::report
