#include "src/run/catalogue.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "src/judge/judge.h"
#include "src/ledger/reader.h"
#include "src/report/load.h"
#include "src/report/store.h"
#include "src/run/cgroup.h"
#include "src/run/place.h"
#include "src/system/tree.h"

namespace lifeguard::run {
namespace {

using ledger::Header;
using ledger::Reader;

// How long the runs that nobody has judged yet may take, the newest first.
constexpr auto judging = std::chrono::milliseconds(120);

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* directory = opendir(folder.c_str());
  if (!directory) return names;
  while (const dirent* entry = readdir(directory))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  closedir(directory);
  return names;
}

std::vector<std::string> zero_ended(const std::string& bytes) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\0', at), bytes.size());
    parts.push_back(bytes.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// What lives on this machine now, asked once.
class Now {
 public:
  Now() : boot_(system::boot_id()) {
    for (const system::Seen& seen : system::look_at_all()) {
      if (seen.state == 'Z') continue;
      alive_.insert({seen.pid, seen.start});
      std::string mark = system::initial_environment(seen.pid, "LIFEGUARD_MARK");
      if (!mark.empty()) marks_.insert(std::move(mark));
    }
    struct stat status;
    if (stat("/proc/self/ns/pid", &status) == 0) namespace_ = status.st_ino;
  }
  bool may_live(int64_t pid, uint64_t start, const Header& header) const {
    if (!std::equal(boot_.begin(), boot_.end(), header.boot)) return false;
    // One of another pid namespace has another number here: the closer look tells.
    return header.pid_namespace != namespace_ || alive_.contains({static_cast<int>(pid), start}) ||
           (start == 0 && pid > 0 && born_then(pid));
  }
  bool marked(const std::string& folder) const { return marks_.contains(folder); }
  bool lives(const Member& member) const { return alive_.contains({member.pid, member.start}); }

 private:
  bool born_then(int64_t pid) const {
    const auto at = alive_.lower_bound({static_cast<int>(pid), 0});
    return at != alive_.end() && at->first == pid;
  }
  std::set<std::pair<int, uint64_t>> alive_;
  std::set<std::string> marks_;
  std::array<uint8_t, 16> boot_;
  uint64_t namespace_ = 0;
};

void from_header(Reader& reader, Entry* entry) {
  const Header& header = reader.header();
  entry->kept = entry->kept || (header.flags & ledger::header_kept) || header.end.how == ledger::EndHow::none;
  if (entry->recorded || !(header.flags & ledger::header_first)) return;
  entry->command = zero_ended(reader.text(header.command));
  if (!entry->began || header.image == 1) entry->began = static_cast<int64_t>(header.began_realtime);
  for (const std::string& label : zero_ended(reader.text(header.labels))) {
    const size_t equals = label.find('=');
    if (equals != std::string::npos) entry->labels.emplace(label.substr(0, equals), label.substr(equals + 1));
  }
  if (header.end.how == ledger::EndHow::none || header.end.how == ledger::EndHow::exec) return;
  entry->how = header.end.how == ledger::EndHow::exit ? "exit" : "signal";
  entry->status = header.end.how == ledger::EndHow::exit ? header.end.status : header.end.signal;
  int64_t ended = 0;
  if (!__builtin_add_overflow(static_cast<int64_t>(header.began_realtime),
                              static_cast<int64_t>(header.end.time - header.began_monotonic), &ended))
    entry->ended = ended;
}

void from_record(Entry* entry) {
  const Record& record = entry->record;
  constexpr const char* names[] = {"vanished", "exit", "signal", "failed"};
  entry->command = record.command;
  entry->labels = record.labels;
  entry->began = record.began;
  entry->ended = record.ended;
  entry->how = record.lost ? "lost" : names[static_cast<size_t>(record.end)];
  entry->status = record.status;
  entry->errors = record.errors;
  entry->warnings = record.warnings;
}

// Files that cannot be used, by what is wrong with them: a store that an older library wrote has hundreds of one kind.
class Unusable {
 public:
  void add(const std::string& path, const std::string& why) {
    for (Kind& kind : kinds_)
      if (kind.why == why) return void(++kind.more);
    kinds_.push_back({why, path, 0});
  }
  void tell(std::vector<std::string>* troubles) const {
    for (const Kind& kind : kinds_)
      troubles->push_back(kind.first + (kind.more ? " and " + std::to_string(kind.more) + " more" : "") + ": " +
                          kind.why);
  }

 private:
  struct Kind {
    std::string why, first;
    size_t more;
  };
  std::vector<Kind> kinds_;
};

bool read_one(const std::string& folder, const Now& now, Entry* entry, Unusable* unusable) {
  entry->folder = folder;
  entry->name = folder.substr(folder.rfind('/') + 1);
  entry->began = began_by_name(entry->name);
  std::string error;
  bool any = false, candidate = now.marked(folder), first_lives = false;
  for (const std::string& name : names_in(folder)) {
    if (name == record_name) {
      any = true;
      if (read_record(folder, &entry->record, &error)) {
        entry->recorded = true;
        from_record(entry);
      } else {
        unusable->add(folder + '/' + name, error);
      }
    }
    if (!name.ends_with(".ledger")) continue;
    Reader reader;
    if (!reader.open(folder + '/' + name, &error)) {
      if (reader.blank()) continue;
      unusable->add(folder + '/' + name, error);
      continue;
    }
    any = true;
    const Header& header = reader.header();
    from_header(reader, entry);
    candidate = candidate || now.may_live(header.pid, header.start, header);
    first_lives = first_lives || (header.run_start && now.may_live(header.run_pid, header.run_start, header));
    if (!candidate)
      reader.each_thing(true, [&](const ledger::Thing& thing) {
        if (ledger::word_kind(thing.word) == ledger::Kind::process)
          candidate = candidate || now.may_live(static_cast<int64_t>(thing.id), thing.start, header);
      });
  }
  if (!any) return false;
  if (entry->recorded) {  // the record comes last in what a folder lists as often as first
    from_record(entry);
    candidate = candidate || now.lives(entry->record.first) || now.lives(entry->record.runner) ||
                now.lives(entry->record.keeper) ||
                (is_cgroup_of_run(entry->record.cgroup) && !members_of_cgroup(entry->record.cgroup).empty());
  }
  if (candidate || first_lives) {
    entry->living = living_members(folder, entry->recorded ? &entry->record : nullptr);
    entry->over = is_over(folder, entry->recorded ? &entry->record : nullptr);
    if (!entry->over) entry->how = "running", entry->ended = 0;
  }
  return true;
}

void judge_run(Entry* entry) {
  report::Report report;
  bool saved = false;
  std::string error;
  if (!report::open_run(entry->folder, {}, &report, &saved, &error)) return;
  report::finish_run(&report.run);
  symbols::NoSymbols nameless;
  judge::Settings settings;
  judge::judge(settings, nameless, &report);
  entry->errors = static_cast<int64_t>(report.totals().error);
  entry->warnings = static_cast<int64_t>(report.totals().warning);
}

}  // namespace

std::string Entry::ending() const {
  if (how == "exit") return "ended with status " + std::to_string(status);
  if (how == "signal") return "ended by signal " + std::to_string(status);
  if (how == "failed") return "could not be started (" + std::to_string(status) + ')';
  if (how == "lost") return "cut off";
  return how == "running" ? "runs" : "vanished";
}

std::vector<Entry> catalogue(const std::vector<std::string>& stores, std::vector<std::string>* troubles) {
  std::vector<Entry> entries;
  Unusable unusable;
  const Now now;
  for (const std::string& store : stores)
    for (const std::string& name : names_in(store)) {
      struct stat status;
      const std::string folder = store + '/' + name;
      if (!began_by_name(name) || lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
      Entry entry;
      if (read_one(folder, now, &entry, &unusable)) entries.push_back(std::move(entry));
    }
  unusable.tell(troubles);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.began != b.began ? a.began > b.began : a.name > b.name;
  });
  const auto end = std::chrono::steady_clock::now() + judging;
  for (Entry& entry : entries)
    if (entry.errors < 0 && entry.how != "running") {
      if (std::chrono::steady_clock::now() > end) break;
      judge_run(&entry);
    }
  return entries;
}

bool read_entry(const std::string& folder, Entry* entry, std::vector<std::string>* troubles) {
  std::string path = folder;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  Unusable unusable;
  const bool any = read_one(path, Now(), entry, &unusable);
  unusable.tell(troubles);
  return any;
}

}  // namespace lifeguard::run
