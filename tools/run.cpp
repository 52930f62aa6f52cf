// lifeguard run: a command watched, all of its tree; the report; nothing of the tree outlives it unless told so; and an
// end like the command's.
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <iostream>

#include "src/render/escape.h"
#include "src/run/session.h"
#include "tools/afterwards.h"
#include "tools/arguments.h"
#include "tools/command.h"

namespace lifeguard::tools {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;

struct Asked {
  std::shared_ptr<std::vector<std::string>> command;
  std::shared_ptr<WatchOptions> watch;
  run::Settings settings;
  double timeout = 0;
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
      throw CLI::ValidationError("--rlimit", text + " is above the hard limit of " + std::to_string(now.rlim_max));
    return {one.what, most};
  }
  throw CLI::ValidationError("--rlimit",
                             "takes nofile=N, nproc=N, as=N (bytes) or cpu=N (seconds), not '" + text + "'");
}

std::map<std::string, std::string> labels_of(const Options& options) {
  std::map<std::string, std::string> labels;
  for (Slice rest = options.label; !rest.empty();) {
    Slice value = take_until(&rest, ',');
    const Slice name = take_until(&value, '=');
    labels[std::string(name.data, name.size)] = std::string(value.data ? value.data : "", value.size);
  }
  return labels;
}

int work(Asked& asked) {
  if (asked.command->empty()) {
    complain("run: which command? (lifeguard run [OPTIONS] -- CMD; lifeguard run --help says more)");
    return exit_usage;
  }
  run::Settings& settings = asked.settings;
  const Options& options = asked.watch->values;
  settings.command = *asked.command;
  // What is to be said is said once, by us, when all of the tree is gone.
  settings.options = asked.watch->text + (asked.watch->text.empty() ? "" : ":") + "report=none";
  settings.store = std::string(options.store.data ? options.store.data : "", options.store.size);
  settings.store_runs = options.store_runs;
  settings.store_bytes = options.store_bytes;
  settings.grace = std::chrono::nanoseconds(options.grace_ns);
  settings.labels = labels_of(options);
  if (asked.timeout > 0) settings.timeout = duration_cast<run::Clock::duration>(duration<double>(asked.timeout));

  say_what_earlier_runs_left(settings.store);
  run::Outcome outcome;
  run::run_session(settings, &outcome);
  if (!outcome.started) {
    complain("run: " + outcome.error);
    if (!outcome.folder.empty()) forget(outcome);
    return outcome.start_status;
  }
  tell(outcome, options);
  std::cout.flush();
  run::end_like(outcome);
}

}  // namespace

std::function<int()> run_command(CLI::App* app) {
  auto asked = std::make_shared<Asked>();
  run::Settings& settings = asked->settings;
  asked->command = takes_command(app);
  app->add_option("--timeout", asked->timeout, "end it after that long: SIGTERM, the grace, SIGKILL")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber);
  app->add_option_function<std::vector<std::string>>(
         "--keep",
         [asked](const std::vector<std::string>& patterns) {
           for (const std::string& one : patterns) {
             if (one == "findings" || one == "always" || one == "never")
               set_watch_option(asked->watch.get(), "keep", one);
             else
               asked->settings.spared.patterns.push_back(one);
           }
         },
         "spare processes whose name, program or whole command matches (* and ?), and what is below them; the words "
         "findings, always and never are keep= of LIFEGUARD_OPTIONS: which records stay")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  app->add_flag("--keep-daemons", settings.spared.daemons, "spare processes in a session of their own");
  app->add_flag("--die-with-parent", settings.die_with_parent, "end it when the process that started lifeguard ends");
  app->add_option("--on-end", settings.on_end,
                  "a shell command to run once the tree is gone, for what is no child of it")
      ->type_name("CMD");
  app->add_option_function<std::vector<std::string>>(
         "--rlimit",
         [asked](const std::vector<std::string>& limits) {
           for (const std::string& one : limits) asked->settings.limits.push_back(parse_limit(one));
         },
         "limit it: nofile, nproc, as (bytes) or cpu (seconds)")
      ->type_name("WHAT=N")
      ->allow_extra_args(false);
  app->add_flag("--unlink", settings.unlink, "remove the temporary files, socket paths and segments that it leaves");
  app->add_flag_callback(
      "--no-keeper", [asked] { asked->settings.keeper = false; },
      "no second process that ends the tree should lifeguard itself be killed");
  asked->watch = takes_watch_options(app, {"keep"});
  return [asked] { return work(*asked); };
}

}  // namespace lifeguard::tools
