#include "src/judge/baseline.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <tuple>

#include "src/judge/test_frames.h"
#include "src/judge/words.h"

namespace lifeguard::judge {
namespace {

using report::Finding;

constexpr std::string_view title = "# lifeguard-baseline/";
constexpr std::string_view version = "1";
constexpr std::string_view any_class = "*";  // of a later lifeguard's report

bool gated(const Finding& finding) {
  return finding.severity > report::Severity::note && finding.suppressed_by.empty();
}

// A word or a comment for a line of its own.
std::string on_one_line(std::string text, bool word) {
  for (char& c : text)
    if (static_cast<uint8_t>(c) < ' ' || c == 0x7f || (word && (c == ' ' || c == '#'))) c = '?';
  return text;
}

// The largest count of each fingerprint in any one process (several findings may share one: two lines of a function),
// and in one test of it where tests are known: by the phase that a listener tells, or by the stack.
std::map<std::string, uint64_t> largest_counts(const report::Report& report) {
  std::map<std::string, std::map<std::tuple<std::string, std::string>, uint64_t>> counts;
  std::map<std::string, uint64_t> largest;
  for (const Finding& finding : report.findings) {
    if (!gated(finding)) continue;
    uint64_t& most = largest[finding.fingerprint];
    if (finding.resources.size() < finding.count) most = std::max(most, finding.max_per_process);
    const std::string test = test_of(finding.site);
    for (const report::Holding& one : finding.resources)
      most = std::max(most, ++counts[finding.fingerprint][{one.process, one.phase.empty() ? test : one.phase}]);
  }
  return largest;
}

}  // namespace

bool Baseline::read(const std::string& path, std::string* error) {
  std::error_code wrong;
  errno = 0;
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path, wrong)) {
    *error = path + ": cannot be read: " + (file ? "is a folder" : std::strerror(errno)) +
             "; `lifeguard baseline RUN > " + path + "` makes one";
    return false;
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    std::string what;
    size_t at = 0;
    if (read_line(line, &what, &at)) continue;
    *error = path + ':' + std::to_string(number) + ':' + std::to_string(at + 1) + ": " + what;
    return false;
  }
  if (!file.bad()) return true;
  *error = path + ": cannot be read to its end";
  return false;
}

bool Baseline::read_line(std::string_view line, std::string* error, size_t* at) {
  const auto wrong = [&](size_t column, const std::string& what) {
    *at = column;
    *error = what;
    return false;
  };
  if (line.starts_with(title)) {
    const std::string_view asked = line.substr(title.size());
    if (asked == version) return true;
    return wrong(title.size(), "the baseline is of version " + std::string(asked.substr(0, 16)) +
                                   "; this lifeguard reads version " + std::string(version));
  }
  if (line.empty() || line[0] == '#') return true;
  for (std::string_view conflict : {"<<<<<<<", "=======", ">>>>>>>"})
    if (line.starts_with(conflict)) return wrong(0, "a merge conflict stands here; keep the lines of both sides");

  std::string_view fields[4];
  size_t next = 0;
  for (std::string_view& field : fields) {
    const size_t begin = std::min(line.find_first_not_of(" \t", next), line.size());
    next = std::min(line.find_first_of(" \t", begin), line.size());
    field = line.substr(begin, next - begin);
    if (field.empty() || field[0] == '#')
      return wrong(begin, "the line ends early; it is FINGERPRINT CLASS KIND MAX  # site");
  }
  const auto column = [&](std::string_view field) { return static_cast<size_t>(field.data() - line.data()); };
  const auto& [fingerprint, name, kind, most] = fields;
  if (!report::is_fingerprint(fingerprint))
    return wrong(column(fingerprint),
                 "'" + std::string(fingerprint.substr(0, 64)) + "' is no fingerprint (16 hex digits)");
  if (name != any_class && !is_class(name)) {
    const std::string word(name.substr(0, 64));
    return wrong(column(name), "no class is called '" + word + "'" + did_you_mean(word, classes_and_kinds()));
  }
  uint64_t number = 0;
  if (!to_number(most, &number) || number == 0)
    return wrong(column(most), "MAX is a number from 1 on, not '" + std::string(most.substr(0, 64)) + "'");
  const size_t rest = std::min(line.find_first_not_of(" \t", next), line.size());
  if (rest < line.size() && line[rest] != '#') return wrong(rest, "behind MAX stands nothing but `# site`");

  Entry& entry = entries_[std::string(fingerprint)];
  entry.name = name;
  entry.kind = kind;
  entry.most = std::max(entry.most, number);
  if (rest < line.size()) {
    const size_t words = std::min(line.find_first_not_of(" \t#", rest), line.size());
    entry.site = line.substr(words);
  }
  return true;
}

std::string Baseline::text() const {
  std::string text = std::string(title) + std::string(version) + '\n';
  for (const auto& [fingerprint, entry] : entries_) {
    text += fingerprint + ' ' + on_one_line(entry.name, true) + ' ' + on_one_line(entry.kind, true) + ' ' +
            std::to_string(entry.most);
    if (!entry.site.empty()) text += "  # " + entry.site;
    text += '\n';
  }
  return text;
}

void Baseline::add(const report::Report& report) {
  for (const auto& [fingerprint, count] : largest_counts(report)) {
    Entry& entry = entries_[fingerprint];
    entry.most = std::max(entry.most, count);
  }
  for (const Finding& finding : report.findings) {
    if (!gated(finding)) continue;
    Entry& entry = entries_[finding.fingerprint];
    if (!entry.name.empty()) continue;
    entry.name = is_class(finding.name) ? finding.name : any_class;
    entry.kind = finding.kind;
    entry.site = on_one_line(short_site(finding), false);
  }
}

void Baseline::apply(report::Report* report) {
  const std::map<std::string, uint64_t> largest = largest_counts(*report);
  for (const auto& [fingerprint, count] : largest)
    if (auto entry = entries_.find(fingerprint); entry != entries_.end())
      entry->second.seen = std::max(entry->second.seen, count);
  for (Finding& finding : report->findings) {
    const auto entry = entries_.find(finding.fingerprint);
    // What a rule suppresses, or is no more than a note this time, is there all the same.
    if (!gated(finding)) {
      if (entry != entries_.end()) entry->second.seen = std::max<uint64_t>(entry->second.seen, 1);
      continue;
    }
    sites_[finding.fingerprint] = on_one_line(short_site(finding), false);
    if (entry == entries_.end())
      finding.baseline = "new";
    else
      finding.baseline = largest.at(finding.fingerprint) > entry->second.most ? "grown" : "known";
  }
}

std::vector<std::string> Baseline::stale() const {
  std::vector<std::string> lines;
  for (const auto& [fingerprint, entry] : entries_)
    if (!entry.seen) lines.push_back(fingerprint + ' ' + entry.name + ' ' + entry.kind + "  # " + entry.site);
  return lines;
}

void Baseline::update() {
  for (auto& [fingerprint, entry] : entries_) {
    if (!entry.seen) continue;
    entry.most = entry.seen;
    if (const auto site = sites_.find(fingerprint); site != sites_.end()) entry.site = site->second;
  }
}

void Baseline::prune() {
  std::erase_if(entries_, [](const auto& entry) { return !entry.second.seen; });
  for (auto& [fingerprint, entry] : entries_) entry.most = std::min(entry.most, entry.seen);
}

}  // namespace lifeguard::judge
