// The ledger: the file in which one process image keeps its live resources, written by the preloaded library as plain
// memory and read by the tools with pread. This header is its specification; both sides are compiled from it.
//
// What it must stand: SIGKILL between any two instructions, a full disk, a hostile or torn file in front of the reader.
// Hence: every entry has a fixed size and place; an entry counts only once the number of entries in use says so, and
// that number is raised after the entry is written; a descriptor's slot is guarded by one 64-bit word (below).
// The file is sparse: it is as large as the largest table could grow, and costs what was touched.
//
//   page 0     Header: magic, version, identity, where each region begins, how the image ended, what was lost
//   near       the first entries of the regions, side by side: what a process that keeps little fills few pages with
//   regions    as in Region; each page-aligned; things lie between events and slots
//
// Rule for changing it: a new field goes into reserved space and is zero where it is not known, and version stays;
// anything that changes the meaning of an existing byte raises version, and the reader says which versions it reads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lifeguard::ledger {

inline constexpr char magic[8] = {'L', 'I', 'F', 'E', 'G', 'R', 'D', '\n'};
inline constexpr uint32_t version = 4;         // 1: no frames of interpreters; 2: no phases; 3: nothing near
inline constexpr uint32_t oldest_version = 3;  // that is read: in it, all else is as it is now
inline constexpr uint32_t page_size = 4096;
inline constexpr uint32_t max_descriptors = 1048576;
// Bytes of a run's list of programs that were not watched, which its processes append to; then it is full.
inline constexpr uint64_t largest_unwatched = 4 << 20;

// The tables, in file order. Offsets and capacities stand in the header; a reader trusts neither without a look.
enum class Region : uint32_t {
  modules,  // Module: objects that code was loaded from; never removed, so that a site keeps the module it was made in
  index,    // uint32_t: open-addressed hash of site keys to site numbers; of no use to a reader
  sites,    // Site: distinct stacks; number 0 is "unknown" and stays empty
  frames,   // uint64_t: the sites' frames, innermost first (see Frame)
  texts,    // bytes: long strings (Text refers to them)
  events,   // Event: things that happened, as opposed to things that are (a second close)
  slots,    // Slot: one per descriptor number
  things,   // Thing: resources that are no descriptors; an entry that was given back is used again
  count
};

struct RegionPlace {
  uint64_t offset;    // from the start of the file, a multiple of page_size
  uint32_t entry;     // bytes of one entry
  uint32_t capacity;  // entries that fit
};

// Entry i lies at near.offset + i * entry if i < near.count, else at the region's offset + i * entry, so that the
// region begins with a hole. A run of frames or a text is never in both.
struct NearPlace {
  uint32_t offset;
  uint32_t count;
};

// A string in the texts region. Length 0: not known.
struct Text {
  uint32_t offset;
  uint32_t length;
};

// What a resource is. Names: kind_name() in kinds.h. Numbers never change meaning.
enum class Kind : uint8_t {
  none = 0,
  file = 1,
  directory = 2,
  socket = 3,
  listener = 4,
  pipe = 5,
  event = 6,  // eventfd, epoll, timerfd, signalfd, inotify, fanotify, pidfd, io_uring, perf ...: detail says which
  memfd = 7,
  pty = 8,
  queue = 9,        // POSIX message queue
  process = 11,     // a child process; id: its pid
  thread = 12,      // id: its pthread_t
  path = 13,        // a file or directory made for a while (mkstemp, mkdtemp), or a socket's path; id: hash of the path
  segment = 14,     // shared memory: POSIX (detail: its name) or System V (id)
  semaphore = 15,   // POSIX (detail: its name) or System V (id)
  timer = 16,       // a POSIX timer; id: timer_t
  module = 17,      // a dlopen handle; id: the handle
  own = 18,         // what only the program knows (lifeguard_acquired): detail is its kind, own_kind_end, words
  descriptor = 10,  // arrived from elsewhere (SCM_RIGHTS, pidfd_getfd); what it is, is asked at report time
};

// A descriptor number's life. Every change is one store or compare-and-swap of Slot::word.
enum class State : uint8_t {
  empty = 0,  // never used
  opening =
      1,  // the kernel gave the number; site and detail are not written yet (seen only where a kill fell in between)
  live = 2,
  closing = 3,    // about to be closed; the kernel may or may not have done it yet
  closed = 4,     // given back; born, site, closer and detail still tell of the last life
  inherited = 5,  // open when this image began (or when this forked child did); site is the parent's where known
  unseen = 6,     // found open at the end though no hook saw it come
};

