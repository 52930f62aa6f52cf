#include "preload/clock.h"

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "preload/state.h"
#include "preload/sys.h"
#include "src/options/slice.h"

namespace lifeguard::clock {
namespace {

using GetTime = int (*)(clockid_t, timespec*);
GetTime get_time = nullptr;

uint64_t ask(clockid_t clock);

}  // namespace

void find_vdso() {
  auto* base = reinterpret_cast<const char*>(getauxval(AT_SYSINFO_EHDR));
  if (!base) return;
  auto* header = reinterpret_cast<const Elf64_Ehdr*>(base);
  auto* segments = reinterpret_cast<const Elf64_Phdr*>(base + header->e_phoff);
  const Elf64_Dyn* dynamic = nullptr;
  uintptr_t bias = 0;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type == PT_LOAD)
      bias = reinterpret_cast<uintptr_t>(base) + segments[i].p_offset - segments[i].p_vaddr;
    if (segments[i].p_type == PT_DYNAMIC) dynamic = reinterpret_cast<const Elf64_Dyn*>(base + segments[i].p_offset);
  }
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
  const uint32_t* hash = nullptr;
  for (; dynamic && dynamic->d_tag; ++dynamic) {
    if (dynamic->d_tag == DT_SYMTAB) symbols = reinterpret_cast<const Elf64_Sym*>(bias + dynamic->d_un.d_ptr);
    if (dynamic->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(bias + dynamic->d_un.d_ptr);
    if (dynamic->d_tag == DT_HASH) hash = reinterpret_cast<const uint32_t*>(bias + dynamic->d_un.d_ptr);
  }
  if (!symbols || !names || !hash) return;
  for (uint32_t i = 0; i < hash[1]; ++i)
    if (Slice(names + symbols[i].st_name) == "__vdso_clock_gettime")
      get_time = reinterpret_cast<GetTime>(bias + symbols[i].st_value);
}

namespace {

// The last answer, and the processor's counter as it was given: as long as that has moved on by less than a fraction of
// a millisecond, the answer holds, and the two pages that the vDSO lives on are not touched.
// They lie with Process: a fork has no page of them to copy, and a child asks anew.
[[gnu::section("lifeguard_next")]] bool counter_usable = true;
constexpr uint64_t fresh = 1 << 20;

}  // namespace

void use_counter(bool allowed) { counter_usable = allowed; }

[[gnu::hot]] uint64_t now() {
  uint64_t counter = counter_usable ? __builtin_ia32_rdtsc() : 0;
  if (counter_usable && counter - process.last_counter < fresh) return process.last_time;
  uint64_t time = ask(CLOCK_MONOTONIC_COARSE);
  process.last_time = time;
  process.last_counter = counter;
  return time;
}

namespace {

uint64_t ask(clockid_t clock) {
  timespec time = {};
  if (!get_time || get_time(clock, &time) != 0) {
    if (get_time) return 0;
    sys::clock_gettime(clock, &time);
  }
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

uint64_t of_day() { return ask(CLOCK_REALTIME_COARSE); }

Moment moment() {
  constexpr uint64_t tick = 10'000'000;  // a hundred a second, on x86-64
  Moment now = {clock::now(), counter_usable ? __builtin_ia32_rdtsc() : 0, 0, 0};
  timespec time = {};
  if (!get_time || get_time(CLOCK_BOOTTIME, &time) != 0) return now;
  auto part = static_cast<uint64_t>(time.tv_nsec);
  now.tick = static_cast<uint64_t>(time.tv_sec) * (1'000'000'000 / tick) + part / tick;
  now.left = tick - part % tick;
  return now;
}

bool same_tick(const Moment& then) {
  if (!then.tick) return false;
  // The counter goes at a gigahertz or more: this many of its steps take no longer, and to ask is to touch two pages.
  if (counter_usable && then.counter && __builtin_ia32_rdtsc() - then.counter < then.left) return true;
  return moment().tick == then.tick;
}

}  // namespace lifeguard::clock
