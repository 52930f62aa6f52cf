// lifeguard cleanup: ends what outlived its run or holds a port, removes what the run left on disk, and looks whether
// it is gone. It touches nothing that is not proven to be what the record says.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include "src/options/options.h"
#include "src/render/escape.h"
#include "src/render/json_parts.h"
#include "src/render/phrases.h"
#include "src/report/store.h"
#include "src/run/catalogue.h"
#include "src/run/cleaning.h"
#include "src/run/leftovers.h"
#include "src/system/ports.h"
#include "src/system/signalling.h"
#include "tools/command.h"
#include "tools/listing.h"

namespace lifeguard::tools {
namespace {

using run::Entry;
using run::Fate;
using run::Living;
using run::Remnant;

struct Asked {
  Listing listing;
  std::string run;
  bool stale = false, dry = false, yes = false;
  int port = 0;
  double grace = -1;
};

struct Plan {
  std::vector<Entry> runs;
  std::vector<Living> processes;  // all of them, as of now
  std::vector<run::Leftover> files;
  std::set<int> ports;  // that one of the processes listens on
};

// Of those of which anything lived: nothing comes to life in a run that is over.
std::vector<Living> members(const std::vector<Entry>& runs) {
  std::vector<Living> all;
  for (const Entry& entry : runs) {
    if (entry.living.empty()) continue;
    for (Living& one : run::living_members(entry.folder, entry.recorded ? &entry.record : nullptr))
      all.push_back(std::move(one));
  }
  return all;
}

// Those that hold a port here, as their own record of themselves: which process that is was found by its descriptor.
std::vector<Living> holders(int port) {
  std::vector<Living> all;
  std::set<int> known;
  for (const system::Bound& bound : system::list_ports(port).bound)
    for (const system::Holder& holder : bound.holders) {
      Living one;
      uint32_t effective = 0;
      if (bound.elsewhere || !known.insert(holder.pid).second) continue;
      one.pid = one.who.pid = holder.pid;
      if (!system::process_start(holder.pid, &one.who.start) || !system::users_of(holder.pid, &one.user, &effective))
        continue;
      one.command = system::command_of(holder.pid);
      one.known_by = "port";
      all.push_back(std::move(one));
    }
  return all;
}

std::set<int> ports_of(const std::vector<Living>& processes) {
  std::set<int> pids, ports;
  for (const Living& one : processes) pids.insert(one.pid);
  if (pids.empty()) return ports;
  for (const system::Bound& bound : system::list_ports(0).bound)
    for (const system::Holder& holder : bound.holders)
      if (bound.port && !bound.elsewhere && bound.kind <= system::Bound::Kind::tcp6 && pids.contains(holder.pid))
        ports.insert(bound.port);
  return ports;
}

std::string describe(const Living& one) { return render::program(one.command, one.pid); }

// False: it cannot be done, status says how that ends.
bool make_plan(const Asked& asked, Plan* plan, int* status) {
  std::vector<std::string> stores, troubles;
  *status = exit_unreadable;
  if (!open_stores(asked.listing, "cleanup", &stores)) return false;
  if (asked.stale) {
    plan->runs = run::catalogue(stores, &troubles);
    std::erase_if(plan->runs,
                  [](const Entry& entry) { return !entry.over || (entry.living.empty() && !entry.recorded); });
  }
  if (!asked.run.empty()) {
    std::string folder = asked.run;
    struct stat found;
    for (const std::string& store : stores)
      if (asked.run.find('/') == std::string::npos && stat((store + '/' + asked.run).c_str(), &found) == 0)
        folder = store + '/' + asked.run;
    Entry entry;
    if (!run::read_entry(folder, &entry, &troubles)) {
      complain("cleanup: " + asked.run + ": no such run (lifeguard ls lists them)");
      return false;
    }
    if (!entry.over) {
      complain("cleanup: " + asked.run + ": this run is still under way; end it first" +
               (entry.recorded ? " (kill " + std::to_string(entry.record.runner.pid) + ')' : ""));
      *status = 1;
      return false;
    }
    plan->runs.push_back(std::move(entry));
  }
  for (const std::string& trouble : troubles) complain(trouble);
  plan->processes = members(plan->runs);
  for (const Entry& entry : plan->runs)
    for (run::Leftover& one : run::find_leftovers(entry.folder)) plan->files.push_back(std::move(one));
  if (asked.port) {
    for (Living& one : holders(asked.port)) plan->processes.push_back(std::move(one));
    plan->ports.insert(asked.port);
  }
  plan->ports.merge(ports_of(plan->processes));
  return true;
}

bool confirmed(const Asked& asked, const Plan& plan, int* status) {
  if (asked.yes || asked.dry || (plan.processes.empty() && plan.files.empty())) return true;
  *status = exit_usage;
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
    complain("cleanup: there is no terminal to ask on: --yes does it, --dry-run shows what would be done");
    return false;
  }
  for (const Living& one : plan.processes) std::cerr << "  end " << describe(one) << '\n';
  for (const run::Leftover& one : plan.files)
    if (one.why.empty()) std::cerr << "  remove " << render::visible(one.name) << '\n';
  std::cerr << "lifeguard: do that? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return true;
  *status = 1;
  return false;
}

struct Result {
  std::vector<Fate> fates;
  std::vector<std::string> removed;
  std::vector<run::Leftover> stays;
  std::vector<std::pair<int, bool>> ports;  // and whether it is free
  bool all_gone = true;
};

Result carry_out(const Asked& asked, const Plan& plan, std::chrono::nanoseconds grace) {
  Result result;
  if (asked.dry) {
    for (const Living& one : plan.processes)
      result.fates.push_back({one, Remnant::What::terminated, run::why_untouchable(one)});
  } else {
    result.fates = run::end_processes(
        [&] {
          std::vector<Living> now = members(plan.runs);
          if (asked.port)
            for (Living& one : holders(asked.port)) now.push_back(std::move(one));
          return now;
        },
        grace);
  }
  for (const Fate& fate : result.fates) result.all_gone = result.all_gone && fate.why.empty();
  for (const Entry& entry : plan.runs)
    for (run::Leftover& one : run::find_leftovers(entry.folder)) {  // asked anew: nobody may hold it any more
      if (asked.dry ? one.why.empty() : one.why.empty() && run::remove_leftover(&one)) {
        result.removed.push_back(one.name);
      } else {
        result.stays.push_back(one);
        result.all_gone = false;
      }
    }
  for (const int port : plan.ports) {
    result.ports.emplace_back(port, system::tcp_port_is_free(port));
    result.all_gone = result.all_gone && (asked.dry || result.ports.back().second);
  }
  for (const Entry& entry : plan.runs) {
    run::Record record = entry.record;
    if (!asked.dry && entry.recorded && (entry.living.empty() || run::living_members(entry.folder, &record).empty()))
      run::close_run(entry.folder, &record);
  }
  return result;
}

void text(const Asked& asked, const Result& result, std::ostream& out) {
  for (const Fate& fate : result.fates) {
    const std::string who = describe(fate.process);
    if (!fate.why.empty())
      out << "left alone: " << who << ": " << render::visible(fate.why) << '\n';
    else if (asked.dry)
      out << "would end " << who << '\n';
    else
      out << "ended by " << (fate.what == Remnant::What::killed ? "SIGKILL: " : "SIGTERM: ") << who << '\n';
  }
  for (const std::string& one : result.removed)
    out << (asked.dry ? "would remove " : "removed ") << render::visible(one) << '\n';
  for (const run::Leftover& one : result.stays)
    out << "stays: " << render::visible(one.name) << ": " << render::visible(one.why) << '\n';
  for (const auto& [port, free] : result.ports)
    if (!asked.dry)
      out << "port " << port
          << (free ? " is free" : " is NOT free (lifeguard port " + std::to_string(port) + " says who holds it)")
          << '\n';
  if (result.fates.empty() && result.removed.empty() && result.stays.empty()) out << "nothing to clean up\n";
}

void json(const Asked& asked, const Result& result, render::JsonWriter& writer) {
  writer.member("dry_run", asked.dry);
  writer.member("all_gone", result.all_gone);
  writer.key("processes").begin_array();
  for (const Fate& fate : result.fates) {
    writer.begin_object(render::JsonWriter::Layout::flat);
    writer.member("pid", fate.process.pid);
    writer.member("command", fate.process.command);
    writer.member("fate", fate.why.empty() ? remnant_name(fate.what) : "left");
    writer.member_or_null("why", fate.why);
    writer.end();
  }
  writer.end();
  writer.key("removed").begin_array();
  for (const std::string& one : result.removed) writer.value(one);
  writer.end();
  writer.key("stays").begin_array();
  for (const run::Leftover& one : result.stays) {
    writer.begin_object(render::JsonWriter::Layout::flat);
    writer.member("name", one.name);
    writer.member("why", one.why);
    writer.end();
  }
  writer.end();
  writer.key("ports").begin_array();
  for (const auto& [port, free] : result.ports) {
    writer.begin_object(render::JsonWriter::Layout::flat);
    writer.member("port", port);
    writer.member("free", free);
    writer.end();
  }
  writer.end();
}

int work(const Asked& asked) {
  if (asked.stale + !asked.run.empty() + (asked.port != 0) != 1) {
    complain("cleanup: of what? One of --stale, --port N or a RUN (lifeguard cleanup --help says more)");
    return exit_usage;
  }
  Options options;
  if (const char* given = std::getenv("LIFEGUARD_OPTIONS"))
    parse_options(given, &options, {[](void*, Slice) {}, nullptr});
  const auto grace = asked.grace >= 0 ? std::chrono::nanoseconds(static_cast<int64_t>(asked.grace * 1e9))
                                      : std::chrono::nanoseconds(options.grace_ns);
  Plan plan;
  int status = 0;
  if (!make_plan(asked, &plan, &status) || !confirmed(asked, plan, &status)) return status;
  const Result result = carry_out(asked, plan, grace);
  if (asked.listing.format == "json")
    render::document(std::cout, [&](render::JsonWriter& writer) { json(asked, result, writer); });
  else
    text(asked, result, std::cout);
  return result.all_gone ? 0 : 1;
}

}  // namespace

std::function<int()> cleanup_command(Arguments& arguments) {
  auto asked = std::make_shared<Asked>();
  arguments.place("RUN", asked->run, "a run that is over: its name or its folder");
  arguments.flag("--stale", asked->stale, "what still lives of all runs of yours that are over");
  arguments.number("--port", "N", asked->port, Arguments::ports, "whoever of yours holds that port");
  arguments.flag("--dry-run", asked->dry, "only say what would be done");
  arguments.flag("--yes,-y", asked->yes, "do not ask");
  arguments.amount("--grace", "SECONDS", asked->grace, Arguments::Least::zero,
                   "what lies between SIGTERM and SIGKILL (5, or grace= of LIFEGUARD_OPTIONS)");
  takes_listing(arguments, &asked->listing);
  return [asked] { return work(*asked); };
}

}  // namespace lifeguard::tools
