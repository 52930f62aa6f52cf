#include "src/judge/suppressions.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>

#include "src/judge/classes.h"
#include "src/judge/recount.h"
#include "src/judge/words.h"

namespace lifeguard::judge {
namespace {

using report::Finding;
using report::Holding;

constexpr size_t deepest_include = 16;

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Where the reason begins: a '#' with a blank before it, or the first thing on the line.
size_t comment_at(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '#' && (i == 0 || blank(line[i - 1]))) {
      return i;
    }
  }
  return line.size();
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (size_t i = 0; i < 10; ++i)
    if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
  const auto two = [&](size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
  return two(5) >= 1 && two(5) <= 12 && two(8) >= 1 && two(8) <= 31;
}

bool names_frame(const Pattern& pattern, const report::Stack& stack) {
  return std::any_of(stack.begin(), stack.end(), [&](const report::Frame& frame) {
    return (!frame.function.empty() && pattern.matches(frame.function)) ||
           (!frame.file.empty() && pattern.matches(frame.file)) ||
           (!frame.module.empty() && pattern.matches(frame.module));
  });
}

bool about(const Rule& rule, const Finding& finding) {
  return rule.what == "*" || rule.what == finding.name || rule.what == finding.kind ||
         (rule.what == "fd" && descriptor_kind(finding.kind));
}

bool matches_whole(const Rule& rule, const Finding& finding) {
  if (!rule.fingerprint.empty()) return rule.fingerprint == finding.fingerprint;
  if (rule.pattern.matches_everything() || names_frame(rule.pattern, finding.site)) return true;
  return std::any_of(finding.other_sites.begin(), finding.other_sites.end(),
                     [&](const auto& other) { return names_frame(rule.pattern, other.second); });
}

bool matches_one(const Rule& rule, const Holding& one) {
  if (!rule.fingerprint.empty()) return false;
  return (!one.detail.empty() && rule.pattern.matches(one.detail)) ||
         (!one.name.empty() && rule.pattern.matches(one.name));
}

bool allows(Rule* rule, uint64_t count) {
  if (rule->most == 0 || count <= rule->most) return true;
  rule->above = std::max(rule->above, count);
  return false;
}

void mark(Rule* rule, Finding* finding) {
  rule->used += finding->count;
  finding->suppressed_by = rule->place();
  finding->suppressed_why = rule->reason;
}

// One rule on one finding; what only a part of it falls under is split off into `parts`.
void suppress(Rule* rule, Finding* finding, std::vector<Finding>* parts) {
  if (rule->expired || !about(*rule, *finding)) return;
  if (matches_whole(*rule, *finding)) {
    if (allows(rule, finding->max_per_process)) mark(rule, finding);
    return;
  }
  Finding part = *finding, rest = *finding;
  std::erase_if(part.resources, [&](const Holding& one) { return !matches_one(*rule, one); });
  if (part.resources.empty()) return;
  std::erase_if(rest.resources, [&](const Holding& one) { return matches_one(*rule, one); });
  recount(&part);
  if (!allows(rule, part.max_per_process)) return;
  mark(rule, &part);
  if (rest.resources.empty()) {
    *finding = std::move(part);
    return;
  }
  recount(&rest);
  parts->push_back(std::move(part));
  *finding = std::move(rest);
}

std::string text_of_line(const std::string& text) {
  std::string line;
  for (char c : text) line += static_cast<uint8_t>(c) < ' ' || c == 0x7f ? '?' : c;
  return line;
}

}  // namespace

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc;
  char text[16];
  gmtime_r(&now, &utc);
  std::strftime(text, sizeof text, "%Y-%m-%d", &utc);
  return text;
}

bool Suppressions::read(const std::string& path, std::string* error) { return read_file(path, error); }

bool Suppressions::read_file(const std::string& path, std::string* error) {
  std::error_code wrong;
  const std::string canonical = std::filesystem::weakly_canonical(path, wrong).string();
  const std::string& known = canonical.empty() ? path : canonical;
  if (std::find(open_.begin(), open_.end(), known) != open_.end() || open_.size() >= deepest_include) {
    *error = path + " includes itself";
    return false;
  }
  if (!done_.insert(known).second) return true;
  errno = 0;
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path, wrong)) {
    *error = path + ": cannot be read: " + (file ? "is a folder" : std::strerror(errno));
    return false;
  }
  open_.push_back(known);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number)
    if (!read_line(path, number, line, error)) return false;
  open_.pop_back();
  if (!file.bad()) return true;
  *error = path + ": cannot be read to its end";
  return false;
}

