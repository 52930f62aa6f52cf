// How programs are started watched.
#include "src/run/launch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace lifeguard;

namespace {

int status_of(const run::Launch& launch) {
  run::Started started;
  if (!run::start(launch, &started)) {
    CHECK(started.pid == -1);
    CHECK(started.error.starts_with(launch.command.front() + ": "));
    return started.status;
  }
  int status = 0;
  REQUIRE(waitpid(started.pid, &status, 0) == started.pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int status_of(const std::vector<std::string>& command) {
  run::Launch launch;
  launch.command = command;
  return status_of(launch);
}

struct Folder {
  Folder() {
    std::string name = "/tmp/lifeguard-launch-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& text, mode_t mode) const {
    std::ofstream(path + '/' + name) << text;
    chmod((path + '/' + name).c_str(), mode);
    return path + '/' + name;
  }
  std::string path;
};

bool has(const std::vector<std::string>& entries, const std::string& entry) {
  return std::find(entries.begin(), entries.end(), entry) != entries.end();
}

}  // namespace

TEST_CASE("a program that is started ends as it likes; one that cannot be is 126 or 127", "[launch]") {
  const Folder folder;
  CHECK(status_of({"sh", "-c", "exit 3"}) == 3);
  CHECK(status_of({"sh", "-c", "kill -TERM $$"}) == 128 + SIGTERM);
  CHECK(status_of({"no-such-program-anywhere"}) == 127);
  CHECK(status_of({folder.path + "/none"}) == 127);
  CHECK(status_of({folder.path}) == 126);
  CHECK(status_of({folder.file("data", "no program", 0600)}) == 126);
  CHECK(status_of({folder.file("orphan", "#!/no/such/interpreter\n", 0700)}) == 126);
  CHECK(status_of({folder.file("script", "exit 9\n", 0700)}) == 9);  // no first line: the shell's
}

TEST_CASE("the program gets its limits and its signal mask, and the caller keeps its own", "[launch]") {
  run::Launch launch;
  launch.command = {"sh", "-c", "test $(ulimit -n) = 77"};
  launch.limits = {{RLIMIT_NOFILE, 77}};
  CHECK(status_of(launch) == 0);
  rlimit mine;
  getrlimit(RLIMIT_NOFILE, &mine);
  CHECK(mine.rlim_cur != 77);

  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  launch.limits.clear();
  launch.mask = &blocked;
  launch.command = {"grep", "-q", "^SigBlk:.*0000000000000200$", "/proc/self/status"};
  CHECK(status_of(launch) == 0);
}

TEST_CASE("the run is handed over, and only its mark is left in the program's environment", "[launch]") {
  run::Launch launch;
  std::string error;
  if (!run::find_library(&launch.library, &error)) {
    WARN(error);  // sanitized variants are built without it
    return;
  }
  launch.folder = "/tmp/lifeguard-launch-none/run";
  launch.options = "enable=1:report=none";
  launch.command = {"sh", "-c",
                    "test \"$LIFEGUARD_MARK\" = /tmp/lifeguard-launch-none/run && test -z \"$LIFEGUARD_RUN\" && "
                    "test \"$LIFEGUARD_OPTIONS\" = enable=1:report=none && "
                    "tr '\\0' '\\n' </proc/$$/environ | grep -qE \"^LIFEGUARD_RUN=1 $$ [0-9]+  /tmp/lifeguard-l\""};
  CHECK(status_of(launch) == 0);
}

TEST_CASE("other preloaded libraries stay, behind the one; sanitizers' options are kept", "[launch]") {
  setenv("LD_PRELOAD", "/usr/lib/liblifeguard.so:libone.so libtwo.so", 1);
  setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
  run::Launch launch;
  launch.library = "/opt/liblifeguard.so";
  std::vector<std::string> entries = run::environment(launch);
  CHECK(has(entries, "LD_PRELOAD=/opt/liblifeguard.so:libone.so:libtwo.so"));
  CHECK(has(entries, "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0"));
  setenv("ASAN_OPTIONS", "verify_asan_link_order=1", 1);
  CHECK(has(run::environment(launch), "ASAN_OPTIONS=verify_asan_link_order=1"));
  unsetenv("LD_PRELOAD");
  unsetenv("ASAN_OPTIONS");
}
