// Writes small good inputs into a folder, for tests/fuzz/files.cpp to begin with.
#include <cstdio>
#include <string>

namespace {

constexpr const char* report = R"({"schema":"lifeguard-report/1","lifeguard":"0.1.0",
"run":{"id":"20260131T101112-42-server","host":"here","command":["./server","-v"],"started":"2026-01-31T10:11:12Z",
"ended":"2026-01-31T10:11:13Z","labels":{"build":"7"}},
"processes":[{"id":"42.1","pid":42,"ppid":1,"image":1,"start":"2026-01-31T10:11:12Z","exe":"/home/me/server",
"command":["./server"],"end":{"how":"exit","status":0},"cleanup":{"closed":1,"ended":0,"killed":0,"left":0},
"lost":{"sites":2}}],"unwatched":[{"pid":43,"exe":"/bin/su","why":"set-user-ID"}],
"findings":[{"class":"open-at-end","severity":"error","kind":"file","count":2,"max_per_process":2,
"fingerprint":"0123456789abcdef","remedy":"close it","processes":["42.1"],
"site":{"frames":[{"function":"load","file":"/home/me/a.cpp","line":7,"module":"/home/me/server","build_id":"0102",
"offset":4660,"own":true,"language":"native"},{"function":"main","file":"b.py","line":1,"module":"","build_id":"",
"offset":0,"own":true,"language":"python"}]},"other_sites":{"closed":{"frames":[]}},
"resources":[{"id":5,"detail":"/etc/passwd","born":"2026-01-31T10:11:12Z","thread":42,"phase":"first","state":"live",
"bytes":3}],"growth":{"per_minute":1.5,"limit":1024,"seconds_to_limit":60},"baseline":"new"}],
"totals":{"error":1,"warning":0,"note":0,"suppressed":0}})";
constexpr const char* rules =
    "# known\nopen-at-end:^load$  # once a start\nfile:*.log until=2027-01-01 max=3  # rotates\n*:main\n";
constexpr const char* baseline = "# lifeguard-baseline/1\n0123456789abcdef open-at-end file 2  # load at a.cpp\n";

bool write(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  const bool whole = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return (!file || std::fclose(file) == 0) && whole;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: seeds-files FOLDER\n"), 2;
  const std::string folder = arguments[1], between = "\n%%\n";
  return write(folder + "/all", report + between + rules + between + baseline) && write(folder + "/report", report) &&
                 write(folder + "/rules", between + rules + between + baseline)
             ? 0
             : 1;
}
