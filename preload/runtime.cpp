// What the compiler may call by itself, kept private to the library: libc's own versions may be interposed (sanitizers
// do) or not yet relocated when the first hook runs.
#include <emmintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace {
using Word [[gnu::aligned(1), gnu::may_alias]] = unsigned long;
}

extern "C" {

[[gnu::used, gnu::hot]] void* memcpy(void* to, const void* from, size_t n) {
  void* start = to;
  if (n <= 64) {  // where a string instruction takes longer to start than to do
    auto* t = static_cast<char*>(to);
    auto* f = static_cast<const char*>(from);
    for (; n >= 8; n -= 8, t += 8, f += 8) {
      *reinterpret_cast<Word*>(t) = *reinterpret_cast<const Word*>(f);
    }
    while (n--) {
      *t++ = *f++;
      asm volatile("" ::: "memory");  // or the compiler makes this loop a call of memcpy
    }
    return start;
  }
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
  return start;
}

[[gnu::used]] void* memset(void* to, int byte, size_t n) {
  void* start = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
  return start;
}

[[gnu::used]] void* memmove(void* to, const void* from, size_t n) {
  auto* t = static_cast<char*>(to);
  auto* f = static_cast<const char*>(from);
  if (t <= f || t >= f + n) return memcpy(to, from, n);
  while (n--) {
    t[n] = f[n];
    asm volatile("" ::: "memory");  // or the compiler makes this loop a call of memmove
  }
  return to;
}

[[gnu::used]] int memcmp(const void* a, const void* b, size_t n) {
  auto* x = static_cast<const unsigned char*>(a);
  auto* y = static_cast<const unsigned char*>(b);
  for (; n >= 8 && *reinterpret_cast<const Word*>(x) == *reinterpret_cast<const Word*>(y); n -= 8) x += 8, y += 8;
  for (; n; --n, ++x, ++y)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

[[gnu::used, gnu::hot]] size_t strlen(const char* text) {
  // Sixteen bytes at a time, aligned: such a read never leaves the page that the text is in.
  auto address = reinterpret_cast<uintptr_t>(text);
  auto* block = reinterpret_cast<const __m128i*>(address & ~uintptr_t{15});
  auto zeros = [](const __m128i* at) {
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(at), _mm_setzero_si128())));
  };
  unsigned found = zeros(block) >> (address & 15);
  if (found) return static_cast<size_t>(__builtin_ctz(found));
  while (!(found = zeros(++block))) {
  }
  return reinterpret_cast<uintptr_t>(block) + static_cast<size_t>(__builtin_ctz(found)) - address;
}

// Registering handlers asks whose they are; the usual start files, which define this, are not linked.
[[gnu::used]] void* __dso_handle = &__dso_handle;
}
