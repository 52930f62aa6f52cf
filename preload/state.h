// All that the library remembers, in two objects. Both are constant-initialised and never destroyed: hooks are called
// before any constructor has run and after every destructor.
//
//   Image    what belongs to this program image and holds in forked children as well: options, the run, where the
//   ledger
//            is mapped
//   Process  what belongs to one process only; its pages read zero in any forked child (MADV_WIPEONFORK), raw clone
//            included, so that the first load in a hook tells a child that it has to make a ledger of its own
//
// What is WIPED lies with Process: buffers for work done beside the program. A fork need not copy them, and all else
// that can be written lies in the file's own mapping, so that a fork has one mapping less to copy.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "preload/clock.h"
#include "preload/line.h"
#include "src/ledger/layout.h"
#include "src/options/options.h"

#define OWN_PAGES gnu::section("lifeguard_pages"), gnu::aligned(4096)  // apart from what is small
#define WIPED gnu::section("lifeguard_wiped,\"aw\",@nobits#")          // it has no bytes in the file

namespace lifeguard {

// The ledger is reserved in chunks before it is touched (ledger.h). Offsets are the same in every ledger written here.
inline constexpr uint32_t chunk_shift = 12;
inline constexpr uint64_t chunk_size = 1u << chunk_shift;

constexpr uint64_t chunk_up(uint64_t n) { return (n + chunk_size - 1) & ~(chunk_size - 1); }

// Where a table of the ledger's lies: its first entries near the header, the others far (layout.h).
struct Table {
  uint32_t entry, count;
  uint32_t near_count;
  uint64_t near_at, far_at;

