#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/render/escape.h"
#include "src/render/json_writer.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/report/saved.h"
#include "src/report/time_text.h"
#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using report::End;
using report::Severity;

namespace {

const std::string hostile =
    "\x1b]0;owned\x07\n<script>alert(1)</script>\r\t\"'`$(id)\xff\xc0\x80\xe2\x80\xae" + std::string(4096, 'A');

report::Report everything(const std::string& text) {
  report::Report report;
  report.run.id = report.run.host = text;
  report.run.command = {text, ""};
  report.run.labels[text] = text;
  report.run.started = 1'700'000'000'123'000'000;
  report.run.ended = 1'700'000'009'123'000'000;
  report.run.troubles = {text};
  report::Process process;
  process.pid = 42;
  process.ledger = process.exe = process.trouble = text;
  process.command = {text};
  process.began = report.run.started;
  process.end.how = End::How::exit;
  process.end.status = 3;
  process.end.when = report.run.ended;
  process.lost["sites"] = 5;
  process.cleanup = {true, 2, 0, 0, 1};
  report.run.processes.push_back(process);
  report.run.unwatched = {{7, text, text}};
  for (Severity severity : {Severity::error, Severity::warning, Severity::note}) {
    report::Finding finding;
    finding.name = severity == Severity::warning ? "double-close" : "open-at-end";
    finding.severity = severity;
    finding.kind = "file";
    finding.count = finding.max_per_process = 1;
    finding.fingerprint = "0123456789abcdef";
    finding.remedy = "close it";
    finding.reason = text;
    finding.processes = {"42.1"};
    report::Frame frame;
    frame.function = frame.file = frame.module = frame.note = text;
    frame.line = 7;
    frame.own = true;
    finding.site = {frame, frame};
    if (severity == Severity::warning) finding.other_sites = {{"closed", {frame}}, {"closed_first", {frame}}};
    finding.resources.push_back({3, text, report.run.started + 1'000'000'000, 42, text, "live", 4096, "42.1", ""});
    report.findings.push_back(finding);
  }
  return report;
}

std::string text_of(const report::Report& report, bool all = false, unsigned width = 0, bool color = false) {
  render::Look look;
  look.all = all;
  look.width = width;
  look.color = color;
  std::ostringstream out;
  render::text(report, look, out);
  return out.str();
}

std::string json_of(const report::Report& report) {
  std::ostringstream out;
  render::json(report, {}, out);
  return out.str();
}

// Nothing that a terminal would act on.
void harmless(const std::string& text) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte != '\n' && (byte < 0x20 || byte == 0x7f)) FAIL("a control character: " << static_cast<int>(byte));
  }
  CHECK(render::visible(text.substr(0, text.find('\n'))) == text.substr(0, text.find('\n')));
  CHECK(text.find("\xe2\x80\xae") == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}

}  // namespace

