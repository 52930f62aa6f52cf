// The text files that people hand to the tool: a saved report, rules, a baseline, in one input with a line of `%%`
// between them. All three are read, put to use on each other, and what comes of it goes through every renderer; what
// the tool writes of rules and baselines it reads back.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "src/judge/baseline.h"
#include "src/judge/suppressions.h"
#include "src/render/renderer.h"
#include "src/report/saved.h"

using namespace lifeguard;

namespace {

class File {
 public:
  explicit File(const char* name)
      : file_(memfd_create(name, MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(file_)) {}
  const std::string& with(std::string_view bytes) {
    if (ftruncate(file_, 0) != 0 || pwrite(file_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      std::abort();
    return path_;
  }

 private:
  int file_;
  std::string path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static File saved("report"), rules("rules"), known("baseline"), again("again");
  std::array<std::string_view, 3> parts;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (std::string_view& part : parts) {
    constexpr std::string_view between = "\n%%\n";
    const size_t end = rest.find(between);
    part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + between.size());
  }

  std::string error;
  judge::Suppressions suppressions;
  judge::Baseline baseline;
  const bool ruled = suppressions.read(rules.with(parts[1]), &error);
  const bool based = baseline.read(known.with(parts[2]), &error);
  report::Report report;
  if (!report::read_saved(saved.with(parts[0]), &report, &error)) return 0;
  if (ruled) suppressions.apply("2026-01-31", &report);
  if (based) baseline.apply(&report);
  std::ostringstream out;
  for (const render::Renderer& renderer : render::renderers()) renderer.render(report, {}, out);
  render::Look look;
  look.all = look.color = true;
  look.width = 60;
  render::text(report, look, out);

  judge::Suppressions written_rules;
  if (!written_rules.read(again.with(judge::rules_for(report)), &error)) std::abort();
  baseline.add(report);
  judge::Baseline written;
  if (!written.read(again.with(baseline.text()), &error)) std::abort();
  return 0;
}
