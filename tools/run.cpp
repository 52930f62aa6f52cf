// lifeguard run: a command watched, all of its tree; the report; nothing of the tree outlives it unless told so; and an
// end like the command's.
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <iostream>

#include "src/render/escape.h"
#include "src/render/phrases.h"
#include "src/run/exclusive.h"
#include "src/run/place.h"
#include "src/run/session.h"
#include "src/system/ports.h"
#include "src/system/process.h"
#include "tools/afterwards.h"
#include "tools/command.h"
#include "tools/watch_options.h"

namespace lifeguard::tools {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;

struct Asked {
  std::vector<std::string> command;
  std::shared_ptr<WatchOptions> watch;
  run::Settings settings;
  double timeout = 0;
  bool replace = false, no_keeper = false;
  std::vector<int> ports;
  std::vector<std::string> outs;
};

struct LimitName {
  const char* name;
  __rlimit_resource what;
};
constexpr LimitName limit_names[] = {
    {"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC}, {"as", RLIMIT_AS}, {"cpu", RLIMIT_CPU}};

run::Limit parse_limit(const std::string& text) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string number = equals < text.size() ? text.substr(equals + 1) : "";
  for (const LimitName& one : limit_names) {
    if (text.substr(0, equals) != one.name) continue;
    char* end = nullptr;
    errno = 0;
    const unsigned long long most = std::strtoull(number.c_str(), &end, 10);
    if (number.empty() || number[0] < '0' || number[0] > '9' || *end || errno) break;
    rlimit now = {};
    getrlimit(one.what, &now);
    if (now.rlim_max != RLIM_INFINITY && most > now.rlim_max && geteuid() != 0)
      throw WrongValue("--rlimit", text + " is above the hard limit of " + std::to_string(now.rlim_max));
    return {one.what, most};
  }
  throw WrongValue("--rlimit", "takes nofile=N, nproc=N, as=N (bytes) or cpu=N (seconds), not '" + text + "'");
}

// Says who holds a port that the command is to have. True: nobody does.
bool is_free(int port, const char* moment) {
  if (system::tcp_port_is_free(port)) return true;
  std::string who;
  for (const system::Bound& bound : system::list_ports(port).bound)
    for (const system::Holder& holder : bound.holders)
      if (!bound.elsewhere && bound.kind <= system::Bound::Kind::tcp6)
        who += (who.empty() ? "" : ", ") + render::program(system::command_of(holder.pid), holder.pid, 60);
  complain("run: port " + std::to_string(port) + ' ' + moment + " held by " +
           (who.empty() ? "a process that may not be seen" : who) + "; lifeguard port " + std::to_string(port) +
           " says more, lifeguard cleanup --port " + std::to_string(port) + " ends it");
  return false;
}

int work(Asked& asked) {
  if (asked.command.empty()) {
    complain("run: which command? (lifeguard run [OPTIONS] -- CMD; lifeguard run --help says more)");
    return exit_usage;
  }
  run::Settings& settings = asked.settings;
  const Options& options = asked.watch->values;
  settings.command = asked.command;
  settings.keeper = !asked.no_keeper;
  // What is to be said is said once, by us, when all of the tree is gone.
  settings.options = asked.watch->text + (asked.watch->text.empty() ? "" : ":") + "report=none";
  settings.store = std::string(options.store.data ? options.store.data : "", options.store.size);
  settings.store_runs = options.store_runs;
  settings.store_bytes = options.store_bytes;
  settings.grace = std::chrono::nanoseconds(options.grace_ns);
  settings.labels = labels_of(options);
  if (asked.timeout > 0) settings.timeout = duration_cast<run::Clock::duration>(duration<double>(asked.timeout));

  std::string error;
  std::vector<Saved> saved;
  for (const std::string& out : asked.outs) {
    Saved one;
    if (!parse_saved(out, &one, &error)) {
      complain("run: " + error);
      return exit_usage;
    }
    saved.push_back(std::move(one));
  }
  if (!settings.exclusive.empty()) {
    int lock = -1;  // held, with the keeper, until both have ended
    const std::string store = settings.store.empty() ? run::default_store() : settings.store;
    if (!run::good_exclusive_name(settings.exclusive))
      error = "--exclusive takes a name of letters, digits, '.', '_', '+' and '-'";
    else
      run::take_exclusive(store, settings.exclusive, asked.replace, settings.grace, &lock, &error);
    if (lock < 0) {
      complain("run: " + error);
      return exit_usage;
    }
  }
  say_what_earlier_runs_left(settings.store);
  for (const int port : asked.ports)
    if (!is_free(port, "is")) return exit_usage;
  run::Outcome outcome;
  run::run_session(settings, &outcome);
  if (!outcome.started) {
    complain("run: " + outcome.error);
    if (!outcome.folder.empty()) forget(outcome);
    return outcome.start_status;
  }
  tell(outcome, options, saved);
  for (const int port : asked.ports) is_free(port, "is still");
  std::cout.flush();
  run::end_like(outcome);
}

}  // namespace

std::function<int()> run_command(Arguments& arguments) {
  auto asked = std::make_shared<Asked>();
  run::Settings& settings = asked->settings;
  arguments.command(asked->command);
  arguments.amount("--timeout", "SECONDS", asked->timeout, Arguments::Least::more,
                   "end it after that long: SIGTERM, the grace, SIGKILL");
  arguments.each(
      "--keep", "PATTERN",
      [asked](const std::string& one) {
        if (one == "findings" || one == "always" || one == "never")
          set_watch_option(asked->watch.get(), "keep", one);
        else
          asked->settings.spared.patterns.push_back(one);
      },
      "spare processes whose name, program or whole command matches (* and ?), and what is below them; the words "
      "findings, always and never are keep= of LIFEGUARD_OPTIONS: which records stay");
  arguments.flag("--keep-daemons", settings.spared.daemons, "spare processes in a session of their own");
  arguments.flag("--die-with-parent", settings.die_with_parent, "end it when the process that started lifeguard ends");
  arguments.text("--on-end", "CMD", settings.on_end,
                 "a shell command to run once the tree is gone, for what is no child of it");
  arguments.each(
      "--rlimit", "WHAT=N", [asked](const std::string& one) { asked->settings.limits.push_back(parse_limit(one)); },
      "limit it: nofile, nproc, as (bytes) or cpu (seconds)");
  arguments.flag("--unlink", settings.unlink, "remove the temporary files, socket paths and segments that it leaves");
  arguments.numbers("--port", "N", asked->ports, Arguments::ports,
                    "it is to have that TCP port: checked to be free before and after");
  arguments.text("--exclusive", "NAME", settings.exclusive,
                 "refuse to start while another run of that name is under way");
  arguments.flag("--replace", asked->replace, "of --exclusive: end the earlier one first");
  arguments.texts("--out", "F=FILE", asked->outs,
                  "write the report to a file as well, in that format; may be given again");
  arguments.flag("--no-keeper", asked->no_keeper,
                 "no second process that ends the tree should lifeguard itself be killed");
  asked->watch = takes_watch_options(arguments, {"keep"});
  return [asked] { return work(*asked); };
}

}  // namespace lifeguard::tools
