#include "preload/names.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>

#include "preload/ledger.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard::names {

bool exported(uintptr_t pc, Line<256>* out) {
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(pc), &object) != 0) return false;
  uintptr_t bias = object.dlfo_link_map->l_addr;
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
  const uint32_t* hash = nullptr;
  for (const Elf64_Dyn* entry = object.dlfo_link_map->l_ld; entry->d_tag; ++entry) {
    if (entry->d_tag == DT_SYMTAB) symbols = reinterpret_cast<const Elf64_Sym*>(entry->d_un.d_ptr);
    if (entry->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(entry->d_un.d_ptr);
    if (entry->d_tag == DT_GNU_HASH) hash = reinterpret_cast<const uint32_t*>(entry->d_un.d_ptr);
  }
  if (!symbols || !names || !hash) return false;
  const uint32_t* buckets = hash + 4 + hash[2] * 2;
  const uint32_t* chains = buckets + hash[0];
  for (uint32_t bucket = 0; bucket < hash[0]; ++bucket)
    for (uint32_t i = buckets[bucket]; i >= hash[1]; ++i) {
      const Elf64_Sym& symbol = symbols[i];
      uintptr_t begin = bias + symbol.st_value;
      if (pc - 1 >= begin && pc - 1 < begin + symbol.st_size) return out->shown(names + symbol.st_name), true;
      if (chains[i - hash[1]] & 1) break;
    }
  return false;
}

namespace {

template <typename T>
bool read_at(int file, uint64_t offset, T* to, size_t count = 1) {
  return sys::pread64(file, to, count * sizeof(T), offset) == static_cast<long>(count * sizeof(T));
}

bool has_build_id(int file, const Elf64_Shdr& section, const ledger::Module& module) {
  struct {
    Elf64_Nhdr head;
    char name[4];
    uint8_t id[sizeof module.build_id];
  } note = {};
  sys::pread64(file, &note, sizeof note, section.sh_offset);
  return note.head.n_type == NT_GNU_BUILD_ID && note.head.n_namesz == sizeof note.name &&
         memcmp(note.id, module.build_id, module.build_id_length) == 0;
}

// By its table of symbols, unless that was stripped off, or the file is another one by now.
bool in_file(int file, const ledger::Module& module, uint64_t offset, Line<256>* out) {
  Elf64_Ehdr elf;
  Elf64_Shdr table = {}, strings;
  if (!read_at(file, 0, &elf) || memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return false;
  bool same = module.build_id_length == 0 || module.build_id_length > sizeof module.build_id;
  for (uint32_t i = 0; i < elf.e_shnum; ++i) {
    Elf64_Shdr section;
    if (!read_at(file, elf.e_shoff + i * sizeof section, &section)) return false;
    if (section.sh_type == SHT_SYMTAB) table = section;
    same = same || (section.sh_type == SHT_NOTE && has_build_id(file, section, module));
  }
  if (!same || !table.sh_size) return false;
  if (!read_at(file, elf.e_shoff + table.sh_link * sizeof strings, &strings)) return false;
  constexpr uint64_t at_once = 256;
  [[WIPED]] static Elf64_Sym symbols[at_once];
  uint64_t count = table.sh_size / sizeof(Elf64_Sym);
  for (uint64_t i = 0; i < count; i += at_once) {
    uint64_t n = count - i < at_once ? count - i : at_once;
    if (!read_at(file, table.sh_offset + i * sizeof(Elf64_Sym), symbols, n)) return false;
    for (uint64_t k = 0; k < n; ++k) {
      const Elf64_Sym& symbol = symbols[k];
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || offset - 1 - symbol.st_value >= symbol.st_size) continue;
      char name[200];
      long size = sys::pread64(file, name, sizeof name - 1, strings.sh_offset + symbol.st_name);
      name[size > 0 ? size : 0] = 0;
      if (name[0]) return out->shown(name), true;
    }
  }
  return false;
}

}  // namespace

bool of(const ledger::Module& module, uint64_t offset, bool may_open, Line<256>* out) {
  if (exported(module.bias + offset, out)) return true;
  if (!may_open) return false;
  Line<4096> path;
  path << book::string(module.path);
  if (path.text[0] != '/') return false;
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int file = static_cast<int>(sys::openat(AT_FDCWD, path.c_str(), flags, 0));
  if (file < 0) return false;
  bool found = in_file(file, module, offset, out);
  sys::close(file);
  return found;
}

}  // namespace lifeguard::names
