#include "src/report/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <tuple>

#include "src/ledger/layout.h"
#include "src/options/options.h"
#include "src/report/load.h"
#include "src/report/saved.h"
#include "src/system/process.h"

namespace lifeguard::report {
namespace {

constexpr std::string_view ledger_suffix = ".ledger";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string store_option() {
  Options options;
  const std::string text = environment("LIFEGUARD_OPTIONS");
  parse_options({text.data(), text.size()}, &options, {[](void*, Slice) {}, nullptr});  // the library complains
  return std::string(options.store.data ? options.store.data : "", options.store.size);
}

bool usable_store(const std::string& path, std::string* error) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0)
    *error = std::strerror(errno);
  else if (S_ISLNK(status.st_mode))
    *error = "is a symbolic link; a store is a folder itself";
  else if (!S_ISDIR(status.st_mode))
    *error = "is not a folder";
  else if (status.st_uid != geteuid())
    *error =
        "belongs to user " + std::to_string(status.st_uid) + ", not to you; become that user, or name the run's folder";
  else
    return true;
  *error = "store " + path + ": " + *error;
  return false;
}

std::vector<std::string> names_in(const std::string& folder, std::string_view suffix) {
  std::vector<std::string> names;
  DIR* directory = opendir(folder.c_str());
  if (!directory) return names;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && name.ends_with(suffix)) names.emplace_back(name);
  }
  closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

// 20261121T024501-PID-COMM
constexpr size_t moment_size = 15;
bool looks_like_run(const std::string& name) {
  if (name.size() <= moment_size || name[8] != 'T' || name[moment_size] != '-') return false;
  for (size_t i = 0; i < moment_size; ++i)
    if (i != 8 && (name[i] < '0' || name[i] > '9')) return false;
  return true;
}

int64_t modified(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0 ? status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec : 0;
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

void unreadable(const std::string& path, const std::string& why, Run* run) {
  run->troubles.push_back(path + ": " + why);
  run->unreadable = true;
}

// Programs that the library could not follow into: "PID\0WHY\0PATH\0\n" each, by whoever met them.
void read_unwatched(const std::string& folder, Run* run) {
  const int file = ::open((folder + "/unwatched").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return;
  struct stat status;
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const bool full = regular && static_cast<uint64_t>(status.st_size) >= ledger::largest_unwatched;
  constexpr uint64_t longest_line = 4400;
  std::string bytes(
      regular ? std::min(static_cast<uint64_t>(status.st_size), ledger::largest_unwatched + longest_line) : 0, 0);
  const ssize_t n = pread(file, bytes.data(), bytes.size(), 0);
  ::close(file);
  bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
  std::set<std::tuple<int, std::string, std::string>> said;
  size_t at = 0;
  const auto part = [&](std::string* text) {
    const size_t end = bytes.find('\0', at);
    if (end == std::string::npos) return false;  // cut by a kill
    *text = bytes.substr(at, end - at);
    at = end + 1;
    return true;
  };
  for (std::string number, why, path; part(&number) && part(&why) && part(&path);) {
    if (at < bytes.size() && bytes[at] == '\n') ++at;
    const int pid = std::atoi(number.c_str());
    if (pid > 0 && said.emplace(pid, why, path).second) run->unwatched.push_back({pid, path, why});
  }
  if (full) run->unwatched.push_back({0, "more programs", "their list is full"});
}

bool open_folder(const std::string& given, Report* report, std::string* error) {
  const std::string folder = without_slashes(given);
  const std::vector<std::string> ledgers = names_in(folder, ledger_suffix);
  struct stat status;
  const bool of_run = stat((folder + "/run").c_str(), &status) == 0 && S_ISREG(status.st_mode);
  if (ledgers.empty() && !of_run) {
    const std::vector<RunFolder> runs = list_runs({folder});
    *error = runs.empty() ? folder + ": holds no ledger (*.ledger), so it is not a run's folder"
                          : folder + ": is a store of runs, not a run; use --store " + folder +
                                ", or name one: " + runs.front().path;
    return false;
  }
  size_t used = 0;
  for (const std::string& name : ledgers) {
    const std::string path = folder + '/' + name;
    std::string wrong;
    if (never_begun(path)) continue;
    if (add_ledger(path, ledger::Reader::Links::refuse, &report->run, &wrong))
      ++used;
    else
      unreadable(path, wrong, &report->run);
  }
  if (!used && !(of_run && report->run.troubles.empty())) {
    *error = report->run.troubles.empty() ? folder + ": its processes were killed before they recorded anything"
                                          : report->run.troubles.back();
    return false;
  }
  const std::string name = folder.substr(folder.rfind('/') + 1);
  if (looks_like_run(name) || report->run.id.empty()) report->run.id = name;
  report->run.folder = folder;
  read_unwatched(folder, &report->run);
  return true;
}

bool open_file(const std::string& path, Report* report, bool* saved, std::string* error) {
  char first = 0;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file >= 0) {
    while (::read(file, &first, 1) == 1 && (first == ' ' || first == '\n' || first == '\r' || first == '\t')) continue;
    ::close(file);
  }
  std::string wrong;
  if (first == '{') {
    *saved = true;
    if (read_saved(path, report, &wrong)) return true;
  } else if (add_ledger(path, ledger::Reader::Links::refuse, &report->run, &wrong)) {
    if (report->run.id.empty()) report->run.id = path;
    return true;
  }
  *error = path + ": " + wrong;
  return false;
}

// The images of one process, in the stores or, where its file was removed under it, in its own memory.
bool open_pid(const std::string& pid, const std::vector<std::string>& stores, Report* report, std::string* error) {
  for (const RunFolder& run : list_runs(stores)) {
    bool any = false;
    for (const std::string& name : names_in(run.path, ledger_suffix)) {
      if (name.rfind(pid + '.', 0) != 0) continue;
      const std::string path = run.path + '/' + name;
      std::string wrong;
      if (add_ledger(path, ledger::Reader::Links::refuse, &report->run, &wrong))
        any = true;
      else
        unreadable(path, wrong, &report->run);
    }
    if (any) {
      report->run.id = run.name;
      report->run.folder = run.path;
      return true;
    }
  }
  for (const std::string& path : system::mapped_files(std::atoi(pid.c_str()), std::string(ledger_suffix))) {
    std::string wrong;
    Run found;  // it may be a child's, made ahead for it
    if (!add_ledger(path, ledger::Reader::Links::follow, &found, &wrong) || found.processes.empty() ||
        std::to_string(found.processes.front().pid) != pid)
      continue;
    report->run = std::move(found);
    return true;
  }
  uint64_t start;
  *error = system::process_start(std::atoi(pid.c_str()), &start)
               ? pid +
                     ": that process runs, but has no ledger that can be found; was it started with "
                     "LD_PRELOAD=liblifeguard.so?"
               : pid + ": no such process, and no run of it is kept";
  return false;
}

std::string joined(const std::vector<std::string>& stores) {
  std::string text;
  for (const std::string& store : stores) text += (text.empty() ? "" : ", ") + store;
  return text.empty() ? "no store exists yet" : "looked in " + text;
}

}  // namespace

