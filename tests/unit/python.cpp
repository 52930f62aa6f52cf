// Python's frames from the ledger to the finding.
#include "src/symbols/python.h"

#include <catch2/catch.hpp>

#include "src/judge/fingerprint.h"
#include "src/judge/judge.h"
#include "src/judge/own.h"
#include "src/judge/shipped.h"
#include "src/report/load.h"
#include "src/symbols/trim.h"
#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using ledger::Kind;
using ledger::State;
using test::LedgerBuilder;

namespace {

uint32_t python_code(LedgerBuilder& builder, const std::string& function, const std::string& file) {
  const ledger::PythonCode code{builder.text(function), builder.text(file)};
  return builder.text({reinterpret_cast<const char*>(&code), sizeof code}).offset;
}

report::Frame frame(const std::string& function, const std::string& file, int line = 1) {
  return symbols::python_frame({function, file}, line, "/home/me");
}

report::Frame native(const std::string& function, const std::string& module) {
  report::Frame one;
  one.function = function;
  one.module = module;
  return one;
}

std::string functions(const report::Stack& stack) {
  std::string names;
  for (const report::Frame& one : stack) names += one.function + ' ';
  return names;
}

const std::string standard = "/usr/lib/python3.11/";

report::Run loaded(LedgerBuilder& builder) {
  test::Folder folder;
  report::Run run;
  std::string error;
  INFO(error);
  REQUIRE(report::add_ledger(builder.write(folder / "4242.1.1.ledger"), ledger::Reader::Links::refuse, &run, &error));
  report::finish_run(&run);
  return run;
}

}  // namespace

TEST_CASE("A finding of a Python program has its function, file and line, and the interpreter is no part of it") {
  LedgerBuilder builder;
  builder.ended_by_exit(0);
  builder.header.cwd = builder.text("/home/me");
  const uint32_t module = builder.module("/usr/lib/libffi.so.8");
  const uint32_t handler = python_code(builder, "Handler.do_GET", "/srv/app/server.py");
  const uint32_t serve = python_code(builder, "BaseServer.serve_forever", standard + "socketserver.py");
  const uint32_t main = python_code(builder, "<module>", "server.py");
  builder.slot(3, State::live, Kind::file,
               builder.site({ledger::make_python_frame(handler, 41), ledger::make_frame(module, 0x10, false),
                             ledger::make_python_frame(serve, 230), ledger::make_python_frame(main, 9)}));
  report::Report report;
  report.run = loaded(builder);
  symbols::NoSymbols symbols;
  judge::judge({}, symbols, &report);
  REQUIRE(report.findings.size() == 1);
  const report::Finding& finding = report.findings[0];
  CHECK(finding.severity == report::Severity::error);
  CHECK_FALSE(finding.unstable);
  REQUIRE(finding.site.size() == 4);
  const report::Frame& first = finding.site[0];
  CHECK(first.function == "Handler.do_GET");
  CHECK(first.file == "/srv/app/server.py");
  CHECK(first.line == 41);
  CHECK(first.language == "python");
  CHECK(first.module == "server");
  CHECK(first.own);
  CHECK_FALSE(finding.site[2].own);
  CHECK(finding.site[3].file == "/home/me/server.py");
}

TEST_CASE("Damage in what Python's frames refer to is counted, and the rest of the report is there") {
  LedgerBuilder builder;
  builder.ended_by_exit(0);
  builder.slot(3, State::live, Kind::file,
               builder.site({ledger::make_python_frame(0xffffff, 1), ledger::make_python_frame(2, 3)}));
  builder.slot(4, State::live, Kind::socket, 0);
  const report::Run run = loaded(builder);
  CHECK(run.processes.at(0).resources.size() == 2);
  CHECK(run.troubles.size() == 1);
}

TEST_CASE("What an interpreter was installed with is nobody's own code, wherever it lies") {
  constexpr Slice conda = "/home/me/conda/envs/web/bin/python3.12";
  CHECK_FALSE(judge::own_module("/home/me/conda/envs/web/lib/libsqlite3.so.0", conda, ""));
  CHECK_FALSE(judge::own_module("/home/me/conda/envs/web/lib/python3.12/lib-dynload/_socket.so", conda, ""));
  CHECK_FALSE(judge::own_module("/root/.pyenv/versions/3.11.7/lib/libpython3.11.so.1.0", "/bin/bash", ""));
  CHECK(judge::own_module("/home/me/conda/envs/web/lib/libsqlite3.so.0", conda, "*/libsqlite3*"));
  CHECK(judge::own_module("/home/me/conda/envs/webs/lib/libmine.so", conda, ""));
  CHECK(judge::own_module("/home/me/conda/envs/web/library/libmine.so", conda, ""));
  CHECK(judge::own_module("/srv/app/lib/libmine.so", "/srv/app/bin/server", ""));
  CHECK(judge::own_module("/srv/lib/libmine.so", "/srv/python3", ""));
  CHECK(judge::own_module("/srv/app/libmine.so", "python3", ""));
  CHECK(judge::own_module("/srv/app/libmine.so", "", ""));
}

