#include "src/options/entry.h"

namespace lifeguard {

std::string option_entry(const std::string& name, const std::string& value) {
  std::string text = name + '=';
  char quote = 0;
  for (const char c : value) {
    const bool needs = c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '"' || c == '\'';
    if (quote && c == quote) text += quote, quote = 0;
    if (!quote && needs) text += quote = c == '\'' ? '"' : '\'';
    text += c;
  }
  if (quote) text += quote;
  return text;
}

}  // namespace lifeguard