bool never_begun(const std::string& path) {
  ledger::Reader reader;
  std::string ignored;
  return !reader.open(path, &ignored, ledger::Reader::Links::refuse) && reader.blank();
}

bool mapped_ledger(int pid, uint64_t start, Mapped* mapped) {
  std::vector<std::pair<std::string, std::string>> candidates;  // by what name it can be opened, and its own
  for (const std::string& path : system::mapped_files(pid, std::string(ledger_suffix)))
    candidates.emplace_back(path, system::read_link(path));
  if (candidates.empty()) {
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      const size_t slash = line.find(" /");
      if (slash != std::string::npos && line.ends_with(ledger_suffix))
        candidates.emplace_back(line.substr(slash + 1), line.substr(slash + 1));
    }
  }
  bool any = false;
  for (const auto& [path, name] : candidates) {
    const auto links = path == name ? ledger::Reader::Links::refuse : ledger::Reader::Links::follow;
    ledger::Reader reader;
    std::string ignored;
    if (!reader.open(path, &ignored, links)) continue;
    const bool own = reader.header().pid == pid && reader.header().start == start;
    if (any && !own) continue;
    any = true;
    *mapped = {path, name.substr(0, name.rfind('/')), links, own};
    if (own) break;
  }
  return any;
}

bool find_stores(const std::string& asked, std::vector<std::string>* stores, std::string* error) {
  stores->clear();
  const std::string named = asked.empty() ? store_option() : asked;
  if (!named.empty()) {
    if (!usable_store(without_slashes(named), error)) return false;
    stores->push_back(without_slashes(named));
    return true;
  }
  const std::string user = std::to_string(geteuid());
  std::string state = environment("XDG_STATE_HOME");
  if (state.empty() && !environment("HOME").empty()) state = environment("HOME") + "/.local/state";
  for (const std::string& path : {"/dev/shm/lifeguard-" + user, "/tmp/lifeguard-" + user, state + "/lifeguard"}) {
    std::string ignored;  // a default place that somebody else took is as good as none
    if (usable_store(path, &ignored)) stores->push_back(path);
  }
  return true;
}

std::vector<RunFolder> list_runs(const std::vector<std::string>& stores) {
  struct Dated {
    RunFolder run;
    int64_t modified;
  };
  std::vector<Dated> runs;
  for (const std::string& store : stores)
    for (const std::string& name : names_in(store, "")) {
      const std::string path = store + '/' + name;
      struct stat status;
      if (!looks_like_run(name) || lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
      if (!names_in(path, ledger_suffix).empty()) runs.push_back({{path, name}, modified(path)});
    }
  std::stable_sort(runs.begin(), runs.end(), [](const Dated& a, const Dated& b) {
    const int order = a.run.name.compare(0, moment_size, b.run.name, 0, moment_size);
    return order != 0 ? order > 0 : a.modified > b.modified;
  });
  std::vector<RunFolder> folders;
  for (Dated& dated : runs) folders.push_back(std::move(dated.run));
  return folders;
}

std::vector<std::string> ledgers_of(const std::string& folder) {
  std::vector<std::string> paths;
  for (const std::string& name : names_in(folder, ledger_suffix)) paths.push_back(folder + '/' + name);
  return paths;
}

bool open_run(const std::string& name, const std::vector<std::string>& stores, Report* report, bool* saved,
              std::string* error) {
  *saved = false;
  if (name.empty()) {
    const std::vector<RunFolder> runs = list_runs(stores);
    if (!runs.empty()) return open_folder(runs.front().path, report, error);
    *error = "no run is kept (" + joined(stores) + "); a program that ends with nothing left leaves none";
    return false;
  }
  struct stat status;
  if (stat(name.c_str(), &status) == 0)
    return S_ISDIR(status.st_mode) ? open_folder(name, report, error) : open_file(name, report, saved, error);
  if (name.find('/') == std::string::npos)
    for (const std::string& store : stores)
      if (stat((store + '/' + name).c_str(), &status) == 0) return open_folder(store + '/' + name, report, error);
  if (name.find_first_not_of("0123456789") == std::string::npos && name.size() < 10)
    return open_pid(name, stores, report, error);
  *error = name + ": no such run, ledger or report (" + joined(stores) + ")";
  return false;
}

}  // namespace lifeguard::report