enum SlotFlag : uint16_t {
  slot_cloexec = 1,
  slot_stream = 2,     // a FILE or DIR stands on it
  slot_deleted = 4,    // (end) its file has no name any more
  slot_cut = 8,        // detail was longer than its place: the tail of a path is kept
  slot_ignored = 16,   // the program asked not to hear of it
  slot_passed = 64,    // (inherited) came through exec: above 2, and not close-on-exec in the program that had it
  slot_purpose = 128,  // kept over exec on purpose: close-on-exec was taken off, or a number was asked for
  slot_foreign = 32,   // site was taken over from the parent's ledger
};

// Slot::word: state in bits 0-7, kind in 8-15, flags in 16-31, generation in 32-63 (raised at every acquisition).
constexpr uint64_t make_word(State state, Kind kind, uint16_t flags, uint32_t generation) {
  return static_cast<uint64_t>(state) | static_cast<uint64_t>(kind) << 8 | static_cast<uint64_t>(flags) << 16 |
         static_cast<uint64_t>(generation) << 32;
}
constexpr State word_state(uint64_t word) { return static_cast<State>(word & 0xff); }
constexpr Kind word_kind(uint64_t word) { return static_cast<Kind>(word >> 8 & 0xff); }
constexpr uint16_t word_flags(uint64_t word) { return static_cast<uint16_t>(word >> 16); }
constexpr uint32_t word_generation(uint64_t word) { return static_cast<uint32_t>(word >> 32); }

inline constexpr size_t detail_size = 192;        // of a descriptor
inline constexpr size_t thing_detail_size = 184;  // of a thing

// A descriptor's detail is a row of pieces: one tag byte, one length byte, then that many bytes.
enum class DetailTag : uint8_t {
  end = 0,
  path = 'p',       // a path as the program gave it (bytes; not necessarily UTF-8), or absolute once asked at the end
  long_path = 'n',  // (things) a path that would not fit: a Text, that says where it stands
  text = 't',       // a word from the library: "eventfd", "accepted", "dup of 5", the command of a popen
  local = 'l',      // struct sockaddr given to bind
  peer = 'r',       // struct sockaddr given to connect, or returned by accept
};

// One descriptor. born is CLOCK_MONOTONIC in nanoseconds, to the kernel's tick. A slot whose word says live is
// complete: the other fields are written before the word, and cleared of it (opening) before they are written again.
struct Slot {
  uint64_t word;
  uint64_t born;
  uint32_t site;    // that acquired it
  uint32_t thread;  // tid that acquired it
  uint32_t closer;  // site that released it last (state closing or closed)
  uint32_t phase;   // that it was born in: where its PhaseHead stands in the texts, plus one; 0: none
  uint64_t inode;   // (end) as fstat said, 0 if not asked
  uint64_t bytes;   // (end) size of a deleted file still held open
  uint32_t mark;    // how many marks the program had set before
  uint32_t bound;   // site that gave it its address (bind); 0: none did, or not known
  uint64_t reserved;
  uint8_t detail[detail_size];
};
static_assert(sizeof(Slot) == 256);

// What became of a thing, where its state is live (Thing::status says more).
enum ThingFlag : uint16_t {
  thing_detached = 1,    // (thread) nobody has to join it
  thing_ended = 2,       // (process, thread) had ended when its owner did: a zombie, an unjoined thread
  thing_session = 4,     // (process) leads or is in a session of its own: a daemon
  thing_system_v = 8,    // (queue, segment, semaphore) a System V id, else a POSIX name
  thing_socket = 16,     // (path) a unix socket was bound to it
  thing_directory = 32,  // (path)
  thing_vfork = 64,      // (process) made by vfork, posix_spawn, popen or system
  thing_checked = 128,   // (end) looked at as the process ended: flags and status are of then
  thing_stream = 256,    // (process) a popen's command
};

// One resource that is no descriptor. Word as in Slot (kinds from process on, and queue); `closed` entries are free.
struct Thing {
  uint64_t word;
  uint64_t born;  // CLOCK_MONOTONIC ns
  uint64_t id;    // by kind, see Kind
  uint32_t site;
  uint32_t thread;  // tid that acquired it
  uint64_t start;   // (process) its start time, field 22 of /proc/PID/stat; (path, POSIX segment) inode; 0: not known;
                    // (own) its id, as the program said it
  int32_t status;   // (process, ended) as wait would give it; (thread) its tid
  uint32_t next;    // of use to the writer only
  uint64_t device;  // (path, POSIX segment) of its file; (process, thing_stream) its stream's descriptor
  uint64_t
      moment;  // (path, POSIX segment) its file's birth, ns since 1970; (process, ended) when, as born; 0: not known
  uint32_t phase;  // as in Slot
  uint32_t mark;   // likewise
  uint8_t detail[thing_detail_size];
};
static_assert(sizeof(Thing) == 256);

