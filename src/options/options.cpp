#include "src/options/options.h"

#include "src/options/limit.h"

namespace lifeguard {
namespace {

struct Row {
  Slice name;
  Slice fallback;
  Slice help;
};

constexpr Row rows[] = {
#define LIFEGUARD_ROW(name, fallback, help) {#name, fallback, help},
    LIFEGUARD_OPTIONS_TABLE(LIFEGUARD_ROW)
#undef LIFEGUARD_ROW
};

constexpr Slice names[] = {
#define LIFEGUARD_NAME(name, fallback, help) #name,
    LIFEGUARD_OPTIONS_TABLE(LIFEGUARD_NAME)
#undef LIFEGUARD_NAME
};

// A line put together in place; what does not fit is cut.
struct Line {
  char text[512];
  size_t used = 0;

  Line& operator<<(Slice piece) {
    for (char c : piece)
      if (used < sizeof text) text[used++] = c >= 0 && c < ' ' ? '?' : c;
    return *this;
  }
  Slice slice() const { return {text, used}; }
};

bool number(Slice text, uint64_t most, uint64_t* value) {
  uint64_t n = 0;
  if (text.empty()) return false;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    n = n * 10 + static_cast<uint64_t>(c - '0');
    if (n > most) return false;
  }
  *value = n;
  return true;
}

bool size(Slice text, uint64_t* bytes) {
  uint64_t unit = 1;
  if (!text.empty()) {
    switch (text.data[text.size - 1]) {
      case 'k':
      case 'K':
        unit = 1 << 10;
        break;
      case 'm':
      case 'M':
        unit = 1 << 20;
        break;
      case 'g':
      case 'G':
        unit = 1 << 30;
        break;
      default:
        break;
    }
    if (unit != 1) text = text.first(text.size - 1);
  }
  uint64_t n;
  if (!number(text, 1 << 24, &n)) return false;
  *bytes = n * unit;
  return true;
}

bool seconds(Slice text, uint64_t* nanoseconds) {
  Slice whole = take_until(&text, '.');
  uint64_t s = 0, unit = 1'000'000'000;
  if (whole.empty() ? text.empty() : !number(whole, 1'000'000, &s)) return false;
  uint64_t n = s * unit;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    unit /= 10;
    n += unit * static_cast<uint64_t>(c - '0');
  }
  *nanoseconds = n;
  return true;
}

// The value as one of some words; number of the word in *which.
template <typename Value, size_t N>
bool choice(Slice text, const Slice (&words)[N], Value* which) {
  for (size_t i = 0; i < N; ++i)
    if (text == words[i]) {
      *which = static_cast<Value>(i);
      return true;
    }
  return false;
}

constexpr Slice off_on[] = {"off", "on"};
constexpr Slice zero_one[] = {"0", "1"};
constexpr Slice keeps[] = {"findings", "always", "never"};
constexpr Slice reports[] = {"stderr", "always", "none"};
constexpr Slice childrens[] = {"report", "terminate"};
constexpr Slice follows[] = {"inherit", "always"};

bool labels_ok(Slice list) {
  while (!list.empty()) {
    Slice label = take_until(&list, ',');
    Slice rest = label;
    Slice key = take_until(&rest, '=');
    if (key.empty() || key.size == label.size) return false;
  }
  return true;
}

bool limits_ok(Slice list) {
  Limit limit;
  while (!list.empty())
    if (!take_limit(&list, &limit)) return false;
  return true;
}