TEST_CASE("What a terminal would act on becomes visible") {
  using render::visible;
  CHECK(visible("plain /path") == "plain /path");
  CHECK(visible("\x1b[31m") == "\\x1b[31m");
  CHECK(visible("a\nb\tc\rd") == "a\\nb\\tc\\x0dd");
  CHECK(visible("\x7f") == "\\x7f");
  CHECK(visible(std::string("\0", 1)) == "\\x00");
  CHECK(visible("\xff\xfe") == "\\xff\\xfe");
  CHECK(visible("\xc3\xa4 \xe6\x97\xa5") == "\xc3\xa4 \xe6\x97\xa5");
  CHECK(visible("\xc2\x9b"
                "31m") == "\\xc2\\x9b31m");  // C1: a terminal takes it for ESC [
  CHECK(visible("\xe2\x80\xae") == "\\u202e");
  CHECK(visible("\xc0\x80") == "\\xc0\\x80");
  CHECK(visible("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(visible("\xe2\x82") == "\\xe2\\x82");
}

TEST_CASE("Lines are cut to their columns, paths in the middle") {
  CHECK(render::columns("a\xc3\xa4\xe6\x97\xa5") == 4);
  CHECK(render::cut("abcdefghij", 8) == "abcde...");
  CHECK(render::cut("abc", 8) == "abc");
  CHECK(render::cut("abc", 0) == "abc");
  CHECK(render::cut("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5", 6) == "\xe6\x97\xa5...");
  CHECK(render::cut_middle("/a/very/long/path/to/a/file.cpp:12", 20).size() == 20);
  CHECK(render::cut_middle("/a/very/long/path/to/a/file.cpp:12", 20).ends_with("file.cpp:12"));
}

TEST_CASE("Hostile names go through the text for people unharmed and harmless") {
  const report::Report report = everything(hostile);
  harmless(text_of(report));
  harmless(text_of(report, true));
  harmless(text_of(report, true, 80));
}

TEST_CASE("Hostile bytes go through every other format as UTF-8, and nothing in it is for a terminal") {
  for (const render::Renderer& renderer : render::renderers())
    for (bool all : {false, true}) {
      render::Look look;
      look.all = all;
      look.root = "/";
      std::ostringstream out;
      renderer.render(everything(hostile), look, out);
      CHECK_NOTHROW(nlohmann::json(out.str()).dump());  // refuses what is no UTF-8
      for (char c : out.str())
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n') FAIL(renderer.name << " has a control character");
    }
}

TEST_CASE("Text keeps to the terminal's width") {
  std::istringstream lines(text_of(everything(std::string(300, 'x')), true, 80));
  for (std::string line; std::getline(lines, line);) CHECK(render::columns(line) <= 80);
}

TEST_CASE("A remedy goes on in the next line instead of being cut") {
  report::Report report = everything("x");
  report.findings[0].remedy = "one two three four five six seven eight nine ten eleven twelve";
  CHECK(text_of(report, false, 40).find("remedy: one two three four five six\n          seven eight") !=
        std::string::npos);
}

TEST_CASE("A run of several processes is shown as a tree, of very many as much as fits a screen") {
  report::Report report = everything("x");
  report::Process child = report.run.processes[0];
  child.ppid = 42;
  child.began += 1;
  for (int i = 0; i < 60; ++i) {
    child.pid = 100 + i;
    child.command = {"worker", std::to_string(i)};
    report.run.processes.push_back(child);
  }
  report.findings[0].resources[0].process = "100.1";
  const std::string text = text_of(report);
  CHECK(text.find("\n  42.1 x  ended with status 3") != std::string::npos);
  CHECK(text.find("\n    100.1 worker 0  ended with status 3; lifeguard closed 2; 1 file\n") != std::string::npos);
  CHECK(text.find("and 31 more: 31 ended with status 3") != std::string::npos);
  CHECK(text.find("worker 59") == std::string::npos);
  CHECK(text_of(report, true).find("worker 59") != std::string::npos);
}

TEST_CASE("Notes with one reason are one line, once they are many") {
  report::Report report = everything("x");
  report::Finding note = report.findings.back();
  report.findings.clear();
  auto lines = [&](const char* reason, size_t count, uint64_t each) {
    note.reason = reason;
    note.count = each;
    for (size_t i = 0; i < count; ++i) report.findings.push_back(note);
  };
  lines("a habit", 3, 2);
  lines("rare", 2, 1);
  lines("", 3, 1);
  const std::string text = text_of(report);
  auto occurs = [&](const std::string& part) {
    size_t n = 0;
    for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
    return n;
  };
  INFO(text);
  CHECK(occurs("\nnote: ") == 6);
  CHECK(occurs("note: 6 files left open at 3 places, one is x, 4.0 KiB on disk until it is closed (a habit)\n") == 1);
  CHECK(occurs("note: 1 file left open at x:7 in x: x, 4.0 KiB on disk until it is closed (rare)\n") == 2);
  CHECK(text.find("0 errors, 0 warnings, 8 notes") != text.npos);
  CHECK(text_of(report, true).find("places") == text.npos);
}

TEST_CASE("Programs that were not watched are named with the reason") {
  CHECK(text_of(everything("/sbin/x")).find("not watched: /sbin/x (/sbin/x)") != std::string::npos);
  const nlohmann::json root = nlohmann::json::parse(json_of(everything("/sbin/x")));
  CHECK(root["unwatched"] == nlohmann::json({{{"pid", 7}, {"exe", "/sbin/x"}, {"why", "/sbin/x"}}}));
}

TEST_CASE("A resource is told by its path where it has one, else by its number and what that is") {
  report::Report report = everything("x");
  report.findings[0].kind = "path";
  report.findings[0].resources[0].name = "/tmp/x";
  report.findings[0].resources[0].number = -1;
  report.findings[1].kind = "process";
  const nlohmann::json root = nlohmann::json::parse(json_of(report));
  CHECK(root["findings"][0]["resources"][0]["id"] == "/tmp/x");
  CHECK(root["findings"][1]["resources"][0]["id"] == 3);
  CHECK(text_of(report).find("pid 3") != std::string::npos);
  test::Folder folder;
  std::ofstream(folder / "report.json") << json_of(report);
  report::Report back;
  std::string error;
  REQUIRE(report::read_saved(folder / "report.json", &back, &error));
  CHECK(json_of(back) == json_of(report));
}

TEST_CASE("Colour appears where it is wanted and nowhere else") {
  CHECK(text_of(everything("x"), true).find('\x1b') == std::string::npos);
  CHECK(text_of(everything("x"), true, 80, true).find("\x1b[") != std::string::npos);
}

TEST_CASE("The text says what, where, why and what to do") {
  const std::string text = text_of(everything("name"));
  for (const char* part : {"1 file left open", "name:7", "fd 3", "held 8.0 s", "4.0 KiB on disk", "remedy: close it",
                           "ended with status 3", "closed again", "closed first", "0123456789abcdef",
                           "1 error, 1 warning, 1 note", "lost: 5 acquisitions"})
    CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("Hostile names go through JSON and come back") {
  const nlohmann::json root = nlohmann::json::parse(json_of(everything(hostile)));
  const std::string detail = root["findings"][0]["resources"][0]["detail"];
  CHECK(detail.starts_with("\x1b]0;owned\x07\n<script>"));
  CHECK(detail.find("\xef\xbf\xbd") != std::string::npos);  // what was no UTF-8
}

TEST_CASE("JSON has the contract's keys in the contract's order") {
  const nlohmann::ordered_json root = nlohmann::ordered_json::parse(json_of(everything("x")));
  auto keys = [](const nlohmann::ordered_json& object) {
    std::string names;
    for (const auto& [name, value] : object.items()) names += name + ' ';
    return names;
  };
  CHECK(keys(root) == "schema lifeguard run processes unwatched findings totals ");
  CHECK(keys(root["run"]) == "id host command started ended labels troubles ");
  CHECK(keys(root["processes"][0]) == "id pid ppid image start exe command end cleanup lost trouble ");
  CHECK(keys(root["findings"][1]) ==
        "class severity kind count max_per_process fingerprint remedy reason processes site other_sites resources ");
  CHECK(keys(root["findings"][0]["site"]["frames"][0]) ==
        "function file line module build_id offset own language note ");
  CHECK(keys(root["findings"][0]["resources"][0]) == "id detail born thread phase state bytes process ");
  CHECK(root["run"]["started"] == "2023-11-14T22:13:20.123Z");
  CHECK(root["processes"][0]["end"] == nlohmann::ordered_json({{"how", "exit"}, {"status", 3}}));
  CHECK(root["findings"][0]["site"]["frames"][0]["build_id"].is_null());
  CHECK(root["totals"] == nlohmann::ordered_json({{"error", 1}, {"warning", 1}, {"note", 1}, {"suppressed", 0}}));
}

TEST_CASE("A saved report reads back as the report it was") {
  test::Folder folder;
  const std::string first = json_of(everything("x"));
  std::ofstream(folder / "report.json") << first;
  report::Report report;
  std::string error;
  REQUIRE(report::read_saved(folder / "report.json", &report, &error));
  CHECK(json_of(report) == first);
}

TEST_CASE("A saved report that is cut, foreign or full of wrong types is refused or read, never more") {
  test::Folder folder;
  const std::string path = folder / "report.json";
  auto error_of = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::trunc) << bytes;
    report::Report report;
    std::string error;
    return report::read_saved(path, &report, &error) ? std::string("read") : error;
  };
  const std::string good = json_of(everything("x"));
  CHECK(error_of(good.substr(0, good.size() / 2)).find("complete JSON") != std::string::npos);
  CHECK(error_of("{}") == "is JSON, but no lifeguard report");
  CHECK(error_of("{\"schema\": \"lifeguard-report/9\"}").find("lifeguard-report/1") != std::string::npos);
  CHECK(error_of(R"({"schema": "lifeguard-report/1"})") == "read");
  CHECK(error_of(R"({"schema": "lifeguard-report/1", "run": 5, "processes": [3, {"pid": "x", "end": []}],
                     "findings": [{"class": 1}, [], {"class": "x", "severity": "error", "count": -1, "site": {"frames": 7},
                     "other_sites": [1], "resources": {"a": 1}, "processes": null}]})") == "read");
}

TEST_CASE("A finding of a saved report has a fingerprint, or is none") {
  test::Folder folder;
  for (const char* fingerprint :
       {"0123456789abcdef", "0123456789abcde", "0123456789ABCDEF", "0123 \\n# 89abcdef", ""}) {
    std::ofstream(folder / "report.json", std::ios::trunc)
        << R"({"schema": "lifeguard-report/1", "findings": [{"class": "open-at-end", "kind": "file",
              "severity": "error", "fingerprint": ")"
        << fingerprint << "\"}]}";
    report::Report report;
    std::string error;
    REQUIRE(report::read_saved(folder / "report.json", &report, &error));
    CHECK(report.findings.size() + report.run.troubles.size() == 1);
    CHECK(report.findings.empty() == (fingerprint != std::string("0123456789abcdef")));
  }
}

TEST_CASE("Times are RFC 3339 and come back") {
  CHECK(report::rfc3339(0).empty());
  CHECK(report::rfc3339(1'700'000'000'000'000'000) == "2023-11-14T22:13:20.000Z");
  CHECK(report::from_rfc3339("2023-11-14T22:13:20.000Z") == 1'700'000'000'000'000'000);
  CHECK(report::from_rfc3339("nonsense") == 0);
  CHECK(report::from_rfc3339("4052-01-28T22:13:20.000Z") == 0);
}

TEST_CASE("The summary has errors and warnings alone, in few lines, and the command that shows all") {
  report::Report report = everything(hostile);
  report.run.folder = "/dev/shm/lifeguard-0/run";
  std::ostringstream out;
  REQUIRE(render::summary(report, {"/", "lifeguard", 42, false}, out));
  harmless(out.str());
  const std::string text = out.str();
  CHECK(text.find("lifeguard report /dev/shm/lifeguard-0/run\n") != std::string::npos);
  CHECK(text.find("note:") == std::string::npos);
}

TEST_CASE("The summary of very many sites stays at about thirty lines") {
  report::Report report = everything("x");
  for (int i = 0; i < 500; ++i) report.findings.push_back(report.findings[0]);
  std::ostringstream out;
  REQUIRE(render::summary(report, {"/", "lifeguard", 42, false}, out));
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') <= 30);
  CHECK(text.find("and 494 more") != std::string::npos);
}

TEST_CASE("The summary has nothing to say of notes, unless always asked to") {
  report::Report report = everything("x");
  std::erase_if(report.findings, [](const report::Finding& finding) { return finding.severity > Severity::note; });
  std::ostringstream out;
  CHECK_FALSE(render::summary(report, {"/", "lifeguard", 42, false}, out));
  CHECK(out.str().empty());
  CHECK(render::summary(report, {"/", "lifeguard", 42, true}, out));
  CHECK(out.str().find("nothing was left") != std::string::npos);
}

TEST_CASE("An unknown format is refused with the nearest there is") {
  std::string error;
  CHECK(render::renderer_named("json", &error));
  CHECK_FALSE(render::renderer_named("jsno", &error));
  CHECK(error.find("did you mean json?") != std::string::npos);
  CHECK_FALSE(render::renderer_named("quarterly", &error));
  CHECK(error.find("there are text json") != std::string::npos);
}

TEST_CASE("The schema in the program is JSON and names the schema of the reports") {
  const Slice schema = render::json_schema();
  const nlohmann::json root = nlohmann::json::parse(schema.begin(), schema.end());
  CHECK(root["properties"]["schema"]["const"] == "lifeguard-report/1");
}

TEST_CASE("A command is shown as a shell would take it") {
  CHECK(render::command_line({"./server", "--port=80", "", "a b", "it's"}) == "./server --port=80 '' 'a b' 'it'\\''s'");
}

TEST_CASE("Counts, sizes and durations are said as people say them") {
  CHECK(render::counted(1, "file") == "1 file");
  CHECK(render::counted(2, "directory") == "2 directories");
  CHECK(render::counted(3, "process") == "3 processes");
  CHECK(render::size(5) == "5 B");
  CHECK(render::size(3 << 20) == "3.0 MiB");
  CHECK(render::duration(320'000'000) == "320 ms");
  CHECK(render::duration(4'200'000'000) == "4.2 s");
  CHECK(render::duration(3'900'000'000'000) == "1 h 05 min");
}
