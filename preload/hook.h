// How a hook is declared; knows nothing of resources.
//
//     HOOK(int, socket, (int domain, int type, int protocol)) {
//       return acquired(Kind::socket, REAL(socket)(domain, type, protocol));
//     }
//
// The prototype stands as the man page prints it and is checked against the system header. The one macro makes the
// exported function (an asm label gives it the name without touching the header's declaration), the pointer to the next
// definition, and the row by which that is found. HOOK_UNDECLARED is for names that libc exports and no header
// declares.
//
// To add a hook: the lines above in the family's file in hooks/, and a victim in tests/cases that names it; `make
// check` fails for a hook without one.
//
// What every call touches lies together (gnu::hot code, the pointers in a section of their own): after a system call
// each further page costs more than all the instructions on it.
#pragma once

#include "preload/real.h"

#pragma GCC diagnostic ignored "-Wignored-attributes"  // the headers' nonnull and the like are no part of a type

namespace lifeguard::hook {

template <typename T>
struct Plain;
template <typename R, typename... A>
struct Plain<R(A...)> {
  using type = R(A...);
};
template <typename R, typename... A>
struct Plain<R(A...) noexcept> {
  using type = R(A...);
};
template <typename R, typename... A>
struct Plain<R(A..., ...)> {
  using type = R(A..., ...);
};
template <typename R, typename... A>
struct Plain<R(A..., ...) noexcept> {
  using type = R(A..., ...);
};

template <typename A, typename B>
inline constexpr bool same = false;
template <typename A>
inline constexpr bool same<A, A> = true;

template <typename Function>
[[gnu::always_inline]] inline Function* real(Function* next, const HookRow& row) {
  return __builtin_expect(next != nullptr, 1) ? next : reinterpret_cast<Function*>(resolve(row));
}

}  // namespace lifeguard::hook

// The row of a hook whose pointer to the next definition goes by the symbol lifeguard_next_NAME.
asm(R"(
    .macro lifeguard_hook_row name
    .pushsection .rodata.hook_names, "a"
1:  .string "\name"
    .section lifeguard_hooks, "a"
    .balign 4
    .globl lifeguard_row_\name
    .hidden lifeguard_row_\name
lifeguard_row_\name:
    .long 1b - ., lifeguard_next_\name - .
    .popsection
    .endm
)");
#define HOOK_ROW(name)              \
  asm("lifeguard_hook_row " #name); \
  extern "C" [[gnu::visibility("hidden")]] const ::lifeguard::HookRow lifeguard_row_##name;

#define HOOK_UNDECLARED(result, name, parameters)                                                                    \
  namespace {                                                                                                        \
  namespace next {                                                                                                   \
  using name##_type = result parameters;                                                                             \
  [[gnu::used, gnu::section("lifeguard_next")]] name##_type* name asm("lifeguard_next_" #name) = nullptr;            \
  }                                                                                                                  \
  }                                                                                                                  \
  HOOK_ROW(name)                                                                                                     \
  extern "C" [[gnu::visibility("default"), gnu::used, gnu::hot]] result lifeguard_hook_##name parameters asm(#name); \
  result lifeguard_hook_##name parameters

#define HOOK(result, name, parameters)                                                                        \
  static_assert(::lifeguard::hook::same<::lifeguard::hook::Plain<decltype(::name)>::type, result parameters>, \
                "the system header declares " #name " otherwise");                                            \
  HOOK_UNDECLARED(result, name, parameters)

#define REAL(name) (::lifeguard::hook::real(next::name, lifeguard_row_##name))