  constexpr uint64_t place(uint64_t number) const { return (number < near_count ? near_at : far_at) + number * entry; }
  constexpr uint64_t near_end() const { return near_at + near_count * entry; }
  constexpr uint64_t end() const { return chunk_up(far_at + uint64_t{count} * entry); }
};

// Three pages are all that most programs touch: the header, and tables that lead to stacks; the slots of the first
// numbers; frames and texts.
struct Plan {
  static constexpr uint64_t tables_near = 2048, slots_near = ledger::page_size, frames_near = 2 * ledger::page_size,
                            far = 3 * ledger::page_size;
  static constexpr Table modules{sizeof(ledger::Module), 1020, 4, tables_near, far};
  static constexpr Table index{sizeof(uint32_t), 32768, 64, modules.near_end(), modules.end()};
  static constexpr Table sites{sizeof(ledger::Site), 16384, 24, index.near_end(), index.end()};
  static constexpr Table frames{sizeof(uint64_t), 262144, 256, frames_near, sites.end()};
  static constexpr Table texts{1, 1u << 20, 2048, frames.near_end(), frames.end()};
  static constexpr Table events{sizeof(ledger::Event), 4096, 0, 0, texts.end()};
  static constexpr Table things{sizeof(ledger::Thing), 8192, 0, 0, events.end()};
  // Of use to the writer only.
  static constexpr Table finder{sizeof(uint32_t), 32768, 0, 0, things.end()};
  static constexpr Table shared{sizeof(ledger::Text), 4096, 96, sites.near_end(), finder.end()};
  static constexpr Table slots{sizeof(ledger::Slot), ledger::max_descriptors, chunk_size / sizeof(ledger::Slot),
                               slots_near, shared.end()};
  static_assert(shared.near_end() <= slots_near && texts.near_end() <= far);
  static constexpr uint64_t most_chunks = slots.end() >> chunk_shift;
};

enum class Stage : uint32_t { asleep, making, recording, ended, off };

// The limit= option as it holds now; by place: 0 is descriptors of all kinds, the others are by kind.
struct Limits {
  static constexpr uint32_t places = 18;
  bool any, kinds;          // something is to be said at all; the option names kinds besides fd
  uint8_t percent[places];  // 0: the option gives the number itself
  uint32_t at[places];      // 0: none
  int32_t left[places];     // acquisitions until it may be reached
  bool said[places];
  bool said_refused;  // another process or thread
};

struct alignas(4096) Process {
  Stage stage;           // asleep in a fresh fork child; moves by compare-and-swap
  uint32_t maker;        // tid of the thread that makes the ledger
  uint64_t busy;         // acquisitions that came while it was being made
  uint64_t chunks_left;  // how much more the store may be asked for
  uint32_t in_file;      // the ledger is a file (else memory only: see Image::trouble)
  uint32_t pid;
  uint32_t beside_busy;        // a thread is at work on helper_stack
  uint32_t beside_now;         // threads that ask for it or have it
  uint32_t threads_in_making;  // calls that make a thread, until it is noted
  struct EarlyThread {
    uint64_t id;                     // 0: free
    int tid;                         // 0: it has ended
  } early_threads[32];               // detached or joined before they were noted
  uint64_t last_counter, last_time;  // see clock.cpp
  // See spare.h.
  uint32_t forks;
  uint32_t snapshots;  // asked for by the program
  bool making_spare, made_spare, in_spare;
  uint32_t spares;  // ever made
  uint64_t folder_changed;
  bool one_thread;  // it has started no thread yet, as far as the hooks know
  // Of a forked child: written as it begins, before all else.
  clock::Moment forked;  // the moment before
  uint64_t forked_at;    // when (CLOCK_MONOTONIC): what the parent acquired later is not ours
  uint32_t walks;        // made without remembering them: most children make a few, and end
  uint32_t ender;        // tid of the thread that works out the end by a signal
  uint32_t end_done;     // it has
  bool given_up;         // the ledger is removed, or another process has it: nothing may be written to it any more
  int end_signal, end_sender;
  uint64_t end_began;    // CLOCK_MONOTONIC ns
  uint64_t free_things;  // list of entries given back: number in the low half, a count against reuse in the high
  uint8_t chunks[Plan::most_chunks];  // 1: reserved, may be touched
};

// The first page holds all that a hooked call reads.
struct alignas(4096) Image {
  bool started;               // the constructor has run
  bool idle;                  // enable=0, a skipped program, or help: nothing is recorded
  bool sealed;                // the program has a seccomp filter: no system call of ours from here on
  bool needs_helper;          // work done in place found no free descriptor, or a limit that only a helper may lift
  bool in_place;              // work that belongs beside the program has to be done in it (beside.h)
  bool forked;                // this process began as a fork of one that recorded
  bool shares_descriptors;    // a process that is no thread of this one uses the same table (clone with CLONE_FILES)
  bool store_in_memory;       // the run's folder is on a tmpfs
  bool began_with_more;       // descriptors above 2 were open when the image began
  int parent;                 // parent's pid when the process began
  int owner;                  // pid of the process the constructor ran in
  char* options_entry;        // LIFEGUARD_OPTIONS=... in the environment, if it is there
  char* path_entry;           // PATH=..., likewise
  char origin[64];            // file name of the ledger this image goes back to (passage.h)
  uint64_t given_on_purpose;  // bit per number: descriptors that came by agreement (LISTEN_FDS, a jobserver)
  const char* arguments;      // the command line as it was given, each argument ended by a zero byte
  size_t arguments_size;
  bool locks_all;          // what the program maps is locked into memory as a whole (mlockall)
  bool after_daemon;       // this process goes on where daemon() ended its parent
  int quick_status;        // what quick_exit was called with
  char* base;              // the mapped ledger, in a child that has none yet its parent's
  uint64_t file_size;      // of each ledger of this image
  uint32_t descriptors;    // its slots
  uint32_t noted_at_once;  // of them, those that need no further look when they are taken (limits.h)
  uint32_t number;         // 1, one more with every exec
  uint32_t epoch;        // raised with every new ledger and every unloaded module: what was remembered of sites is void
  uint32_t parents_top;  // one more than the highest number the parent had noted
  uint32_t phase, mark;  // what is noted carries: see program.h
  uint32_t tid_offset;   // of the thread id in glibc's thread control block; 0: not found
  // Whom a summary is for: descriptor 2 as it was at start.
  uint64_t error_device, error_inode;
  char* spare;     // a ledger made ahead for this process's next child (spare.h)
  uint64_t start;  // this process's start time, as in /proc/PID/stat
  Limits limits;
  char ledger_name[64];
  Line<512> trouble;  // the first thing that went wrong and that a person should hear of
  // The run this process belongs to: filled when its first ledger is made (or from the environment).
  int run_pid;
  uint64_t run_start;
  const char* run_folder = "";
  // The working directory where relative names of modules begin: as the image began, if it had such a module then, else
  // as its first record was made.
  const char* start_folder = "";
  const char* run_exe = "";
  const char* exe = "";
  char phase_name[256];  // what the program said it is at; a forked child goes on in it
  // The names above, one behind the other: most are short, and then all lie in one page.
  uint32_t names_used;
  Options options;
  char names[7 * 4096];
};

extern Process process;
extern Image image;

// Room for a name of up to longest_name bytes and its zero, which becomes image's own with keep_name.
inline constexpr size_t longest_name = 4095;
inline char* room_for_name() {
  constexpr auto last = static_cast<uint32_t>(sizeof image.names - longest_name - 1);
  return image.names + (image.names_used < last ? image.names_used : last);
}
inline char* keep_name(size_t size) {
  char* name = room_for_name();
  name[size] = 0;
  image.names_used = static_cast<uint32_t>(name - image.names + size + 1);
  return name;
}
inline char* keep_name(Slice name) {
  __builtin_memcpy(room_for_name(), name.data, name.size);
  return keep_name(name.size);
}

// A path as a string, in that room until something is kept there. Both parts and a slash have to fit.
inline char* path_in_room(Slice folder, Slice name) {
  char* path = room_for_name();
  size_t size = folder.size;
  __builtin_memcpy(path, folder.data, size);
  if (!name.empty()) path[size++] = '/';
  __builtin_memcpy(path + size, name.data, name.size);
  path[size + name.size] = 0;
  return path;
}

// What work beside the program reads files into: nothing stays there from one step of it to the next.
extern char scratch[16384];

// Raised in a vfork child, which lives in its parent's memory: everything it does must leave the ledger alone.
extern "C" {
[[gnu::visibility("hidden")]] extern __thread uint32_t lifeguard_vfork_depth;
[[gnu::visibility("hidden")]] extern __thread bool lifeguard_vfork_child_sealed;  // as Image::sealed, of that child
}

inline Stage stage() { return __atomic_load_n(&process.stage, __ATOMIC_ACQUIRE); }

}  // namespace lifeguard