// A frame of a site: bits 48-62 the module's number, bits 0-47 the code's address minus the module's load bias.
// It is a return address, so the call stands just before it, unless frame_exact is set (the place a signal
// interrupted). Module frame_no_module: no file is behind it (generated code), and bits 0-47 are the plain address.
inline constexpr uint64_t frame_exact = 1ull << 63;
inline constexpr uint32_t frame_no_module = 0x7fff;
constexpr uint64_t make_frame(uint32_t module, uint64_t offset, bool exact) {
  return (exact ? frame_exact : 0) | static_cast<uint64_t>(module & 0x7fff) << 48 | (offset & 0xffffffffffffull);
}
constexpr uint32_t frame_module(uint64_t frame) { return static_cast<uint32_t>(frame >> 48 & 0x7fff); }
constexpr uint64_t frame_offset(uint64_t frame) { return frame & 0xffffffffffffull; }

// Module frame_python: a frame of Python's own. Bits 24-47 are where its PythonCode lies in texts, bits 0-23 its line,
// 0 where that is not known. The interpreter's native frames, which stand for it on the stack, are left out.
inline constexpr uint32_t frame_python = 0x7ffe;
inline constexpr uint32_t frame_python_line = 0xffffff;
constexpr uint64_t make_python_frame(uint32_t code, uint32_t line) {
  return static_cast<uint64_t>(frame_python) << 48 | static_cast<uint64_t>(code & 0xffffff) << 24 |
         (line <= frame_python_line ? line : 0);
}
constexpr uint32_t frame_python_code(uint64_t frame) { return static_cast<uint32_t>(frame >> 24 & 0xffffff); }
constexpr bool frame_has_module(uint64_t frame) { return frame_module(frame) < frame_python; }

struct PythonCode {
  Text function;  // its qualified name: "Handler.do_GET"
  Text file;      // as compiled: absolute, relative to the working directory of then, or "<string>" and the like
};

enum SiteFlag : uint16_t {
  site_cut_depth = 1,    // deeper than was kept
  site_cut_unknown = 2,  // ends at code without unwind information
  site_retired = 4,      // code of it was unloaded since; the same addresses make a new site
  site_closing = 8,      // made (also) by a release: kept to a third of the depth
  site_foreign = 16,     // copied from the parent's ledger
  site_serving = 32,  // no own code, but a server of Python's library: what is acquired there is for its handler's site
};

struct Site {
  uint64_t key;     // hash of its addresses
  uint64_t births;  // acquisitions made here, ever
  uint32_t first;   // its first entry in frames
  uint16_t count;
  uint16_t flags;
  uint64_t reserved;
};
static_assert(sizeof(Site) == 32);

struct Module {
  uint64_t bias;   // address minus this = address in the file's own terms
  uint64_t begin;  // mapped range, for reading a frame by address; end is exclusive
  uint64_t end;
  Text path;
  uint8_t build_id_length;
  uint8_t unloaded;  // 1 once dlclose has taken it away
  uint8_t build_id[30];
};
static_assert(sizeof(Module) == 64);

enum class EventWhat : uint8_t {
  none = 0,
  double_close = 1,
  address_in_use = 2,  // bind was refused: site is where, creator the socket's, detail the address
};
enum EventFlag : uint8_t {
  event_sweep = 1,  // turned out to be part of a sweep over numbers: not a finding
};

struct Event {
  EventWhat what;
  uint8_t flags;
  Kind kind;  // what the descriptor had been
  uint8_t reserved;
  int32_t number;    // the descriptor
  uint64_t time;     // CLOCK_MONOTONIC ns
  uint32_t site;     // where it happened: the second close
  uint32_t closer;   // where it was closed first
  uint32_t creator;  // where it had been acquired
  uint32_t thread;
  Text detail;  // the slot's detail, copied (pieces as in Slot::detail)
  uint64_t born;
  uint64_t reserved2[2];
};
static_assert(sizeof(Event) == 64);

enum class EndHow : uint8_t { none = 0, exit = 1, signal = 2, exec = 3 };  // none: it still runs, or it vanished

struct End {
  EndHow how;
  uint8_t reconciled;  // 1: slots were compared with /proc at the end
  uint8_t reserved[2];
  int32_t status;  // exit status
  int32_t signal;
  int32_t sender;  // pid, where a signal came from a process
  uint64_t time;   // CLOCK_MONOTONIC ns
  uint32_t site;   // where (the stack that called exit, or that was interrupted)
  uint32_t reserved2;
};

