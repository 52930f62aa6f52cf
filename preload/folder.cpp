#include "preload/folder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "preload/directory.h"
#include "preload/line.h"
#include "preload/proc.h"
#include "preload/spare.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard::folder {
namespace {

using ledger::EndHow;
using ledger::Header;

[[WIPED]] char entries[4096];

// Calls visit(folder, name) for each of the entries until it returns false. False: the folder cannot be read.
template <typename Visit>
bool each(Visit visit) {
  int run = open_directory(AT_FDCWD, image.run_folder);
  if (run < 0) return false;
  each_entry(run, entries, [&](const char* name) { return visit(run, name); });
  sys::close(run);
  return true;
}

bool is_own(const char* name) { return Slice(name) == static_cast<const char*>(image.ledger_name); }

// A ledger without findings whose process went on as a program that is not watched, and is gone: nobody else removes
// it.
bool ended_unwatched(int run, const char* name) {
  const Header* header = header_of(run, name);
  return header && header->end.how == EndHow::exec && !(header->flags & ledger::header_kept) &&
         proc::start_time(header->pid) != header->start;
}

// Once nothing is in it to keep it for. A list of programs that were not watched is not.
void remove_folder() {
  constexpr long not_empty = -39;  // ENOTEMPTY
  constexpr Slice list = "unwatched";
  bool first = image.run_pid == static_cast<int>(process.pid);
  if (sys::unlinkat(AT_FDCWD, image.run_folder, AT_REMOVEDIR) != not_empty || !first) return;
  auto goes = [&](int run, const char* name) { return Slice(name) == list || ended_unwatched(run, name); };
  bool listed = false, all_go = true;
  each([&](int run, const char* name) {
    listed = listed || Slice(name) == list;
    return all_go = goes(run, name);
  });
  if (!listed || !all_go) return;
  each([&](int run, const char* name) {
    if (goes(run, name)) sys::unlinkat(run, name, 0);
    return true;
  });
  sys::unlinkat(AT_FDCWD, image.run_folder, AT_REMOVEDIR);
}

// A tmpfs tells by a folder's size how many are in it: twenty bytes for each, and for "." and "..".
bool has_own_alone() {
  constexpr long entry = 20;
  struct stat status = {};
  return image.store_in_memory && image.ledger_name[0] &&
         sys::newfstatat(AT_FDCWD, image.run_folder, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_size == 3 * entry;
}

}  // namespace

const Header* header_of(int run, const char* name) {
  [[WIPED]] static Header header;
  int file = static_cast<int>(sys::openat(run, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0));
  if (file < 0) return nullptr;
  bool whole = sys::read(file, &header, sizeof header) == static_cast<long>(sizeof header);
  sys::close(file);
  return whole && memcmp(header.magic, ledger::magic, sizeof header.magic) == 0 ? &header : nullptr;
}

bool others_left_ledgers() {
  bool others = false;
  if (has_own_alone()) return others;
  each([&](int run, const char* name) {
    others = ends_with(name, ".ledger") && !is_own(name) && header_of(run, name);
    return !others;
  });
  return others;
}

bool others_live() {
  bool live = false;
  each([&](int run, const char* name) {
    const Header* header = header_of(run, name);
    bool no_end = header && (header->end.how == EndHow::none || header->end.how == EndHow::exec);
    proc::Stat stat;
    if (no_end && header->pid > 0 && header->pid != static_cast<int>(process.pid) && proc::stat(header->pid, &stat))
      live = stat.start == header->start && stat.state != 'Z' && stat.state != 'X';
    return !live;
  });
  return live;
}

void remove_ledger() {
  spare::drop();
  if (spare::hand_back()) return;
  Slice folder = image.run_folder;
  if (image.ledger_name[0] && folder.size + sizeof image.ledger_name < longest_name)
    sys::unlinkat(AT_FDCWD, path_in_room(folder, static_cast<const char*>(image.ledger_name)), 0);
  remove_folder();
}

void remove_earlier_images(int pid) {
  Line<16> prefix;
  prefix << static_cast<uint64_t>(pid) << ".";
  bool read = each([&](int run, const char* name) {
    // Of a parent that ended inside daemon(); another one that has just ended looks after its own.
    bool origin = image.after_daemon && Slice(name) == static_cast<const char*>(image.origin);
    if ((!origin && !starts_with(name, prefix.slice())) || is_own(name)) return true;
    const Header* header = header_of(run, name);
    if (!header) return true;
    bool same = header->pid == pid && (header->start == image.start || !image.ledger_name[0]);
    bool over = same ? header->end.how == EndHow::exec : origin && header->end.how == EndHow::exit;
    if (over && !(header->flags & ledger::header_kept)) sys::unlinkat(run, name, 0);
    return true;
  });
  if (read) remove_folder();
}

}  // namespace lifeguard::folder
