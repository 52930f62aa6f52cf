#include "src/run/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include "src/ledger/layout.h"
#include "src/report/records.h"

namespace lifeguard::run {
namespace {

constexpr const char* marks = "/.open";
constexpr int64_t second = 1'000'000'000;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::vector<std::string> entries(const std::string& folder) {
  std::vector<std::string> names;
  DIR* directory = opendir(folder.c_str());
  if (!directory) return names;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  closedir(directory);
  return names;
}

std::string mark_of(const std::string& folder) {
  const size_t slash = folder.rfind('/');
  return folder.substr(0, slash) + marks + folder.substr(slash);
}

bool make_folders(const std::string& path) {
  for (size_t at = 1; at != std::string::npos;) {
    at = path.find('/', at + 1);
    if (mkdir(path.substr(0, at).c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
      return false;
  }
  return true;
}

bool ledger_lives(const std::string& path) {
  ledger::Header header;
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return false;
  const bool whole = pread(file, &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header) &&
                     std::memcmp(header.magic, ledger::magic, sizeof header.magic) == 0;
  close(file);
  return whole && header.start && system::find_alive(report::identity(header)) != 0;
}

uint64_t bytes_of(const std::string& folder) {
  uint64_t bytes = 0;
  for (const std::string& name : entries(folder)) {
    struct stat status;
    if (lstat((folder + '/' + name).c_str(), &status) == 0) bytes += static_cast<uint64_t>(status.st_blocks) * 512;
  }
  return bytes;
}

}  // namespace

std::string default_store() {
  const std::string state = environment("XDG_STATE_HOME"), home = environment("HOME");
  if (state.starts_with('/')) return state + "/lifeguard";
  if (home.starts_with('/')) return home + "/.local/state/lifeguard";
  return "/tmp/lifeguard-" + std::to_string(geteuid());
}

bool open_store(const std::string& store, std::string* error) {
  struct stat status;
  if (lstat(store.c_str(), &status) != 0) {
    if (errno != ENOENT || !make_folders(store) || lstat(store.c_str(), &status) != 0) {
      *error = "store " + store + ": cannot be made: " + std::strerror(errno);
      return false;
    }
  }
  if (S_ISLNK(status.st_mode))
    *error = "is a symbolic link; a store is a folder itself";
  else if (!S_ISDIR(status.st_mode))
    *error = "is not a folder";
  else if (status.st_uid != geteuid())
    *error = "belongs to user " + std::to_string(status.st_uid) + ", not to you";
  else if (status.st_mode & 022)
    *error = "others may write there; chmod 700 it";
  else
    return true;
  *error = "store " + store + ": " + *error;
  return false;
}

bool make_run(const std::string& store, int64_t began, int pid, const std::string& program, std::string* folder,
              std::string* error) {
  const time_t seconds = began / second;
  tm when = {};
  gmtime_r(&seconds, &when);
  char moment[32];
  std::strftime(moment, sizeof moment, "%Y%m%dT%H%M%S", &when);
  std::string name = program.substr(program.rfind('/') + 1).substr(0, 32);
  for (char& c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' &&
        c != '+' && c != '-')
      c = '_';
  const std::string stem = store + '/' + moment + '-' + std::to_string(pid) + '-' + name;
  // The mark comes first: whoever thins out the store meanwhile lets it be.
  if (mkdir((store + marks).c_str(), 0700) != 0 && errno != EEXIST) {
    *error = store + marks + ": cannot be made: " + std::strerror(errno);
    return false;
  }
  for (int again = 1; again < 100; ++again) {
    *folder = again == 1 ? stem : stem + '.' + std::to_string(again);
    const std::string mark = mark_of(*folder);
    const int file = open(mark.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
      close(file);
      if (mkdir(folder->c_str(), 0700) == 0) return true;
      const int why = errno;
      unlink(mark.c_str());
      errno = why;
    }
    if (errno != EEXIST) break;
  }
  *error = *folder + ": cannot be made: " + std::strerror(errno);
  return false;
}

void unmark(const std::string& folder) { unlink(mark_of(folder).c_str()); }

std::vector<std::string> marked_runs(const std::string& store) {
  std::vector<std::string> folders;
  for (const std::string& name : entries(store + marks))
    if (began_by_name(name)) folders.push_back(store + '/' + name);
  std::sort(folders.begin(), folders.end());
  return folders;
}

bool remove_run(const std::string& folder) {
  for (const std::string& name : entries(folder)) unlink((folder + '/' + name).c_str());
  unmark(folder);
  return rmdir(folder.c_str()) == 0;
}

bool run_lives(const std::string& folder) {
  Record record;
  std::string ignored;
  if (read_record(folder, &record, &ignored) && record.lives()) return true;
  for (const std::string& name : entries(folder))
    if (name.ends_with(".ledger") && ledger_lives(folder + '/' + name)) return true;
  return false;
}

int64_t began_by_name(const std::string& name) {
  constexpr size_t moment = 15;
  if (name.size() <= moment || name[8] != 'T' || name[moment] != '-') return 0;
  for (size_t i = 0; i < moment; ++i)
    if (i != 8 && (name[i] < '0' || name[i] > '9')) return 0;
  tm when = {};
  if (!strptime(name.substr(0, moment).c_str(), "%Y%m%dT%H%M%S", &when)) return 0;
  return timegm(&when) * second;
}

std::vector<std::string> prune(const std::string& store, const Limits& limits, bool dry) {
  std::vector<std::string> names = entries(store), removed;
  std::erase_if(names, [](const std::string& name) { return began_by_name(name) == 0; });
  std::sort(names.begin(), names.end());
  uint64_t runs = names.size(), bytes = 0;
  std::vector<uint64_t> sizes;
  if (limits.bytes != UINT64_MAX)
    for (const std::string& name : names) {
      sizes.push_back(bytes_of(store + '/' + name));
      bytes += sizes.back();
    }
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string folder = store + '/' + names[i];
    const bool old = began_by_name(names[i]) < limits.before;
    if (!old && runs <= limits.runs && bytes <= limits.bytes) continue;
    struct stat status;
    if (lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || run_lives(folder)) continue;
    if (lstat(mark_of(folder).c_str(), &status) == 0) continue;
    if (!dry && !remove_run(folder)) continue;
    removed.push_back(folder);
    --runs;
    bytes -= sizes.empty() ? 0 : sizes[i];
  }
  return removed;
}

}  // namespace lifeguard::run
