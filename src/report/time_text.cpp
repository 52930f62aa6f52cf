#include "src/report/time_text.h"

#include <cstdio>
#include <ctime>
#include <limits>

namespace lifeguard::report {

constexpr Time second = 1'000'000'000;

std::string rfc3339(Time time) {
  if (time <= 0) return {};
  const time_t seconds = time / second;
  tm parts{};
  char text[64];
  if (!gmtime_r(&seconds, &parts)) return {};
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(time % second / 1'000'000));
  return text;
}

Time from_rfc3339(const std::string& text) {
  tm parts{};
  int milliseconds = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &milliseconds) < 6)
    return 0;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  const time_t seconds = timegm(&parts);
  constexpr time_t last = std::numeric_limits<Time>::max() / second - 1;
  return seconds <= 0 || seconds > last ? 0 : seconds * second + milliseconds * 1'000'000;
}

}  // namespace lifeguard::report
