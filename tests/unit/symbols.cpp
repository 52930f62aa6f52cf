#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "src/symbols/demangle.h"
#include "src/symbols/dwarf_symbols.h"
#include "src/symbols/trim.h"
#include "src/system/process.h"
#include "tests/unit/ledger_builder.h"

using namespace lifeguard;

namespace here {

// Its return address, which is in the caller.
[[gnu::noinline]] uint64_t return_address() { return reinterpret_cast<uint64_t>(__builtin_return_address(0)); }
[[gnu::noinline]] uint64_t called(int* line) {
  const uint64_t address = return_address();
  *line = __LINE__ - 1;
  return address;
}
[[gnu::always_inline]] inline uint64_t inlined(int* line) {
  const uint64_t address = return_address();
  *line = __LINE__ - 1;
  return address;
}
[[gnu::noinline]] uint64_t outer(int* line) { return inlined(line) + (*line == 0); }

}  // namespace here

namespace {

uint64_t own_bias() {
  link_map* map = nullptr;
  dlinfo(dlopen(nullptr, RTLD_NOW), RTLD_DI_LINKMAP, &map);
  return map->l_addr;
}

report::Module own_module() { return {system::read_link("/proc/self/exe"), ""}; }

report::Stack stack_of(const std::vector<std::pair<std::string, std::string>>& frames) {
  report::Stack stack;
  for (const auto& [module, function] : frames) {
    stack.emplace_back();
    stack.back().module = module;
    stack.back().function = function;
  }
  return stack;
}

std::string functions(const report::Stack& stack) {
  std::string names;
  for (const report::Frame& frame : stack) names += frame.function + ' ';
  return names;
}

constexpr const char* libc = "/lib/x86_64-linux-gnu/libc.so.6";

}  // namespace

TEST_CASE("A return address is named by function, file and line of its call") {
  symbols::DwarfSymbols symbols(false);
  int line = 0;
  const report::Stack stack = symbols.resolve(own_module(), here::called(&line) - own_bias(), false);
  REQUIRE(stack.size() == 1);
  CHECK(stack[0].function == "here::called(int*)");
  CHECK(std::filesystem::path(stack[0].file).filename() == "symbols.cpp");
  CHECK(stack[0].line == line);
  CHECK(stack[0].language == "c++");
}

TEST_CASE("Inlined functions come as frames of their own, innermost first") {
  symbols::DwarfSymbols symbols(false);
  int line = 0;
  const report::Stack stack = symbols.resolve(own_module(), here::outer(&line) - own_bias(), false);
  REQUIRE(stack.size() == 2);
  CHECK(stack[0].function.find("here::inlined") == 0);
  CHECK(stack[0].inlined);
  CHECK(stack[0].line == line);
  CHECK(stack[1].function == "here::outer(int*)");
  CHECK_FALSE(stack[1].inlined);
}

TEST_CASE("A module that was replaced by another build is said, not guessed") {
  symbols::DwarfSymbols symbols(false);
  report::Module module = own_module();
  module.build_id = "0123456789abcdef0123456789abcdef01234567";
  int line = 0;
  const report::Stack stack = symbols.resolve(module, here::called(&line) - own_bias(), false);
  REQUIRE(stack.size() == 1);
  CHECK(stack[0].function.empty());
  CHECK(stack[0].file.empty());
  CHECK(stack[0].note == "replaced since by another build");
}

TEST_CASE("A module that is gone, no ELF file or no file at all is no trouble") {
  symbols::DwarfSymbols symbols(false);
  CHECK(symbols.resolve({"/nowhere/lib.so", "ab"}, 1, false).at(0).note == "its file is gone");
  CHECK(symbols.resolve({"/etc/passwd", ""}, 1, false).at(0).note == "not an ELF file");
  CHECK(symbols.resolve({"/dev/zero", ""}, 1, false).at(0).note == "its file is gone");
  CHECK(symbols.resolve({"relative", ""}, 0, false).at(0).function.empty());
}

TEST_CASE("Where there is no debug information the symbol table names the function") {
  symbols::DwarfSymbols symbols(false);
  Dl_info info;
  void* function = dlsym(RTLD_NEXT, "getppid");
  REQUIRE(dladdr(function, &info));
  const uint64_t in_libc = reinterpret_cast<uint64_t>(function) - reinterpret_cast<uint64_t>(info.dli_fbase);
  const report::Stack stack = symbols.resolve({info.dli_fname, ""}, in_libc, true);
  CHECK(functions(stack).find("getppid") != std::string::npos);
}

TEST_CASE("Names of C++ and of Rust are shown as people write them") {
  using symbols::demangle;
  CHECK(demangle("_ZN3app11load_configEPKc") == "app::load_config(char const*)");
  CHECK(demangle("main") == "main");
  CHECK(demangle("_ZN3app4loadEv.part.0") == "app::load().part.0");
  CHECK(demangle("_Znonsense") == "_Znonsense");
  CHECK(demangle("_ZN4core3ptr13drop_in_place17h0123456789abcdefE") == "core::ptr::drop_in_place");
  CHECK(demangle("_ZN55_$LT$std..fs..File$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE") ==
        "<std::fs::File as core::ops::drop::Drop>::drop");
  CHECK(std::string(symbols::language_of("_ZN4core3ptr13drop_in_place17h0123456789abcdefE")) == "rust");
  CHECK(std::string(symbols::language_of("_Z1fv")) == "c++");
}

TEST_CASE("A stack begins with the frame that made the call and ends with main") {
  report::Stack stack = stack_of({{"/x/liblifeguard.so", "hook"},
                                  {libc, "fopen"},
                                  {"/usr/lib/libother.so", "load"},
                                  {"/me", "main"},
                                  {libc, "__libc_start_main"},
                                  {"/me", "_start"}});
  symbols::trim(&stack);
  CHECK(functions(stack) == "load main ");
}

TEST_CASE("The entry of a program whose file is gone is known by whom it calls") {
  report::Stack stack = stack_of({{"/me", ""}, {libc, "__libc_start_main_impl"}, {"/me", ""}});
  symbols::trim(&stack);
  CHECK(stack.size() == 1);
  report::Stack cut = stack_of({{"/me", "compare"}, {libc, "qsort"}, {"/me", ""}});
  symbols::trim(&cut);
  CHECK(cut.size() == 3);
}

TEST_CASE("Libc in the middle of a stack stays, and so does libstdc++ in front") {
  report::Stack stack = stack_of(
      {{"/usr/lib/libstdc++.so.6", "open"}, {"/me", "compare"}, {libc, "qsort"}, {"/me", "main"}, {libc, "x"}});
  symbols::trim(&stack);
  CHECK(functions(stack) == "open compare qsort main ");
}

TEST_CASE("A stack of libc alone is kept") {
  report::Stack stack = stack_of({{libc, "a"}, {libc, "b"}});
  symbols::trim(&stack);
  CHECK(functions(stack) == "a b ");
}

TEST_CASE("Wrappers that libc's headers compile into the program are no frames of it") {
  report::Stack stack = stack_of({{"/me", "open"}, {"/me", "load"}});
  stack[0].inlined = true;
  stack[0].file = "/usr/include/x86_64-linux-gnu/bits/fcntl2.h";
  report::Stack of_cpp = stack;
  of_cpp[0].file = "/usr/include/c++/12/bits/invoke.h";
  symbols::trim(&stack);
  symbols::trim(&of_cpp);
  CHECK(functions(stack) == "load ");
  CHECK(functions(of_cpp) == "open load ");
}
