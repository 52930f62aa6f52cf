// Which of the program's modules is an interpreter, and of which version.
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "preload/ledger.h"
#include "preload/python.h"
#include "preload/symbols.h"

namespace lifeguard::python {
namespace {

// As in Py_Version: 3.11 is 0x030b. Before that was there, what each version brought along has to tell.
uint16_t version_of(const Symbols& symbols) {
  if (uintptr_t version = symbols.address("Py_Version"))
    return static_cast<uint16_t>(*reinterpret_cast<const unsigned long*>(version) >> 16);
  if (symbols.find("Py_IsNone")) return 0x030a;
  if (symbols.find("PyFrame_GetBack") && !symbols.find("PyIter_Send")) return 0x0309;
  return 0;
}

// What an interpreter from 3.13 on says of itself: numbers in the order of _Py_DebugOffsets, of 8 bytes each.
bool published(const Symbols& symbols, uint16_t version, Layout* layout) {
  auto* runtime = reinterpret_cast<const char*>(symbols.address("_PyRuntime"));
  if (!runtime || memcmp(runtime, "xdebugpy", 8) != 0) return false;
  auto* words = reinterpret_cast<const uint64_t*>(runtime);
  if (words[1] >> 16 != version || words[2] != 0) return false;  // without its lock (free-threaded): objects differ
  struct Places {
    uint8_t thread_current_frame, thread_id, frame_previous, frame_code, frame_instruction, frame_owner, code_file,
        code_function, code_line_table, code_first_line, code_instructions, ascii_size;
  };
  if (version != 0x030d) return false;
  constexpr Places in_313 = {23, 24, 29, 30, 31, 33, 35, 37, 38, 39, 43, 70};
  const Places& at = in_313;
  bool sound = true;
  auto get = [&](uint8_t index) {
    sound = sound && words[index] < 1024;
    return static_cast<uint16_t>(words[index]);
  };
  *layout = {};
  layout->version = version;
  layout->current_frame = get(at.thread_current_frame);
  layout->thread_id = get(at.thread_id);
  layout->previous = get(at.frame_previous);
  layout->code = get(at.frame_code);
  layout->instruction = get(at.frame_instruction);
  layout->owner = get(at.frame_owner);
  layout->file = get(at.code_file);
  layout->function = get(at.code_function);
  layout->line_table = get(at.code_line_table);
  layout->first_line = get(at.code_first_line);
  layout->instructions = get(at.code_instructions);
  layout->ascii = get(at.ascii_size);
  layout->wide = static_cast<uint16_t>(layout->ascii + 16);
  return sound;
}

bool find_layout(const Symbols& symbols, Layout* layout) {
  uint16_t version = version_of(symbols);
  for (const Layout& one : layouts)
    if (one.version == version) return *layout = one, true;
  return published(symbols, version, layout);
}

// Whether a module's segments follow each other without a gap.
bool is_gapless(uintptr_t begin, uintptr_t end, uintptr_t bias) {
  constexpr uintptr_t page = 4096;
  auto* elf = reinterpret_cast<const Elf64_Ehdr*>(begin);
  if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 || elf->e_phoff + elf->e_phnum * sizeof(Elf64_Phdr) > page)
    return false;
  auto* segments = reinterpret_cast<const Elf64_Phdr*>(begin + elf->e_phoff);
  uintptr_t reached = begin;
  for (unsigned i = 0; i < elf->e_phnum; ++i) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type != PT_LOAD) continue;
    uintptr_t from = bias + segment.p_vaddr, to = from + segment.p_memsz;
    if (!(segment.p_flags & PF_R) || (from & ~(page - 1)) > reached) return false;
    reached = (to + page - 1) & ~(page - 1);
  }
  return reached >= end;
}

}  // namespace

void met(uintptr_t begin, uintptr_t end, const link_map* link, Slice path) {
  uint32_t count = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < count; ++i)
    if (interpreters[i].begin == begin) return;
  Symbols symbols(link);
  uintptr_t thread_state = symbols.address("PyGILState_GetThisThreadState");
  const Elf64_Sym* eval = symbols.find("_PyEval_EvalFrameDefault");
  if (!thread_state || !eval || count == most_interpreters) return;
  static uint32_t taken = 0;
  uint32_t expected = count;
  if (!__atomic_compare_exchange_n(&taken, &expected, count + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return;
  Interpreter& fresh = interpreters[count];
  fresh = {};
  fresh.thread_state = reinterpret_cast<void* (*)()>(thread_state);
  uintptr_t finalizing = symbols.address("_Py_IsFinalizing");
  if (!finalizing) finalizing = symbols.address("Py_IsFinalizing");
  fresh.finalizing = reinterpret_cast<int (*)()>(finalizing);
  fresh.state = find_layout(symbols, &fresh.layout) && finalizing ? Interpreter::unchecked : Interpreter::unusable;
  fresh.begin = begin;
  fresh.end = end;
  fresh.readable = is_gapless(begin, end, symbols.bias());
  fresh.eval = symbols.bias() + eval->st_value;
  fresh.eval_end = fresh.eval + eval->st_size;
  Slice name = basename(path);
  fresh.whole_module = starts_with(name, "python") || starts_with(name, "libpython");
  __atomic_store_n(&known, count + 1, __ATOMIC_RELEASE);
}

void forget_unloaded() {
  uint32_t count = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < count; ++i) {
    Interpreter& one = interpreters[i];
    dl_find_object object;
    if (!one.begin || (_dl_find_object(reinterpret_cast<void*>(one.begin), &object) == 0 &&
                       reinterpret_cast<uintptr_t>(object.dlfo_map_start) == one.begin))
      continue;
    one.thread_state = +[]() -> void* { return nullptr; };
    one.begin = one.end = one.eval = one.eval_end = 0;
  }
}

}  // namespace lifeguard::python
