#include "src/symbols/module_file.h"

#include <dlfcn.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace lifeguard::symbols {
namespace {

int open_regular(const std::string& path) {
  if (path.empty() || path[0] != '/') return -1;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status;
  if (file >= 0 && (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))) {
    ::close(file);
    return -1;
  }
  return file;
}

// Hex; empty where the file has none, or is no ELF file.
std::string build_id_of(int file) {
  elf_version(EV_CURRENT);
  std::string hex;
  Elf* elf = elf_begin(file, ELF_C_READ, nullptr);
  if (!elf) return hex;
  const void* bits = nullptr;
  const ssize_t size = dwelf_elf_gnu_build_id(elf, &bits);
  for (ssize_t i = 0; i < size; ++i) {
    static constexpr char digits[] = "0123456789abcdef";
    const auto byte = static_cast<const uint8_t*>(bits)[i];
    hex += {digits[byte >> 4], digits[byte & 15]};
  }
  elf_end(elf);
  return hex;
}

// libdebuginfod brings a whole HTTP client along: it is loaded only where a server is named and something is missing.
int from_server(const std::string& build_id, std::string* path) {
  const char* servers = std::getenv("DEBUGINFOD_URLS");
  if (!servers || !*servers) return -1;
  void* library = dlopen("libdebuginfod.so.1", RTLD_NOW);
  if (!library) return -1;
  auto begin = reinterpret_cast<void* (*)()>(dlsym(library, "debuginfod_begin"));
  auto end = reinterpret_cast<void (*)(void*)>(dlsym(library, "debuginfod_end"));
  auto find =
      reinterpret_cast<int (*)(void*, const unsigned char*, int, char**)>(dlsym(library, "debuginfod_find_debuginfo"));
  if (!begin || !end || !find) return -1;
  void* client = begin();
  if (!client) return -1;
  char* found = nullptr;
  const int file = find(client, reinterpret_cast<const unsigned char*>(build_id.c_str()), 0, &found);  // 0: it is hex
  if (file >= 0 && found) *path = found;
  std::free(found);
  end(client);
  return file;
}

}  // namespace

ModuleFile find_module_file(const report::Module& module, bool network) {
  ModuleFile result;
  result.path = module.path;
  result.descriptor = open_regular(module.path);
  if (result.descriptor >= 0 && (module.build_id.empty() || build_id_of(result.descriptor) == module.build_id))
    return result;
  result.note = result.descriptor >= 0 ? "replaced since by another build" : "its file is gone";
  if (result.descriptor >= 0) ::close(result.descriptor);
  result.descriptor = -1;
  if (module.build_id.size() < 4) return result;

  const std::string& id = module.build_id;
  result.path = "/usr/lib/debug/.build-id/" + id.substr(0, 2) + '/' + id.substr(2) + ".debug";
  result.descriptor = open_regular(result.path);
  if (result.descriptor >= 0 && build_id_of(result.descriptor) != id) {
    ::close(result.descriptor);
    result.descriptor = -1;
  }
  if (result.descriptor < 0 && network) result.descriptor = from_server(id, &result.path);
  if (result.descriptor >= 0) result.note.clear();
  return result;
}

}  // namespace lifeguard::symbols