bool Suppressions::read_line(const std::string& path, int number, std::string_view line, std::string* error) {
  const auto wrong = [&](size_t column, const std::string& what) {
    *error = path + ':' + std::to_string(number) + ':' + std::to_string(column + 1) + ": " + what;
    return false;
  };
  if (const size_t zero = line.find('\0'); zero != std::string_view::npos)
    return wrong(zero, "a zero byte; this is no file of rules");
  const size_t comment = comment_at(line);
  const std::string_view body = trimmed(line.substr(0, comment));
  if (body.empty()) return true;
  const size_t begin = static_cast<size_t>(body.data() - line.data());

  constexpr std::string_view include = "include";
  if (body.starts_with(include) && (body.size() == include.size() || blank(body[include.size()]))) {
    const std::string name(trimmed(body.substr(include.size())));
    if (name.empty()) return wrong(begin, "include takes a file");
    const std::string other = std::filesystem::path(path).parent_path() / name;
    std::string inner;
    if (read_file(other, &inner)) return true;
    return inner.starts_with(other + ": ") || inner == other + " includes itself" ? wrong(begin, inner)
                                                                                  : (*error = inner, false);
  }
  Rule rule;
  rule.file = path;
  rule.line = number;
  rule.text = body;
  if (comment < line.size()) rule.reason = text_of_line(std::string(trimmed(line.substr(comment + 1))));
  std::string what;
  size_t at = 0;
  if (!read_rule(body, &rule, &what, &at)) return wrong(begin + at, what);
  rules_.push_back(std::move(rule));
  return true;
}

bool Suppressions::read_rule(std::string_view body, Rule* rule, std::string* error, size_t* at) {
  const auto wrong = [&](size_t column, const std::string& what) {
    *at = column;
    *error = what;
    return false;
  };
  const size_t colon = body.find(':');
  if (colon == std::string_view::npos)
    return wrong(0, "a rule is CLASS-or-KIND-or-*:PATTERN, and this has no colon" + did_you_mean(body, {"include"}));
  std::string_view what = trimmed(body.substr(0, colon));
  constexpr std::string_view own_kind = "kind=";
  if (what.starts_with(own_kind) && what.size() > own_kind.size()) {
    what.remove_prefix(own_kind.size());
  } else if (what != "*" && !is_class(what) && !is_kind(what)) {
    std::vector<std::string> known = classes_and_kinds();
    return wrong(0, "no class or kind is called '" + std::string(what) + "'" + did_you_mean(what, known) +
                        " (write kind=" + std::string(what) + ": for one that your program made up)");
  }
  rule->what = what;

  std::string_view rest = trimmed(body.substr(colon + 1));
  bool everything = false;
  for (;;) {  // options, from the end
    const size_t gap = rest.find_last_of(" \t");
    const std::string_view word = gap == std::string_view::npos ? std::string_view() : rest.substr(gap + 1);
    const size_t column = static_cast<size_t>(word.data() - body.data());
    const size_t equals = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = equals < word.size() ? word.substr(equals + 1) : std::string_view();
    if (word.empty()) break;
    if (word == "everything") {
      everything = true;
    } else if (equals < word.size() && name == "until") {
      if (!is_date(value)) return wrong(column, "until takes a day, as in until=2030-12-31");
      rule->until = value;
    } else if (equals < word.size() && name == "max") {
      if (!to_number(value, &rule->most) || rule->most == 0)
        return wrong(column, "max takes a number from 1 on, as in max=3");
    } else {
      const std::string near = equals < word.size() && name.size() > 1 ? did_you_mean(name, {"until", "max"}) : "";
      if (near.empty()) break;
      return wrong(column, "a rule has no option '" + std::string(name) + "'" + near);
    }
    rest = trimmed(rest.substr(0, gap));
  }
  const size_t column = rest.empty() ? body.size() : static_cast<size_t>(rest.data() - body.data());
  if (rest.empty()) return wrong(column, "the pattern is missing; write * for any");
  if (rest[0] == '@' && report::is_fingerprint(rest.substr(1))) {
    rule->fingerprint = rest.substr(1);
    return true;
  }
  size_t inside = 0;
  if (!rule->pattern.read(rest, error, &inside)) return wrong(column + inside, *error);
  if (rule->what == "*" && rule->pattern.matches_everything() && !everything)
    return wrong(0,
                 "this rule matches everything, so that nothing could fail any more; if that is meant, write "
                 "`everything` behind the pattern");
  return true;
}

void Suppressions::apply(const std::string& day, report::Report* report) {
  for (Rule& rule : rules_) rule.expired = !rule.until.empty() && rule.until < day;
  std::vector<Finding> parts;
  for (Finding& finding : report->findings) {
    if (!finding.suppressed_by.empty()) continue;
    for (Rule& rule : rules_) {
      if (!finding.suppressed_by.empty()) break;
      suppress(&rule, &finding, &parts);
    }
  }
  std::move(parts.begin(), parts.end(), std::back_inserter(report->findings));
}

std::string rules_for(const report::Report& report) {
  std::map<std::string, std::string> rules;  // sorted, each once
  for (const Finding& finding : report.findings) {
    if (finding.severity <= report::Severity::note || !finding.counts()) continue;
    std::string reason = std::to_string(finding.count) + " x " + finding.kind;
    if (const std::string site = short_site(finding); !site.empty()) reason += ", " + site;
    if (finding.unstable) reason += " (no symbols: holds for this very build only)";
    const std::string what = is_class(finding.name) ? finding.name : "*";  // a later lifeguard's
    rules[what + ":@" + finding.fingerprint] += reason + "; ";
  }
  std::string text;
  for (const auto& [rule, reason] : rules)
    text += rule + "  # " + text_of_line(reason.substr(0, reason.size() - 2)) + '\n';
  return text;
}

}  // namespace lifeguard::judge