// Sets one option; a word for what was expected where the value is bad.
Slice set(Slice name, Slice value, Options* o) {
  uint64_t n = 0;
  if (name == "store") return value.empty() || value.data[0] == '/' ? (o->store = value, Slice()) : "an absolute path";
  if (name == "store_max") {
    Slice rest = value;
    Slice runs = take_until(&rest, ',');
    uint64_t bytes = o->store_bytes;
    if (!number(runs, 1'000'000, &n) || (!rest.empty() && !size(rest, &bytes))) return "N or N,SIZE, like 100,64M";
    o->store_runs = static_cast<uint32_t>(n);
    o->store_bytes = bytes;
    return {};
  }
  if (name == "keep") return choice(value, keeps, &o->keep) ? Slice() : "findings, always or never";
  if (name == "report") {
    uint8_t which;
    if (choice(value, reports, &which)) {
      o->report = static_cast<Options::Report>(which);
      return {};
    }
    if (value.empty()) return "stderr, always, none or a path";
    o->report = Options::Report::path;
    o->report_path = value;
    return {};
  }
  if (name == "depth") {
    if (!number(value, 64, &n) || n == 0) return "a number from 1 to 64";
    o->depth = static_cast<uint32_t>(n);
    return {};
  }
  if (name == "own") return o->own = value, Slice();
  if (name == "skip") return o->skip = value, Slice();
  if (name == "enable") return choice(value, zero_one, &o->enable) ? Slice() : "0 or 1";
  if (name == "label") return labels_ok(value) ? (o->label = value, Slice()) : "K=V, or K=V,K=V";
  if (name == "signals") return choice(value, off_on, &o->signals) ? Slice() : "on or off";
  if (name == "close") return choice(value, off_on, &o->close) ? Slice() : "on or off";
  if (name == "children") return choice(value, childrens, &o->children_terminate) ? Slice() : "report or terminate";
  if (name == "grace") return seconds(value, &o->grace_ns) ? Slice() : "seconds, like 5 or 0.5";
  if (name == "exitcode") {
    if (!number(value, 255, &n)) return "a number from 0 to 255";
    o->exitcode = static_cast<uint32_t>(n);
    return {};
  }
  if (name == "limit")
    return limits_ok(value) ? (o->limit = value, Slice())
                            : "KIND=N or KIND=P%, like fd=90%; a KIND is fd, socket, process ...";
  if (name == "settle") return seconds(value, &o->settle_ns) ? Slice() : "seconds, like 0.2";
  if (name == "follow") return choice(value, follows, &o->follow_always) ? Slice() : "inherit or always";
  if (name == "help") return choice(value, zero_one, &o->help) ? Slice() : "0 or 1";
  return "nothing: it has no meaning yet";
}

constexpr bool separates(char c) { return c == ':' || c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

bool take_option(Slice name, Slice value, Options* options, Slice* expected) {
  *expected = {};
  bool known = false;
  for (Slice n : names) known = known || n == name;
  if (!known) return false;
  if (options->values_used + value.size + 1 > sizeof options->values) {
    *expected = "less text: all values together are too long";
    return false;
  }
  char* kept = options->values + options->values_used;
  for (size_t i = 0; i < value.size; ++i) kept[i] = value.data[i];
  kept[value.size] = 0;
  *expected = set(name, {kept, value.size}, options);
  if (!expected->empty()) return false;
  options->values_used += value.size + 1;
  return true;
}

bool set_option(Slice name, Slice value, Options* options, Complaints complaints) {
  Slice expected;
  if (take_option(name, value, options, &expected)) return true;
  Line line;
  if (expected.empty()) {
    line << "lifeguard: LIFEGUARD_OPTIONS has no option '" << name << "'";
    Slice near = nearest(name, names);
    if (near.empty()) {
      line << "; help=1 lists all";
    } else {
      line << "; did you mean '" << near << "'?";
    }
  } else {
    line << "lifeguard: LIFEGUARD_OPTIONS: '" << name << "=" << value << "' is not understood; it takes " << expected;
  }
  complaints.say(complaints.context, line.slice());
  return false;
}

void parse_options(Slice text, Options* options, Complaints complaints) {
  char value[sizeof options->values];
  size_t at = 0;
  while (at < text.size) {
    if (separates(text.data[at])) {
      ++at;
      continue;
    }
    size_t name_at = at;
    while (at < text.size && text.data[at] != '=' && !separates(text.data[at])) ++at;
    Slice name(text.data + name_at, at - name_at);
    if (at == text.size || text.data[at] != '=') {
      Line line;
      line << "lifeguard: LIFEGUARD_OPTIONS: '" << name << "' has no value; write " << name << "=VALUE";
      complaints.say(complaints.context, line.slice());
      continue;
    }
    ++at;
    size_t n = 0;
    char quote = 0;
    for (; at < text.size && (quote || !separates(text.data[at])); ++at) {
      char c = text.data[at];
      if (quote ? c == quote : c == '\'' || c == '"') {
        quote = quote ? 0 : c;
      } else if (n < sizeof value) {
        value[n++] = c;
      }
    }
    if (quote) {
      Line line;
      line << "lifeguard: LIFEGUARD_OPTIONS: the quote in '" << name << "=' is not closed";
      complaints.say(complaints.context, line.slice());
      return;
    }
    set_option(name, {value, n}, options, complaints);
  }
}

void options_help(Complaints out) {
  out.say(out.context, "lifeguard: LIFEGUARD_OPTIONS is name=value, separated by ':' or space. It has:");
  for (const Row& row : rows) {
    Line line;
    line << "  " << row.name << "=" << row.fallback;
    while (line.used < 20) line << " ";
    line << " " << row.help;
    out.say(out.context, line.slice());
  }
}

}  // namespace lifeguard
