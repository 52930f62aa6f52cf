#include "src/run/record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace lifeguard::run {
namespace {

constexpr std::string_view first_words = "lifeguard-run 1 ";
constexpr const char* remnant_names[] = {"terminated", "killed", "kept", "left"};
constexpr const char* end_names[] = {"running", "exit", "signal", "failed"};

std::string escaped(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n')
      line += "\\n";
    else if (c == '\0')
      line += "\\0";
    else if (c == '\\')
      line += "\\\\";
    else
      line += c;
  }
  return line;
}

std::string unescaped(std::string_view line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      text += line[i];
      continue;
    }
    const char c = line[++i];
    text += c == 'n' ? '\n' : c == '0' ? '\0' : c;
  }
  return text;
}

std::string hex(const std::array<uint8_t, 16>& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) text += {digits[byte >> 4], digits[byte & 15]};
  return text;
}

template <typename Number>
bool number(std::string_view text, Number* value) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return wrong == std::errc() && end == text.data() + text.size();
}

// The first word is taken off the rest.
std::string_view word(std::string_view* rest) {
  const size_t end = std::min(rest->find(' '), rest->size());
  const std::string_view first = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return first;
}

bool member(std::string_view* rest, Member* who) {
  return number(word(rest), &who->pid) && number(word(rest), &who->start) && who->pid >= 0;
}

template <size_t N, typename Value>
bool one_of(const char* const (&names)[N], std::string_view text, Value* value) {
  for (size_t i = 0; i < N; ++i)
    if (text == names[i]) {
      *value = static_cast<Value>(i);
      return true;
    }
  return false;
}

bool set_value(std::string_view name, std::string_view value, Record* record) {
  if (name == "first") return member(&value, &record->first);
  if (name == "boot") {
    auto& boot = record->machine.boot;
    if (value.size() != 2 * boot.size()) return false;
    for (size_t i = 0; i < boot.size(); ++i) {
      const auto [end, wrong] = std::from_chars(value.data() + 2 * i, value.data() + 2 * i + 2, boot[i], 16);
      if (wrong != std::errc() || end != value.data() + 2 * i + 2) return false;
    }
    return true;
  }
  if (name == "namespace") return number(value, &record->machine.pid_namespace);
  if (name == "user") return number(value, &record->user);
  if (name == "argument") return record->command.push_back(unescaped(value)), true;
  if (name == "cwd") return record->cwd = unescaped(value), true;
  if (name == "host") return record->host = unescaped(value), true;
  if (name == "exclusive") return record->exclusive = unescaped(value), true;
  if (name == "cgroup") return record->cgroup = unescaped(value), true;
  if (name == "label") {
    const size_t equals = value.find('=');
    if (equals == std::string_view::npos) return false;
    record->labels[unescaped(value.substr(0, equals))] = unescaped(value.substr(equals + 1));
    return true;
  }
  if (name == "began") return number(value, &record->began);
  if (name == "ended") return number(value, &record->ended);
  if (name == "how") return one_of(end_names, word(&value), &record->end) && number(value, &record->status);
  if (name == "asked") return number(value, &record->by_signal);
  if (name == "lost") return record->lost = true;
  if (name == "errors") return number(value, &record->errors);
  if (name == "warnings") return number(value, &record->warnings);
  if (name == "remnant") {
    Remnant one;
    if (!one_of(remnant_names, word(&value), &one.what) || !member(&value, &one.who)) return false;
    const size_t zero = value.find("\\0");
    one.command = unescaped(value.substr(0, zero));
    if (zero != std::string_view::npos) one.why = unescaped(value.substr(zero + 2));
    return record->remnants.push_back(std::move(one)), true;
  }
  if (name == "removed") return record->removed.push_back(unescaped(value)), true;
  return true;  // of a later version
}

std::string numbers(const Member& who) { return std::to_string(who.pid) + ' ' + std::to_string(who.start); }

}  // namespace

const char* remnant_name(Remnant::What what) { return remnant_names[static_cast<size_t>(what)]; }