// What could not be kept: counter, name in the JSON report's "lost", and what people read ("N ...").
#define LIFEGUARD_LOST(X)                                                                                   \
  X(descriptors, "descriptors with numbers above the ledger's table")                                       \
  X(sites, "acquisitions whose stack found no place in the table of sites")                                 \
  X(modules, "modules that found no place")                                                                 \
  X(texts, "strings that found no place")                                                                   \
  X(events, "events that found no place")                                                                   \
  X(storage, "records refused by the store (full, or over its share)")                                      \
  X(busy, "records made while the ledger itself was being made")                                            \
  X(cut_stacks, "stacks cut short at code without unwind information")                                      \
  X(things, "processes, threads and other resources that found no place")                                   \
  X(rules, "stacks cut short because the table of unwind rules was full")                                   \
  X(python, "stacks without Python's own frames: its version is not known here, or they did not check out") \
  X(handlers, "signal handlers that found no place, and run unnoticed")

struct Lost {
#define LIFEGUARD_LOST_FIELD(name, what) uint64_t name;
  LIFEGUARD_LOST(LIFEGUARD_LOST_FIELD)
#undef LIFEGUARD_LOST_FIELD
  uint64_t reserved[4];
};
static_assert(sizeof(Lost) == 16 * 8);

struct Cleanup {
  uint32_t done, closed, ended, killed, left, reserved[3];
};

// The last signal that asked the program to end and that it handled itself.
struct Handled {
  int32_t signal;  // 0: none
  int32_t sender;  // pid, where it is known
  uint64_t time;   // CLOCK_MONOTONIC ns
};

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t header_size;  // sizeof(Header) of the writer
  uint64_t file_size;
  RegionPlace regions[8];  // by Region
  uint32_t used[8];        // entries in use, by Region (bytes for texts; unused for index and slots)

  // Whose it is. pid with start and boot names a process for good.
  int32_t pid, ppid;  // ppid when the image began
  uint32_t image;     // 1, then one more with every exec
  uint32_t uid;
  uint64_t start;                             // field 22 of /proc/PID/stat; 0: /proc could not be read
  uint8_t boot[16];                           // boot id, zero if not known
  uint64_t pid_namespace;                     // inode of /proc/PID/ns/pid
  uint64_t began_realtime;                    // CLOCK_REALTIME ns at the image's begin
  uint64_t began_monotonic;                   // CLOCK_MONOTONIC ns at the same moment
  Text exe, command, cwd, host, labels, run;  // command: arguments, each ended by a zero byte; labels: K=V, likewise
  int32_t run_pid;                            // the run's first process
  uint32_t flags;                             // HeaderFlag
  uint64_t run_start;                         // and its start time
  uint32_t descriptors_limit;                 // RLIMIT_NOFILE, soft, when the ledger was made
  uint32_t depth;
  uint64_t descriptor_top;  // one more than the highest number ever noted
  End end;
  Lost lost;
  Cleanup cleanup;
  Text trouble;     // one line, where something went wrong that a person should read
  Text own;         // the own= option, as given
  Text origin;      // file name of the ledger that this image goes back to: the one before its exec, or its parent's
  uint64_t forked;  // CLOCK_MONOTONIC ns of the fork that it began with, 0 if by exec or not known
  Text run_exe;     // the program of the run's first process: it is own code wherever it lies
  Handled handled;
  uint32_t last_phase;  // the latest of the program's phases, as in Slot; each names the one before it
  uint32_t reserved;
  NearPlace near[8];  // by Region
};
static_assert(sizeof(Header) <= page_size && offsetof(Header, near) == 584);  // the tests read it too

inline constexpr char own_kind_end = '\x1f';

// In the texts, before the name of a phase. A number that is not smaller than the one that led to it is damage.
struct PhaseHead {
  uint32_t previous;  // 0: it is the first
  uint16_t length;    // of the name, which follows
  uint16_t reserved;
};
static_assert(sizeof(PhaseHead) == 8);

enum HeaderFlag : uint32_t {
  header_first = 1,   // the run's first process
  header_forked = 2,  // began as a fork of its parent, not by exec
  header_sealed = 4,  // the program installed a seccomp filter: from there on nothing new was reserved
  header_kept = 8,    // ended, and was found worth keeping
  header_found = 16,  // the library itself found errors or warnings when it looked last
};

}  // namespace lifeguard::ledger
