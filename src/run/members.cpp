#include "src/run/members.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <set>

#include "src/ledger/reader.h"
#include "src/report/records.h"
#include "src/report/store.h"
#include "src/run/cgroup.h"
#include "src/run/place.h"
#include "src/system/signalling.h"

namespace lifeguard::run {
namespace {

using ledger::Header;
using ledger::Reader;

std::vector<std::string> ledgers_in(const std::string& folder) {
  std::vector<std::string> paths;
  DIR* directory = opendir(folder.c_str());
  if (!directory) return paths;
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.ends_with(".ledger")) paths.push_back(folder + '/' + name);
  }
  closedir(directory);
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Search {
 public:
  Search() : all_(system::look_at_all()) {
    for (const system::Seen& seen : all_) by_pid_[seen.pid] = &seen;
  }

  void add(int pid, const system::Identity& who, uint32_t user, const char* known_by, bool watched) {
    const auto seen = by_pid_.find(pid);
    if (pid < 2 || pid == getpid() || seen == by_pid_.end() || seen->second->state == 'Z') return;
    if (!found_.insert(pid).second) return;
    Living one;
    one.pid = pid;
    one.who = who;
    one.user = user;
    one.known_by = known_by;
    one.watched = watched;
    one.command = system::command_of(pid);
    if (one.command.empty()) one.command = '[' + seen->second->name + ']';
    one.leads_session = seen->second->session == pid;
    living_.push_back(std::move(one));
  }

  // Of one that was seen just now, and belongs to the run for another reason than a record of it.
  void add_seen(const system::Seen& seen, const char* known_by) {
    system::Identity who;
    who.pid = seen.pid;
    who.start = seen.start;
    uint32_t real = 0, effective = 0;
    if (system::users_of(seen.pid, &real, &effective)) add(seen.pid, who, real, known_by, false);
  }

  void add_ledger(Reader& reader) {
    const Header& header = reader.header();
    const system::Identity who = report::identity(header);
    if (const int pid = who.start ? system::find_alive(who) : 0) add(pid, who, header.uid, "ledger", true);
    reader.each_thing(true, [&](const ledger::Thing& thing) {
      if (ledger::word_kind(thing.word) != ledger::Kind::process ||
          ledger::word_state(thing.word) != ledger::State::live ||
          (ledger::word_flags(thing.word) & ledger::thing_ended))
        return;
      system::Identity child = who;
      child.pid = static_cast<int>(thing.id);
      child.start = thing.start;
      if (!child.start) {  // as for reports: it is the one where its start fits its birth
        const auto seen = by_pid_.find(child.pid);
        if (seen == by_pid_.end() || !thing.born || !system::may_have_started(seen->second->start, thing.born)) return;
        child.start = seen->second->start;
      }
      if (const int pid = system::find_alive(child)) add(pid, child, header.uid, "child", false);
    });
  }

  void add_marked(const std::string& folder) {
    for (const system::Seen& seen : all_)
      if (seen.state != 'Z' && !found_.contains(seen.pid) &&
          (system::initial_environment(seen.pid, "LIFEGUARD_MARK") == folder ||
           system::initial_environment(seen.pid, "LIFEGUARD_RUN").ends_with(' ' + folder)))
        add_seen(seen, "mark");
  }

  void add_members_of(const std::string& cgroup) {
    for (const int pid : members_of_cgroup(cgroup))
      if (const auto seen = by_pid_.find(pid); seen != by_pid_.end()) add_seen(*seen->second, "cgroup");
  }

  std::vector<Living> finish() {
    std::vector<Living> roots = living_;
    for (const Living& root : roots)
      for (const system::Seen& seen : system::descendants(all_, root.pid)) add_seen(seen, "descendant");
    return std::move(living_);
  }

 private:
  std::vector<system::Seen> all_;
  std::map<int, const system::Seen*> by_pid_;
  std::set<int> found_;
  std::vector<Living> living_;
};

}  // namespace

std::vector<Living> living_members(const std::string& folder, const Record* record,
                                   std::vector<std::string>* troubles) {
  Search search;
  // After a restart of the machine nothing of it can be left, whatever the numbers say.
  static const auto boot = system::boot_id();
  if (record && record->machine.boot != boot) return {};
  for (const std::string& path : ledgers_in(folder)) {
    Reader reader;
    std::string error;
    if (reader.open(path, &error))
      search.add_ledger(reader);
    else if (troubles && !reader.blank())
      troubles->push_back(path + ": " + error);
  }
  if (record) {
    const system::Identity first = record->identity(record->first);
    if (first.start && system::find_alive(first) == first.pid)
      search.add(first.pid, first, record->user, "child", false);
    if (!record->cgroup.empty() && is_cgroup_of_run(record->cgroup)) search.add_members_of(record->cgroup);
    search.add_marked(folder);
  }
  return search.finish();
}

bool is_over(const std::string& folder, const Record* record) {
  if (record) return !record->lives();
  for (const std::string& path : ledgers_in(folder)) {
    Reader reader;
    std::string error;
    if (!reader.open(path, &error)) continue;
    system::Identity who = report::identity(reader.header());
    who.pid = reader.header().run_pid;
    who.start = reader.header().run_start;
    if (who.start && system::find_alive(who)) return false;
  }
  return true;
}

void close_run(const std::string& folder, Record* record) {
  if (record->end == Record::End::running) record->lost = true;
  if (!record->ended) {
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    record->ended = now.tv_sec * 1'000'000'000 + now.tv_nsec;
  }
  record->runner = record->keeper = {};
  if (!record->cgroup.empty() && is_cgroup_of_run(record->cgroup)) leave_cgroup(record->cgroup);
  std::string ignored;
  if (write_record(folder, *record, &ignored)) unmark(folder);
}

}  // namespace lifeguard::run
