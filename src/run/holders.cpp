#include "src/run/holders.h"

#include <pwd.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <map>

#include "src/judge/judge.h"
#include "src/ledger/reader.h"
#include "src/report/load.h"
#include "src/report/store.h"
#include "src/run/members.h"
#include "src/symbols/dwarf_symbols.h"
#include "src/system/process.h"
#include "src/system/signalling.h"
#include "src/system/tree.h"

namespace lifeguard::run {
namespace {

// Of a ledger that was made ahead for whatever child would come: a child that has it stands in the header only.
bool is_of(const std::string& path, const system::Seen& seen) {
  ledger::Reader reader;
  std::string ignored;
  return reader.open(path, &ignored) && reader.header().pid == seen.pid && reader.header().start == seen.start;
}

// The run's folder, and the ledger of that very process in it; by the mark where there is no ledger.
std::string find_run(const system::Seen& seen, const std::vector<std::string>& stores, std::string* ledger) {
  const std::string prefix = std::to_string(seen.pid) + '.', start = '.' + std::to_string(seen.start) + ".ledger";
  std::error_code ignored;
  std::string folder;
  unsigned long image = 0;
  for (const report::RunFolder& run : report::list_runs(stores))
    for (const auto& entry : std::filesystem::directory_iterator(run.path, ignored)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("spare-") && is_of(entry.path().string(), seen)) {
        *ledger = entry.path().string();
        return run.path;
      }
      if (!name.starts_with(prefix) || !name.ends_with(start)) continue;
      const unsigned long number = std::strtoul(name.c_str() + prefix.size(), nullptr, 10);
      if (number < image) continue;
      image = number;
      folder = run.path;
      *ledger = entry.path().string();
    }
  return folder.empty() ? system::initial_environment(seen.pid, "LIFEGUARD_MARK") : folder;
}

void find_site(const report::Mapped& ledger, const system::Holder& holder, HolderStory* story) {
  report::Run run;
  std::string error;
  if (!report::add_ledger(ledger.path, ledger.links, &run, &error)) return;
  for (const report::Process& process : run.processes)
    for (const report::Resource& resource : process.resources) {
      if (resource.number != holder.number) continue;
      static symbols::DwarfSymbols symbols(/*network=*/false);
      story->inherited = !ledger.own || resource.state == ledger::State::inherited;
      story->bound = judge::stack_of(process, resource.bound, symbols, process.own);
      story->opened = judge::stack_of(process, resource.site, symbols, process.own);
    }
}

}  // namespace

double age_of(uint64_t start) {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const double since = static_cast<double>(start) / static_cast<double>(sysconf(_SC_CLK_TCK));
  const double seconds = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  return start ? std::max(0.0, seconds - since) : -1;
}

std::string user_name(uint32_t user) {
  const passwd* entry = getpwuid(user);
  return entry ? entry->pw_name : std::to_string(user);
}

HolderStory tell_holder(const system::Bound& bound, const system::Holder& holder,
                        const std::vector<std::string>& stores) {
  HolderStory story;
  story.holder = holder;
  story.command = system::command_of(holder.pid);
  story.user = bound.user;
  uint32_t effective = 0;
  system::users_of(holder.pid, &story.user, &effective);
  story.user_name = user_name(story.user);
  system::Seen seen;
  if (!system::look_at(holder.pid, &seen)) return story;
  if (story.command.empty()) story.command = '[' + seen.name + ']';
  story.start = seen.start;
  story.age = age_of(seen.start);
  story.parent = seen.parent;
  system::Seen parent;
  if (system::look_at(seen.parent, &parent)) story.parent_command = system::command_of(seen.parent);
  report::Mapped ledger;
  story.run = find_run(seen, stores, &ledger.path);
  ledger.own = !ledger.path.empty();
  if (!ledger.own && report::mapped_ledger(seen.pid, seen.start, &ledger) && story.run.empty())
    story.run = ledger.folder;
  if (!story.run.empty()) {
    Record record;
    std::string error;
    const bool recorded = read_record(story.run, &record, &error);
    story.run_is_over = is_over(story.run, recorded ? &record : nullptr);
  }
  // Whoever loses its parent goes to init, or to a subreaper of the session: systemd --user and the like.
  story.orphan = seen.parent == 1 || parent.name == "systemd" || (!story.run.empty() && story.run_is_over);
  if (!ledger.path.empty()) find_site(ledger, holder, &story);
  return story;
}

}  // namespace lifeguard::run
