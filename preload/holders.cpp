#include "preload/holders.h"

#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/names.h"
#include "preload/sites.h"
#include "preload/state.h"
#include "src/judge/own.h"
#include "src/ledger/kinds.h"

namespace lifeguard {

namespace holders {
namespace {

using ledger::Kind;

struct Group {
  uint32_t site, count;
  uint64_t first;
  Kind kind;
};
constexpr uint32_t most_groups = 256;
[[WIPED]] Group groups[most_groups];
uint32_t used = 0;

bool in_library(uint64_t frame) {
  if (!ledger::frame_has_module(frame)) return true;
  Slice path = book::string(book::modules()[ledger::frame_module(frame)].path);
  return starts_with(path, "/lib") || starts_with(path, "/usr/lib") || judge::of_interpreter(path, image.run_exe);
}

// The first of own code; else the first of a program, wherever that lies.
uint64_t telling_frame(const ledger::Site& site) {
  const uint64_t *frames = book::frames() + site.first, *program = nullptr;
  for (unsigned i = 0; i < site.count; ++i) {
    if (ending::own_frame(frames[i])) return frames[i];
    if (!program && !in_library(frames[i])) program = frames + i;
  }
  return program ? *program : *frames;
}

void place(uint32_t number, bool may_open, Line<256>* out) {
  if (!number) {
    *out << "at an unknown place";
    return;
  }
  uint64_t chosen = telling_frame(book::sites()[number]);
  uint32_t module = ledger::frame_module(chosen);
  if (module == ledger::frame_python) {
    ledger::PythonCode code = book::python_code(chosen);
    *out << "at ";
    out->shown(basename(book::string(code.file)));
    *out << ":" << (chosen & ledger::frame_python_line) << " in ";
    out->shown(book::string(code.function));
    return;
  }
  if (module == ledger::frame_no_module) {
    *out << "in generated code";
    return;
  }
  const ledger::Module& m = book::modules()[module];
  *out << "in ";
  if (m.unloaded || !names::of(m, ledger::frame_offset(chosen), may_open, out))
    *out << "+", out->hex(ledger::frame_offset(chosen));
  *out << " (";
  out->shown(basename(book::string(m.path))) << ")";
}

}  // namespace

Line<32> words_for(Kind kind, uint64_t count) {
  Line<32> words;
  const char* name = ledger::kind_name(kind);
  if (count == 1) {
    words << name;
  } else if (kind == Kind::directory) {
    words << "directories";
  } else {
    words << name << (kind == Kind::process ? "es" : "s");
  }
  return words;
}

void clear() { used = 0; }

void add(uint32_t site, Kind kind, uint64_t number) {
  uint32_t g = 0;
  while (g < used && (groups[g].site != site || groups[g].kind != kind)) ++g;
  if (g == most_groups) return;
  if (g == used) groups[used++] = {site, 0, number, kind};
  ++groups[g].count;
}

uint32_t write(Text* text, unsigned sites, bool may_open) {
  uint32_t listed = 0;
  while (sites--) {
    Group* most = nullptr;
    for (uint32_t g = 0; g < used; ++g)
      if (groups[g].count && (!most || groups[g].count > most->count)) most = &groups[g];
    if (!most) break;
    Line<256> where;
    place(most->site, may_open, &where);
    *text << "  " << most->count << " " << words_for(most->kind, most->count).slice() << " acquired " << where.slice();
    if (most->kind == Kind::process)
      *text << ", like pid " << most->first;
    else if (most->kind < Kind::process)
      *text << ", like number " << most->first;
    *text << "\n";
    listed += most->count;
    most->count = 0;
  }
  return listed;
}

}  // namespace holders
}  // namespace lifeguard
