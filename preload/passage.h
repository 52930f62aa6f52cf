// How a run goes on through exec: which run, which image, and which ledger tells of the descriptors that come along.
//
// It travels in one environment variable, present only between the exec hook and the next image's constructor, which
// takes it out again: the program never sees it. Where no hook could add it (popen and system start their shell inside
// libc), the next image finds its run by looking at what its parent has mapped.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "src/options/slice.h"

namespace lifeguard::passage {

inline constexpr size_t pointers_room = 4;  // entries beside the program's own

// Whether the kernel can read there: a program may hand an exec what only fails.
bool readable(const void* memory);
// Bytes that the texts of what is added to that environment take.
size_t value_room(char* const* from);
// Whether an exec from here, with that environment, has anything to hand on.
bool wanted(char* const* environment);

// The environment for an exec: `to` (the program's entries and pointers_room more) filled from `from`, with the
// variable's text put together in `value`, and under follow=always with the library itself. Nothing is added for a
// program that will not have the library in it, since nobody would take it out again.
void environment(char** to, char* const* from, char* value, bool can_watch);
inline size_t count(char* const* list) {
  size_t n = 0;
  while (list && list[n]) ++n;
  return n;
}

// In the constructor: reads the variable, if it is there, and takes it out.
void arrive(char** environment);

// What came along, beside the run's name.
struct Handed {
  uint64_t at = 0;        // when (CLOCK_MONOTONIC ns): what another process's origin acquired later is not ours
  bool children = false;  // the image before had children, which are ours to wait for
};
extern Handed handed;

// Beside the program, while its first ledger is made: looks for the parent's run where no variable came. True: that is
// ours now.
bool find_parents_run();

// Whether a program will be watched, as far as its file and its environment tell; one that will not is named in the
// run's folder.
bool can_watch(const char* path, char* const* environment, int directory = -100, int flags = 0);
// The same from a process that goes on, whose descriptors nobody may meet.
bool can_watch_beside(const char* path, char* const* environment);

// The image is about to be replaced; and: it was not.
void leaving();
void stayed();

// Room for very many pointers: the caller's stack may be small. None where they are few, or there is no memory.
struct Room {
  char** pointers = nullptr;
  const size_t bytes;

  explicit Room(size_t count);
  ~Room();
};
// In the parent of a vfork child that has become another program: what it had taken is given back.
void give_back_childs_room();

}  // namespace lifeguard::passage

// An array with the environment for an exec, on the stack unless it is long; for use in the hook itself, whose frame it
// belongs to.
#define EXEC_ENVIRONMENT(name, from, can_watch)                                                           \
  auto* name##_value = static_cast<char*>(__builtin_alloca(::lifeguard::passage::value_room(from)));      \
  const size_t name##_size = ::lifeguard::passage::count(from) + ::lifeguard::passage::pointers_room + 1; \
  const ::lifeguard::passage::Room name##_room(name##_size);                                              \
  char** name = name##_room.pointers;                                                                     \
  if (!name) name = static_cast<char**>(__builtin_alloca(name##_size * sizeof(char*)));                   \
  ::lifeguard::passage::environment(name, from, name##_value, can_watch)
