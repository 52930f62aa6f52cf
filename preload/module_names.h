// What a loaded module may have been asked for as: its path, the last part of that, and the name it has for others.
#pragma once

#include <elf.h>
#include <link.h>

#include "preload/things.h"

namespace lifeguard {

inline const char* last_part(const char* path) {
  const char* last = path;
  for (; *path; ++path)
    if (*path == '/') last = path + 1;
  return last;
}

// Of a name that dlopen was asked for. One with a $ is told apart by its last part: the rest is not what it becomes.
inline uint64_t module_id(const char* name) {
  for (const char* c = name; *c; ++c)
    if (*c == '$') return name_id(last_part(name));
  return name_id(name);
}

struct ModuleNames {
  uint64_t ids[3] = {};

  // dynamic: its dynamic section, as the loader has left it.
  ModuleNames(const char* path, const ElfW(Dyn) * dynamic) {
    if (!*path) return;  // the program itself
    ids[0] = name_id(path);
    ids[1] = name_id(last_part(path));
    const char* names = nullptr;
    uint64_t own = 0;
    for (; dynamic && dynamic->d_tag != DT_NULL; ++dynamic) {
      if (dynamic->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(dynamic->d_un.d_ptr);
      if (dynamic->d_tag == DT_SONAME) own = dynamic->d_un.d_val;
    }
    if (names && own) ids[2] = name_id(names + own);
  }
};

}  // namespace lifeguard
