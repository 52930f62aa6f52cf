# make            build/liblifeguard.so and build/lifeguard
# make demo       see it at work on a small leaky server     make check   every test (make check-long: the long ones too)
# make bench      what it costs, as ratios                   make install PREFIX=/usr DESTDIR=...
# Variables: SANITIZE=address,undefined (a build folder of its own), DEPS=skip (install nothing), CXX, CXXFLAGS, V=1

CXX      ?= g++
SANITIZE ?=
comma    := ,
BUILD    := build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
PREFIX   ?= /usr/local
VERSION  := 0.1.0

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
base     := -std=c++20 -O2 -I. -MMD -MP $(warnings) -DLIFEGUARD_VERSION='"$(VERSION)"'
# What is injected: no C++ runtime, no static guards, plain thread-locals; frames must be where the stack walk expects them;
# what is zero at first lies in the file, but for what a fork wipes (preload/state.h).
pic      := $(base) -g -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-stack-protector \
            -ftls-model=initial-exec -fno-zero-initialized-in-bss -fno-partial-inlining -fno-ipa-icf \
            -fno-omit-frame-pointer -fcf-protection=none -fno-builtin-malloc -U_FORTIFY_SOURCE
# Lines and functions are what anybody asks of the tool; all variables would take a third of the time to compile it.
obj      := $(base) -g1 $(if $(SANITIZE),-O0 -fsanitize=$(SANITIZE) -fno-omit-frame-pointer)

preload_sources := $(wildcard preload/*.cpp preload/hooks/*.cpp preload/*.S) src/options/options.cpp
tool_library    := $(wildcard src/*/*.cpp)
tool_sources    := $(wildcard tools/*.cpp)
unit_sources    := $(filter-out tests/unit/main.cpp,$(wildcard tests/unit/*.cpp))
data            := $(wildcard src/render/*.json)

objects = $(patsubst %,$(BUILD)/$(1)/%.o,$(basename $(2)))
symbols_libraries := -Wl,-Bstatic -ldw -lelf -llzma -lbz2 -lz -Wl,-Bdynamic -ldl -lpthread

# All processors, unless told otherwise. Scripts that call make again begin anew.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
unexport MAKEFLAGS
$(V).SILENT:
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all deps demo check check-long fuzzers bench install clean format unit cases real

all: $(BUILD)/liblifeguard.so $(BUILD)/lifeguard

$(BUILD)/liblifeguard.so: $(call objects,pic,$(preload_sources)) preload/exports.map
	$(CXX) -shared -nostdlib -o $@ $(filter %.o,$^) -Wl,--version-script=preload/exports.map -Wl,-z,defs -Wl,-z,initfirst \
	  -Wl,-z,now -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,nodelete -Wl,-soname,liblifeguard.so -Wl,--hash-style=gnu -Wl,--build-id -lc -lgcc $(LDFLAGS)

# A C++ runtime of its own: to look up the shared one's names takes longer than all that `run` does before CMD begins.
$(BUILD)/lifeguard: $(call objects,obj,$(tool_library) $(tool_sources) $(data))
	$(CXX) $(if $(SANITIZE),-fsanitize=$(SANITIZE),-static-libstdc++ -static-libgcc) -o $@ $^ $(symbols_libraries) $(LDFLAGS)

# Catch2's own main takes long to compile: once for all variants.
build/catch-main.o: tests/unit/main.cpp | deps
	@mkdir -p $(@D)
	$(CXX) -std=c++20 -O0 -c -o $@ $<

$(BUILD)/unit-tests: $(call objects,obj,$(tool_library) $(unit_sources) $(data)) build/catch-main.o \
                     $(call objects,pic,preload/unwind_rules.cpp $(wildcard preload/frame_*.cpp))
	$(CXX) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) -o $@ $^ $(symbols_libraries) -lunwind $(LDFLAGS)

$(BUILD)/pic/%.o: %.cpp | deps
	@mkdir -p $(@D)
	$(CXX) $(pic) $(CPPFLAGS) $(CXXFLAGS) -c -o $@ $<
$(BUILD)/pic/%.o: %.S | deps
	@mkdir -p $(@D)
	$(CXX) -I. -MMD -MP -c -o $@ $<
# Tests take long to optimise, and run once; commands leave their work to src.
$(BUILD)/obj/tests/unit/%.o: obj += -O0
$(BUILD)/obj/tools/%.o: obj += $(if $(SANITIZE),,-Og)
$(BUILD)/obj/%.o: %.cpp | deps
	@mkdir -p $(@D)
	$(CXX) $(obj) $(CPPFLAGS) $(CXXFLAGS) -c -o $@ $<
# A data file becomes an object with _binary_..._start and _end.
$(BUILD)/obj/%.o: %.json | deps
	@mkdir -p $(@D)
	ld -r -b binary -z noexecstack -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# What a goal needs is installed before anything is compiled; how much that is, the most demanding goal says.
wanted := $(firstword $(foreach goal,check-long check bench demo,$(if $(filter $(goal),$(MAKECMDGOALS)),$(goal))) build)
deps:
	$(if $(filter skip,$(DEPS)),true,tools/install-deps $(filter-out unit cases real,$(wanted)))

demo: all
	tests/demo/run $(BUILD)

unit: $(BUILD)/unit-tests
	$(BUILD)/unit-tests

cases: all
	tests/cases/coverage --build $(BUILD)
	tests/cases/run --build $(BUILD)

real: all
	tests/real/run --build $(BUILD)

check: all $(BUILD)/unit-tests
	tests/check $(BUILD)

check-long: check
	tests/check-long $(BUILD)

$(BUILD)/bench-%: tests/bench/%.c | deps
	$(CC) -O2 -g -fno-inline -pthread -o $@ $<

# Called by tests/check-long, with clang and its fuzzer's instrumentation. What is fuzzed is all that the tool reads with.
fuzzers: $(patsubst tests/fuzz/%.cpp,$(BUILD)/fuzz-%,$(wildcard tests/fuzz/*.cpp)) \
         $(patsubst tests/fuzz/seeds/%.cpp,$(BUILD)/seeds-%,$(wildcard tests/fuzz/seeds/*.cpp))
$(BUILD)/fuzz-%: $(BUILD)/obj/tests/fuzz/%.o $(call objects,obj,$(tool_library) $(data))
	$(CXX) -fsanitize=$(subst -no-link,,$(SANITIZE)) -o $@ $^ $(symbols_libraries) $(LDFLAGS)
$(BUILD)/seeds-%: $(BUILD)/obj/tests/fuzz/seeds/%.o $(call objects,obj,tests/unit/ledger_builder.cpp)
	$(CXX) -fsanitize=$(SANITIZE) -o $@ $^ $(LDFLAGS)

bench: all $(addprefix $(BUILD)/bench-,work nothing first hold) $(BUILD)/unit-tests
	tests/bench/run $(BUILD)

install: all
	install -D -m 755 $(BUILD)/lifeguard $(DESTDIR)$(PREFIX)/bin/lifeguard
	install -D -m 755 $(BUILD)/liblifeguard.so $(DESTDIR)$(PREFIX)/lib/liblifeguard.so
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include src/api/lifeguard.h
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/lifeguard src/api/lifeguard/*.hpp
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/lifeguard $(filter-out %.hpp,$(wildcard src/api/lifeguard/*))

format:
	clang-format -i $(shell git ls-files '*.cpp' '*.h')

clean:
	rm -rf build build-*