TEST_CASE("Own code of Python's is what lies outside its library and its packages") {
  CHECK(judge::own_python("f", "/srv/app/server.py", ""));
  CHECK(judge::own_python("f", "/usr/bin/orchestrator", ""));
  CHECK(judge::own_python("f", "<string>", ""));
  CHECK_FALSE(judge::own_python("__create_fn__.<locals>.__init__", "<string>", ""));
  CHECK_FALSE(judge::own_python("__init__", "<attrs generated init app.Server>", ""));
  CHECK(judge::own_python("f", "server.py", ""));
  CHECK(judge::own_python("f", "/srv/lib/python3/plugin.py", ""));
  CHECK(judge::own_python("f", "/srv/python3.11/plugin.py", ""));
  for (const char* file :
       {"/usr/lib/python3.11/socket.py", "/usr/lib64/python3.9/os.py",
        "/root/.pyenv/versions/3.13.0/lib/python3.13/os.py", "/opt/lib/python3.14t/os.py",
        "/usr/lib/python311.zip/os.py", "<frozen runpy>", "/home/me/venv/lib/python3.11/site-packages/requests/api.py",
        "/usr/lib/python3/dist-packages/apt/cache.py"})
    CHECK_FALSE(judge::own_python("f", file, ""));
  CHECK(judge::own_python("f", "/home/me/venv/lib/python3.11/site-packages/mine/api.py", "*/site-packages/mine/*"));
  CHECK_FALSE(judge::own_module("/root/.pyenv/versions/3.11.7/lib/python3.11/lib-dynload/_socket.so", "/x", ""));
  CHECK(judge::own_module("/srv/app/fast.cpython-311-x86_64-linux-gnu.so", "/x", ""));
}

TEST_CASE("A module's name is told by its file") {
  CHECK(symbols::python_module("/usr/lib/python3.11/asyncio/base_events.py") == "asyncio.base_events");
  CHECK(symbols::python_module("/usr/lib/python3.11/asyncio/__init__.py") == "asyncio");
  CHECK(symbols::python_module("/v/lib/python3.11/site-packages/requests/api.py") == "requests.api");
  CHECK(symbols::python_module("/srv/app/server.py") == "server");
  CHECK(symbols::python_module("/srv/app/__init__.py") == "app");
  CHECK(symbols::python_module("/usr/bin/orchestrator") == "orchestrator");
  CHECK(symbols::python_module("<frozen importlib._bootstrap>") == "importlib._bootstrap");
  CHECK(symbols::python_module("<string>") == "<string>");
  CHECK(symbols::python_module("") == "");
}

TEST_CASE("Python's library is trimmed in front as libc is, and its way into a thread or a script at the end") {
  report::Stack stack = {native("sock_accept", standard + "lib-dynload/_socket.so"),
                         frame("socket.accept", standard + "socket.py"),
                         frame("Popen.__init__", standard + "subprocess.py"),
                         frame("start", "/srv/app/server.py"),
                         native("task_step", standard + "lib-dynload/_asyncio.so"),
                         native("ffi_call", "/usr/lib/libffi.so.8"),
                         frame("BaseServer.finish_request", standard + "socketserver.py"),
                         frame("Thread.run", standard + "threading.py"),
                         frame("Thread._bootstrap", standard + "threading.py"),
                         native("start_thread", "/lib/x86_64-linux-gnu/libc.so.6")};
  symbols::trim(&stack);
  CHECK(functions(stack) == "start ffi_call BaseServer.finish_request ");
}

TEST_CASE("A stack of Python's library alone is kept, and packages are not trimmed") {
  report::Stack alone = {
      native("accept", "/lib/x86_64-linux-gnu/libc.so.6"), frame("socket.accept", standard + "socket.py"),
      frame("BaseServer.serve_forever", standard + "socketserver.py"), frame("Thread.run", standard + "threading.py")};
  symbols::trim(&alone);
  CHECK(functions(alone) == "socket.accept BaseServer.serve_forever Thread.run ");
  report::Stack package = {frame("open_pool", "/v/lib/python3.11/site-packages/urllib3/pool.py"),
                           frame("main", "/srv/a.py")};
  symbols::trim(&package);
  CHECK(package.size() == 2);
}

TEST_CASE("A fingerprint of Python's frames is of modules and qualified names, not of lines or folders") {
  auto print = [](const std::string& function, const std::string& file, int line) {
    report::Frame one = frame(function, file, line);
    one.own = true;
    return judge::fingerprint("file", {one}).digits;
  };
  CHECK(print("Handler.do_GET", "/a/server.py", 3) == print("Handler.do_GET", "/b/server.py", 99));
  CHECK(print("Handler.do_GET", "/a/server.py", 3) != print("Handler.do_POST", "/a/server.py", 3));
  CHECK(print("main", "/a/server.py", 3) != print("main", "/a/worker.py", 3));
  CHECK(print("f.<locals>.<lambda>", "/a/server.py", 3) != print("f.<locals>.<genexpr>", "/a/server.py", 3));
}

TEST_CASE("Findings of Python's frames are apart by function and file even where no line is known") {
  report::Finding one, other;
  one.name = other.name = "open-at-end";
  one.fingerprint = other.fingerprint = "0123456789abcdef";
  one.site = {frame("a", "/srv/x.py", 0)};
  other.site = {frame("b", "/srv/x.py", 0)};
  std::vector<report::Finding> findings = {one, other, one};
  judge::merge(&findings);
  CHECK(findings.size() == 2);
}

TEST_CASE("What leads Python's workers is known by the frames that made it, in any process of the run") {
  auto rule = [](const char* file) {
    return judge::shipped_rule("open-at-end", "/usr/bin/python3.11", Kind::pipe, "read end",
                               [file](Slice files) { return glob_list_match(files, file); });
  };
  CHECK(rule("/usr/lib/python3.11/multiprocessing/pool.py"));
  CHECK(rule("/usr/lib/python3.11/concurrent/futures/process.py"));
  CHECK_FALSE(rule("/usr/lib/python3.11/multiprocessing/connection.py"));
  CHECK_FALSE(rule("/srv/app/server.py"));
}