system::Identity Record::identity(const Member& member) const {
  system::Identity who = machine;
  who.pid = member.pid;
  who.start = member.start;
  return who;
}

bool Record::lives() const {
  for (const Member& one : {runner, keeper})
    if (one.pid > 0 && one.start && system::find_alive(identity(one))) return true;
  return false;
}

std::string to_text(const Record& record) {
  std::string text = std::string(first_words) + numbers(record.runner) + ' ' + numbers(record.keeper) + '\n';
  const auto line = [&text](const char* name, const std::string& value) { text += name + (' ' + value) + '\n'; };
  const auto known = [&line](const char* name, const std::string& value) {
    if (!value.empty()) line(name, escaped(value));
  };
  if (record.first.pid) line("first", numbers(record.first));
  line("boot", hex(record.machine.boot));
  line("namespace", std::to_string(record.machine.pid_namespace));
  line("user", std::to_string(record.user));
  for (const std::string& argument : record.command) line("argument", escaped(argument));
  known("cwd", record.cwd);
  known("host", record.host);
  known("exclusive", record.exclusive);
  known("cgroup", record.cgroup);
  for (const auto& [name, value] : record.labels) line("label", escaped(name) + '=' + escaped(value));
  line("began", std::to_string(record.began));
  if (record.ended) line("ended", std::to_string(record.ended));
  line("how", end_names[static_cast<size_t>(record.end)] + (' ' + std::to_string(record.status)));
  if (record.by_signal) line("asked", std::to_string(record.by_signal));
  if (record.lost) line("lost", "1");
  if (record.errors >= 0) line("errors", std::to_string(record.errors));
  if (record.warnings >= 0) line("warnings", std::to_string(record.warnings));
  for (const Remnant& one : record.remnants)
    line("remnant", remnant_name(one.what) + (' ' + numbers(one.who)) + ' ' + escaped(one.command) +
                        (one.why.empty() ? "" : "\\0" + escaped(one.why)));
  for (const std::string& path : record.removed) line("removed", escaped(path));
  return text + "end\n";
}

bool from_text(const std::string& text, Record* record, std::string* error) {
  *record = {};
  std::string_view rest = text;
  if (!rest.starts_with(first_words)) {
    *error = rest.starts_with("lifeguard-run ") ? "is of another version of lifeguard" : "is no record of a run";
    return false;
  }
  unsigned number_of_line = 0;
  bool whole = false;
  while (!rest.empty() && !whole) {
    ++number_of_line;
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line == "end") {
      whole = true;
    } else if (number_of_line == 1) {
      line.remove_prefix(first_words.size());
      if (!member(&line, &record->runner) || !member(&line, &record->keeper)) break;
    } else {
      const std::string_view name = word(&line);
      if (!set_value(name, line, record)) break;
    }
  }
  if (whole) return true;
  *error = "is damaged at line " + std::to_string(number_of_line);
  return false;
}

bool write_record(const std::string& folder, const Record& record, std::string* error) {
  const std::string path = folder + '/' + record_name, fresh = path + ".new";
  const std::string text = to_text(record);
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  bool written = file >= 0;
  for (size_t at = 0; written && at < text.size();) {
    const ssize_t n = write(file, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    written = n > 0;
    at += n > 0 ? static_cast<size_t>(n) : 0;
  }
  if (!written || rename(fresh.c_str(), path.c_str()) != 0) {
    *error = path + ": cannot be written: " + std::strerror(errno);
    if (file >= 0) close(file), unlink(fresh.c_str());
    return false;
  }
  close(file);
  return true;
}

bool read_record(const std::string& folder, Record* record, std::string* error) {
  constexpr size_t largest = 8 << 20;
  const int file =
      open((folder + '/' + record_name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) {
    *error = std::strerror(errno);
    return false;
  }
  struct stat status;
  std::string text;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) > largest) {
    close(file);
    *error = "is no record of a run";
    return false;
  }
  text.resize(static_cast<size_t>(status.st_size));
  const ssize_t n = pread(file, text.data(), text.size(), 0);
  close(file);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return from_text(text, record, error);
}

}  // namespace lifeguard::run
