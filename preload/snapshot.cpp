// lifeguard_snapshot(): what the process holds at this moment, as a JSON report beside its ledger. The tool writes it,
// as it would write one of any running process; the caller waits, so that nothing it does itself changes meanwhile.
#include <fcntl.h>

#include "preload/beside.h"
#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/lifecycle.h"
#include "preload/line.h"
#include "preload/spare.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard {
namespace {

constexpr uint64_t most_ms = 10'000;

struct Writer {
  const char* program;
  const char* const* arguments;
  const char* const* environment;
  const char* file;

  // In a process of its own, which opens the file, so that the program has no descriptor more while it is looked at.
  void operator()() const {
    uint64_t none = 0;
    sys::rt_sigprocmask(2, &none, nullptr, 8);
    sys::close_range(3u, ~0u, 0);  // of a table of its own: there may be no room in it
    long output = sys::openat(AT_FDCWD, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (sys::failed(output)) return;
    sys::dup2(static_cast<int>(output), 1);
    int nothing = static_cast<int>(sys::openat(AT_FDCWD, "/dev/null", O_RDWR, 0));
    sys::dup2(nothing, 0);
    sys::dup2(nothing, 2);
    sys::close_range(3u, ~0u, 0);
    sys::execve(program, arguments, environment);
  }
};

bool wait_for(long tool) {
  for (uint64_t waited = 0; waited < most_ms; ++waited) {
    int status = 0;
    constexpr int no_hang = 1;
    long ended = sys::wait4(tool, &status, any_kind_of_child | no_hang, nullptr);
    if (ended == tool) return status == 0;
    if (ended < 0 && ended != -4) return false;
    timespec moment = {0, 1'000'000};
    sys::call_with(__NR_nanosleep, &moment, nullptr);
  }
  sys::kill(tool, 9);
  sys::wait4(tool, nullptr, any_kind_of_child, nullptr);
  return false;
}

bool write_snapshot(uint32_t number) {
  [[WIPED]] static constinit Line<4096> program, ledger, file, unfinished;
  if (!ending::find_tool(&program)) return false;
  Line<4096>* const lines[] = {&ledger, &file, &unfinished};
  for (Line<4096>* line : lines) {
    line->clear();
    *line << image.run_folder << "/";
  }
  ledger << static_cast<const char*>(image.ledger_name);
  file << "snapshot-" << static_cast<uint64_t>(process.pid) << "-" << number << ".json";
  unfinished << basename(file.slice()) << ".part";
  const char* arguments[] = {"lifeguard", "report", ledger.c_str(), "--format", "json", nullptr};
  const char* environment[] = {"LC_ALL=C.UTF-8", image.path_entry, nullptr};
  Writer writer{program.c_str(), arguments, environment, unfinished.c_str()};
  auto entry = [](void* it) -> int {
    (*static_cast<Writer*>(it))();
    return 127;
  };
  bool written = false;
  auto write = [&] {
    long tool = lifeguard_beside(+entry, &writer, nullptr);
    written = tool > 0 && wait_for(tool);
  };
  as_parent(write);
  if (written && !sys::failed(sys::renameat(AT_FDCWD, unfinished.c_str(), AT_FDCWD, file.c_str()))) return true;
  sys::unlinkat(AT_FDCWD, unfinished.c_str(), 0);
  return false;
}

}  // namespace
}  // namespace lifeguard

using namespace lifeguard;

extern "C" [[gnu::visibility("default"), gnu::used, gnu::noinline]] int lifeguard_snapshot() {
  if (lifeguard_vfork_depth || !begin() || image.sealed || !process.in_file) return 0;
  spare::settle();  // a ledger that goes from child to child is found under no name
  const uint32_t number = __atomic_add_fetch(&process.snapshots, 1, __ATOMIC_RELAXED);
  bool written = false;
  auto work = [&] { written = write_snapshot(number); };
  return beside(work) && written ? static_cast<int>(number) : 0;
}
