// A loaded module's own symbols, found as the loader finds them, but without its lock.
#pragma once

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

namespace lifeguard {

class Symbols {
 public:
  explicit Symbols(const link_map* link) : bias_(link->l_addr) {
    for (const Elf64_Dyn* entry = link->l_ld; entry && entry->d_tag; ++entry) {
      if (entry->d_tag == DT_SYMTAB) table_ = reinterpret_cast<const Elf64_Sym*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_STRTAB) names_ = reinterpret_cast<const char*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_GNU_HASH) hash_ = reinterpret_cast<const uint32_t*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_VERSYM) versions_ = reinterpret_cast<const uint16_t*>(entry->d_un.d_ptr);
    }
    // The loader leaves the addresses of the vdso as they are in its file.
    bool usable = table_ && names_ && reinterpret_cast<uintptr_t>(hash_) >= bias_ && hash_ && hash_[0] && hash_[2];
    if (!usable) hash_ = nullptr;
  }

  uintptr_t bias() const { return bias_; }
  bool searchable() const { return hash_ != nullptr; }

  static uint32_t hash(const char* name) {
    uint32_t value = 5381;
    for (; *name; ++name) value = value * 33 + static_cast<uint8_t>(*name);
    return value;
  }

  // What the name stands for where no version of it is asked for, or null.
  const Elf64_Sym* find(const char* name) const {
    if (!searchable()) return nullptr;
    uint32_t wanted = hash(name);
    return find(name, wanted, first(wanted));
  }

  // The same in steps, where it is searchable, so that many can be looked for at once: each step asks for the memory of
  // the next one.
  void expect(uint32_t wanted) const {
    __builtin_prefetch(bloom() + wanted / 64 % hash_[2]);
    __builtin_prefetch(buckets() + wanted % hash_[0]);
  }
  uint32_t first(uint32_t wanted) const {
    uint64_t bits = 1ull << wanted % 64 | 1ull << (wanted >> hash_[3]) % 64;
    if ((bloom()[wanted / 64 % hash_[2]] & bits) != bits) return 0;
    uint32_t i = buckets()[wanted % hash_[0]];
    if (i < hash_[1]) return 0;
    __builtin_prefetch(chains() + i - hash_[1]);
    __builtin_prefetch(table_ + i);
    if (versions_) __builtin_prefetch(versions_ + i);
    return i;
  }
  const Elf64_Sym* find(const char* name, uint32_t wanted, uint32_t first) const {
    for (uint32_t i = first; i; ++i) {
      uint32_t there = chains()[i - hash_[1]];
      if ((there | 1) == (wanted | 1) && is_default(i) && strcmp(names_ + table_[i].st_name, name) == 0)
        return &table_[i];
      if (there & 1) break;
    }
    return nullptr;
  }

  uintptr_t address(const char* name) const {
    const Elf64_Sym* symbol = find(name);
    return symbol ? bias_ + symbol->st_value : 0;
  }

 private:
  bool is_default(uint32_t i) const {
    constexpr uint16_t hidden = 0x8000;  // an older version, for programs that were linked with it
    return table_[i].st_shndx != SHN_UNDEF && !(versions_ && versions_[i] & hidden);
  }

  const uint64_t* bloom() const { return reinterpret_cast<const uint64_t*>(hash_ + 4); }
  const uint32_t* buckets() const { return hash_ + 4 + hash_[2] * 2; }
  const uint32_t* chains() const { return buckets() + hash_[0]; }

  uintptr_t bias_;
  const Elf64_Sym* table_ = nullptr;
  const char* names_ = nullptr;
  const uint32_t* hash_ = nullptr;
  const uint16_t* versions_ = nullptr;
};

}  // namespace lifeguard
