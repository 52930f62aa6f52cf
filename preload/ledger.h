// The writing side of src/ledger/layout.h: tables, strings and events of the mapped ledger. What stacks are made of is
// in modules.h and sites.h.
//
// Rules that hold for every function in the three: no lock, no allocation; a system call only to reserve a chunk that
// is touched for the first time (so that a full disk answers with an error instead of a fault); what does not fit is
// counted in the header. Entries are claimed by an atomic add and become valid with the last field written
// (Site::count, Module::end, Event::what): a kill in between leaves an entry that readers skip.
#pragma once

#include <stdint.h>

#include "preload/state.h"
#include "src/ledger/layout.h"

namespace lifeguard::book {

using ledger::Region;

// How the ledger's first page begins: what readers know of, and behind it what only writers do.
struct FirstPage {
  ledger::Header header;
  // Bit per chunk: it may be read without asking the store for room. A forked child sees its parent's here. Chunks that
  // find no bit are those of descriptors above some hundred thousand.
  struct Spare {  // see spare.h
    uint32_t holder;
    int maker;  // pid
    uint64_t chunks_left;
    uint64_t realtime_at_zero;  // CLOCK_REALTIME less CLOCK_MONOTONIC, when it was made
    uint64_t folder;            // hash of the working directory that the header names
    uint32_t modules;           // how many of them its maker has seen to be right
    uint32_t parents_top;       // the maker's highest descriptor, as it last forked
    bool streams_told;          // and whether its record tells anything of its descriptors 0 to 2
    uint32_t asked_count;       // code addresses that children had to look up rules for
    uint64_t asked[24];
    char name[64];
  };
  static constexpr size_t words = (Plan::tables_near - sizeof(ledger::Header) - sizeof(Spare)) / sizeof(uint64_t);
  uint64_t populated[words];
  Spare spare;
};
static_assert(sizeof(FirstPage) <= Plan::tables_near);
inline FirstPage& first_page() { return *reinterpret_cast<FirstPage*>(image.base); }

inline ledger::Header& header() { return *reinterpret_cast<ledger::Header*>(image.base); }
template <typename T>
inline T* at(uint64_t offset) {
  return reinterpret_cast<T*>(image.base + offset);
}

// A table's entries, by number.
template <typename T, const Table& table>
struct Entries {
  static_assert(sizeof(T) == table.entry);
  T& operator[](uint64_t number) const { return *at<T>(table.place(number)); }
  // Several that were claimed together lie in one piece.
  T* operator+(uint64_t first) const { return at<T>(table.place(first)); }
};
inline Entries<ledger::Slot, Plan::slots> slots() { return {}; }
inline Entries<ledger::Site, Plan::sites> sites() { return {}; }
inline Entries<ledger::Module, Plan::modules> modules() { return {}; }
inline Entries<uint64_t, Plan::frames> frames() { return {}; }
inline Entries<char, Plan::texts> texts() { return {}; }
inline Entries<ledger::Thing, Plan::things> things() { return {}; }
inline Entries<ledger::Event, Plan::events> events() { return {}; }
inline uint32_t& used(ledger::Region region) { return header().used[static_cast<uint32_t>(region)]; }

inline void count_lost(uint64_t ledger::Lost::*what) {
  __atomic_fetch_add(&(header().lost.*what), 1, __ATOMIC_RELAXED);
}

// Makes [begin, end) of the file safe to touch.
bool reserve(uint64_t begin, uint64_t end);

// Claims n entries of a table, in one piece; the first one's number, or UINT32_MAX.
uint32_t claim(ledger::Region region, const Table& table, uint32_t n, uint64_t ledger::Lost::*lost);

// The chunk that a descriptor's slot lies in is in use: whoever goes through the slots has to go as far as its end,
// since the others in it are written without coming by here.
void raise_top(uint32_t descriptor);

// Lays out a fresh ledger at image.base: magic, regions, capacities.
void format();

ledger::Text text(Slice string);
// The same for what comes again and again: equal ones are kept once.
ledger::Text shared_text(Slice string);
inline Slice string(ledger::Text t) { return {texts() + t.offset, t.length}; }

// Another ledger to take records over from: the parent's, still mapped in a forked child, or that of the image before
// an exec, read from its file.
struct Source {
  const char* memory = nullptr;
  int file = -1;

  bool any() const { return memory || file >= 0; }
  bool read(uint64_t offset, void* to, size_t size) const;
  bool text(ledger::Text text, char* to, size_t room, size_t* size) const;
};

// A new event to fill in; null where there is no place. Give it to publish() once it is complete.
ledger::Event* event();
void publish(ledger::Event* event, ledger::EventWhat what);

}  // namespace lifeguard::book
