#include "preload/ledger.h"

#include <string.h>
#include <sys/mman.h>

#include "preload/sys.h"

namespace lifeguard::book {

namespace {

constexpr int madvise_populate_write = 23;

bool reserved(uint64_t chunk) { return __atomic_load_n(&process.chunks[chunk], __ATOMIC_ACQUIRE); }

bool reserve_chunks(uint64_t first, uint64_t end) {
  uint64_t count = end - first;
  if (image.sealed || __atomic_load_n(&process.chunks_left, __ATOMIC_RELAXED) < count) return false;
  if (sys::failed(sys::madvise(image.base + (first << chunk_shift), count << chunk_shift, madvise_populate_write)))
    return false;
  __atomic_fetch_sub(&process.chunks_left, count, __ATOMIC_RELAXED);
  for (uint64_t chunk = first; chunk < end; ++chunk) {
    if (chunk / 64 < FirstPage::words)
      __atomic_fetch_or(&first_page().populated[chunk / 64], 1ull << chunk % 64, __ATOMIC_RELAXED);
    __atomic_store_n(&process.chunks[chunk], uint8_t{1}, __ATOMIC_RELEASE);
  }
  return true;
}

}  // namespace

bool reserve(uint64_t begin, uint64_t end) {
  const uint64_t last = (end - 1) >> chunk_shift;
  for (uint64_t chunk = begin >> chunk_shift; chunk <= last; ++chunk) {
    if (reserved(chunk)) continue;
    uint64_t first = chunk;
    while (chunk < last && !reserved(chunk + 1)) ++chunk;
    if (!reserve_chunks(first, chunk + 1)) return false;
  }
  return true;
}

uint32_t claim(Region region, const Table& table, uint32_t n, uint64_t ledger::Lost::*lost) {
  uint32_t seen = __atomic_load_n(&used(region), __ATOMIC_RELAXED), first;
  do {
    first = seen < table.near_count && seen + n > table.near_count ? table.near_count : seen;
    if (first + n > table.count) return count_lost(lost), UINT32_MAX;
    uint64_t begin = table.place(first);
    if (!reserve(begin, begin + uint64_t{n} * table.entry)) return count_lost(&ledger::Lost::storage), UINT32_MAX;
  } while (!__atomic_compare_exchange_n(&used(region), &seen, first + n, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
  return first;
}

void raise_top(uint32_t descriptor) {
  constexpr uint32_t in_chunk = chunk_size / sizeof(ledger::Slot);
  uint64_t top = (descriptor | (in_chunk - 1)) + 1;
  uint64_t seen = __atomic_load_n(&header().descriptor_top, __ATOMIC_RELAXED);
  while (seen < top &&
         !__atomic_compare_exchange_n(&header().descriptor_top, &seen, top, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

void format() {
  ledger::Header& h = header();
  h.version = ledger::version;
  h.header_size = sizeof h;
  h.file_size = image.file_size;
  auto place = [&](Region region, const Table& table, uint32_t capacity) {
    h.regions[static_cast<uint32_t>(region)] = {table.far_at, table.entry, capacity};
    h.near[static_cast<uint32_t>(region)] = {static_cast<uint32_t>(table.near_at), table.near_count};
  };
  place(Region::modules, Plan::modules, Plan::modules.count);
  place(Region::index, Plan::index, Plan::index.count);
  place(Region::sites, Plan::sites, Plan::sites.count);
  place(Region::frames, Plan::frames, Plan::frames.count);
  place(Region::texts, Plan::texts, Plan::texts.count);
  place(Region::events, Plan::events, Plan::events.count);
  place(Region::things, Plan::things, Plan::things.count);
  place(Region::slots, Plan::slots, image.descriptors);
  used(Region::things) = 1;  // number 0 means none
  used(Region::sites) = 1;   // number 0 means unknown
}

ledger::Text text(Slice string) {
  if (string.empty()) return {};
  auto size = static_cast<uint32_t>(string.size);
  uint32_t offset = claim(Region::texts, Plan::texts, size, &ledger::Lost::texts);
  if (offset == UINT32_MAX) return {};
  memcpy(texts() + offset, string.data, size);
  return {offset, size};
}

ledger::Text shared_text(Slice string) {
  if (string.empty()) return {};
  uint64_t hash = string.size;
  for (size_t i = 0; i < string.size; i += sizeof hash) {
    uint64_t piece = 0;
    memcpy(&piece, string.data + i, string.size - i < sizeof piece ? string.size - i : sizeof piece);
    hash = (hash ^ piece) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
  }
  constexpr Entries<uint64_t, Plan::shared> table;  // of Texts, written and read as one word
  // The first tries are near, the next ones page by page, so that few are touched while there are few.
  constexpr uint32_t near = Plan::shared.near_count, in_page = chunk_size / sizeof(uint64_t), tries = 16;
  for (uint32_t probe = 0; probe < Plan::shared.count / in_page * tries; ++probe) {
    uint32_t page = probe / tries, at = static_cast<uint32_t>(hash >> 40) + probe % tries;
    uint32_t i = page == 0 ? at % near : page * in_page + at % in_page;
    uint64_t place = Plan::shared.place(i);
    if (!reserve(place, place + sizeof(uint64_t))) break;
    uint64_t word = __atomic_load_n(&table[i], __ATOMIC_ACQUIRE);
    if (!word) {
      ledger::Text fresh = text(string);
      if (!fresh.length) return {};
      memcpy(&word, &fresh, sizeof word);
      uint64_t none = 0;
      if (__atomic_compare_exchange_n(&table[i], &none, word, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return fresh;
      word = none;
    }
    ledger::Text known;
    memcpy(&known, &word, sizeof known);
    if (known.length == string.size && memcmp(book::string(known).data, string.data, string.size) == 0) return known;
  }
  return text(string);
}

bool Source::read(uint64_t offset, void* to, size_t size) const {
  if (!memory) return sys::pread64(file, to, size, offset) == static_cast<long>(size);
  auto& populated = reinterpret_cast<const FirstPage*>(memory)->populated;
  for (uint64_t chunk = offset >> chunk_shift; chunk << chunk_shift < offset + size; ++chunk)
    if (chunk / 64 >= FirstPage::words || !(populated[chunk / 64] >> chunk % 64 & 1)) return false;
  memcpy(to, memory + offset, size);
  return true;
}

bool Source::text(ledger::Text text, char* to, size_t room, size_t* size) const {
  *size = text.length < room ? text.length : room;
  return text.length && text.offset + text.length <= Plan::texts.count &&
         read(Plan::texts.place(text.offset), to, *size);
}

ledger::Event* event() {
  uint32_t number = claim(Region::events, Plan::events, 1, &ledger::Lost::events);
  return number == UINT32_MAX ? nullptr : &events()[number];
}

void publish(ledger::Event* event, ledger::EventWhat what) {
  __atomic_store_n(reinterpret_cast<uint8_t*>(&event->what), static_cast<uint8_t>(what), __ATOMIC_RELEASE);
}

}  // namespace lifeguard::book
