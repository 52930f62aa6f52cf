#include "preload/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "preload/python.h"
#include "preload/spare.h"

namespace lifeguard::book {
namespace {

// Build id of a module from its notes, as mapped.
void read_build_id(const dl_find_object& object, ledger::Module* module) {
  auto* file = static_cast<const char*>(object.dlfo_map_start);
  auto* elf = reinterpret_cast<const Elf64_Ehdr*>(file);
  if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 || elf->e_phoff + elf->e_phnum * sizeof(Elf64_Phdr) > 4096) return;
  auto* segments = reinterpret_cast<const Elf64_Phdr*>(file + elf->e_phoff);
  for (unsigned i = 0; i < elf->e_phnum; ++i) {
    if (segments[i].p_type != PT_NOTE) continue;
    const char* note = reinterpret_cast<const char*>(module->bias + segments[i].p_vaddr);
    const char* end = note + segments[i].p_memsz;
    if (note < file || end > static_cast<const char*>(object.dlfo_map_end)) continue;
    while (note + sizeof(Elf64_Nhdr) <= end) {
      auto* head = reinterpret_cast<const Elf64_Nhdr*>(note);
      const char* name = note + sizeof *head;
      const char* data = name + ((head->n_namesz + 3) & ~3u);
      if (data + head->n_descsz > end) break;
      if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
        uint32_t n = head->n_descsz < sizeof module->build_id ? head->n_descsz : sizeof module->build_id;
        memcpy(module->build_id, data, n);
        module->build_id_length = static_cast<uint8_t>(n);
        return;
      }
      note = data + ((head->n_descsz + 3) & ~3u);
    }
  }
}

bool same_object(const ledger::Module& a, const ledger::Module& b) {
  return a.begin == b.begin && a.bias == b.bias && a.build_id_length == b.build_id_length &&
         memcmp(a.build_id, b.build_id, sizeof a.build_id) == 0;
}

uint32_t enter_module(const ledger::Module& fresh, Slice path) {
  uint32_t number = claim(Region::modules, Plan::modules, 1, &ledger::Lost::modules);
  if (number == UINT32_MAX) return ledger::frame_no_module;
  ledger::Module& module = modules()[number];
  uint64_t end = fresh.end;
  module = fresh;
  module.end = 0;
  module.path = text(path);
  __atomic_store_n(&module.end, end, __ATOMIC_RELEASE);
  return number;
}

uint32_t known_module(const dl_find_object& object, Slice path) {
  ledger::Module fresh = {};
  fresh.bias = object.dlfo_link_map->l_addr;
  fresh.begin = reinterpret_cast<uint64_t>(object.dlfo_map_start);
  fresh.end = reinterpret_cast<uint64_t>(object.dlfo_map_end);
  uint32_t count = __atomic_load_n(&used(Region::modules), __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < count; ++i) {
    const ledger::Module& module = modules()[i];
    bool there = module.begin == fresh.begin && module.end == fresh.end && module.bias == fresh.bias;
    if (there && !module.unloaded && string(module.path) == path) return i;
  }
  read_build_id(object, &fresh);
  python::met(fresh.begin, fresh.end, object.dlfo_link_map, path);
  return enter_module(fresh, path);
}

// A library that was named relative to the working directory the program began in. Apart, since the room for its whole
// name is more than a handler's stack may have.
[[gnu::noinline]] uint32_t enter_relative_module(const dl_find_object& object, Slice path) {
  Line<4096> absolute;
  while (starts_with(path, "./")) path = path.from(2);
  absolute << image.start_folder << "/" << path;
  return known_module(object, absolute.slice());
}

uint32_t module_of(uintptr_t pc) {
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(pc), &object) != 0 || !object.dlfo_link_map)
    return ledger::frame_no_module;
  const char* name = object.dlfo_link_map->l_name;
  Slice path = name && *name ? Slice(name) : Slice(image.exe);
  if (path.data[0] != '/' && contains(path, "/") && image.start_folder[0]) return enter_relative_module(object, path);
  return known_module(object, path);
}

}  // namespace

uint64_t frame_of(uintptr_t pc, bool exact, uint32_t* last) {
  uintptr_t place = exact ? pc : pc - 1;
  bool same = *last != ledger::frame_no_module && place >= modules()[*last].begin && place < modules()[*last].end;
  uint32_t module = same ? *last : module_of(place);
  *last = module;
  return ledger::make_frame(module, module == ledger::frame_no_module ? pc : pc - modules()[module].bias, exact);
}

uint32_t take_over_module(const Source& other, uint32_t number) {
  ledger::Module theirs;
  char path[4096];
  size_t size = 0;
  if (number >= Plan::modules.count || !other.read(Plan::modules.place(number), &theirs, sizeof theirs) ||
      !other.text(theirs.path, path, sizeof path, &size))
    return ledger::frame_no_module;
  uint32_t have = used(Region::modules);
  for (uint32_t m = 0; m < have; ++m)
    if (same_object(modules()[m], theirs) && string(modules()[m].path) == Slice(path, size)) return m;
  theirs.unloaded = 1;  // of another image: no stack walked here is in it
  return enter_module(theirs, {path, size});
}

bool still_there(const ledger::Module& module) {
  dl_find_object object;
  return _dl_find_object(reinterpret_cast<void*>(module.begin), &object) == 0 &&
         reinterpret_cast<uint64_t>(object.dlfo_map_start) == module.begin &&
         object.dlfo_link_map->l_addr == module.bias;
}

void modules_changed() {
  python::forget_unloaded();
  if (stage() != Stage::recording) return;
  spare::drop();
  uint32_t count = __atomic_load_n(&used(Region::modules), __ATOMIC_ACQUIRE);
  for (uint32_t m = 0; m < count; ++m) {
    ledger::Module& module = modules()[m];
    uint64_t end = __atomic_load_n(&module.end, __ATOMIC_ACQUIRE);
    if (module.unloaded || !end) continue;
    if (still_there(module)) continue;
    module.unloaded = 1;
    __atomic_fetch_add(&image.epoch, 1, __ATOMIC_RELEASE);
    stacks::forget(module.begin, end);
    uint32_t have = __atomic_load_n(&used(Region::sites), __ATOMIC_ACQUIRE);
    for (uint32_t s = 1; s < have; ++s) {
      ledger::Site& site = sites()[s];
      uint16_t n = __atomic_load_n(&site.count, __ATOMIC_ACQUIRE);
      for (unsigned i = 0; i < n; ++i)
        if (ledger::frame_module(frames()[site.first + i]) == m) {
          site.flags |= ledger::site_retired;
          __atomic_store_n(&site.key, 0, __ATOMIC_RELAXED);  // found by no walk any more
          break;
        }
    }
  }
}

}  // namespace lifeguard::book
