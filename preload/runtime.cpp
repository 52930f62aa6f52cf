// What the compiler may call by itself, kept private to the library: libc's own versions may be interposed (sanitizers
// do) or not yet relocated when the first hook runs.
#include <stddef.h>

extern "C" {

[[gnu::used]] void* memcpy(void* to, const void* from, size_t n) {
  void* start = to;
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
  for (; n; --n, ++x, ++y)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

[[gnu::used]] size_t strlen(const char* text) {
  size_t n = 0;
  while (text[n]) {
    ++n;
    asm volatile("" ::: "memory");
  }
  return n;
}

// Registering handlers asks whose they are; the usual start files, which define this, are not linked.
[[gnu::used]] void* __dso_handle = &__dso_handle;
}
