// A file that anybody may have written, through the reader and everything that loads, judges and shows it. Whatever the
// bytes are: no crash, no endless loop, no unbounded memory. `make check-long` runs it for a minute.
//
// What the fuzzer makes is the beginning of the file; behind it lies a hole as large as the header claims, up to a
// limit, so that small inputs can describe large ledgers. Magic and version are put right: everything else is the
// fuzzer's.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>

#include "src/judge/judge.h"
#include "src/ledger/reader.h"
#include "src/render/renderer.h"
#include "src/report/load.h"

using namespace lifeguard;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("fuzz", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const bool whole = size > 0 && (data[size - 1] & 1);
  if (size >= sizeof(ledger::Header)) {
    std::memcpy(bytes.data(), ledger::magic, sizeof ledger::magic);
    std::memcpy(bytes.data() + sizeof ledger::magic, &ledger::version, sizeof ledger::version);
  }
  if (ftruncate(file, 0) != 0 || pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return 0;
  if (whole && ftruncate(file, 64 << 20) != 0) return 0;

  report::Report report;
  std::string error;
  if (!report::add_ledger(path, ledger::Reader::Links::follow, &report.run, &error)) return 0;
  report::finish_run(&report.run);
  symbols::NoSymbols symbols;
  judge::judge({}, symbols, &report);
  std::ostringstream out;
  render::text(report, {}, out);
  render::json(report, {}, out);
  return 0;
}
