#include "preload/ledger.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/ending.h"
#include "preload/passage.h"
#include "preload/python.h"
#include "preload/spare.h"
#include "preload/sys.h"

namespace lifeguard::book {
namespace {

using ledger::Region;

constexpr int madvise_populate_write = 23;

bool reserve_chunk(uint64_t chunk) {
  if (image.sealed || __atomic_load_n(&process.chunks_left, __ATOMIC_RELAXED) == 0) return false;
  if (sys::failed(sys::madvise(image.base + (chunk << chunk_shift), chunk_size, madvise_populate_write))) return false;
  __atomic_fetch_sub(&process.chunks_left, 1, __ATOMIC_RELAXED);
  if (chunk / 64 < FirstPage::words)
    __atomic_fetch_or(&first_page().populated[chunk / 64], 1ull << chunk % 64, __ATOMIC_RELAXED);
  __atomic_store_n(&process.chunks[chunk], uint8_t{1}, __ATOMIC_RELEASE);
  return true;
}

// Claims n entries of a table; the first one's number, or UINT32_MAX.
uint32_t claim(Region region, uint32_t n, uint32_t capacity, uint64_t begin, uint32_t entry,
               uint64_t ledger::Lost::*lost) {
  uint32_t first = __atomic_load_n(&used(region), __ATOMIC_RELAXED);
  do {
    if (first + n > capacity) return count_lost(lost), UINT32_MAX;
    if (!reserve(begin + static_cast<uint64_t>(first) * entry, begin + static_cast<uint64_t>(first + n) * entry))
      return count_lost(&ledger::Lost::storage), UINT32_MAX;
  } while (!__atomic_compare_exchange_n(&used(region), &first, first + n, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
  return first;
}

// Build id of a module from its notes, as mapped.
void read_build_id(const dl_find_object& object, ledger::Module* module) {
  auto* file = static_cast<const char*>(object.dlfo_map_start);
  auto* elf = reinterpret_cast<const Elf64_Ehdr*>(file);
  if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 || elf->e_phoff + elf->e_phnum * sizeof(Elf64_Phdr) > 4096) return;
  auto* segments = reinterpret_cast<const Elf64_Phdr*>(file + elf->e_phoff);
  for (unsigned i = 0; i < elf->e_phnum; ++i) {
    if (segments[i].p_type != PT_NOTE) continue;
    const char* note = reinterpret_cast<const char*>(module->bias + segments[i].p_vaddr);
    const char* end = note + segments[i].p_memsz;
    if (note < file || end > static_cast<const char*>(object.dlfo_map_end)) continue;
    while (note + sizeof(Elf64_Nhdr) <= end) {
      auto* head = reinterpret_cast<const Elf64_Nhdr*>(note);
      const char* name = note + sizeof *head;
      const char* data = name + ((head->n_namesz + 3) & ~3u);
      if (data + head->n_descsz > end) break;
      if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
        uint32_t n = head->n_descsz < sizeof module->build_id ? head->n_descsz : sizeof module->build_id;
        memcpy(module->build_id, data, n);
        module->build_id_length = static_cast<uint8_t>(n);
        return;
      }
      note = data + ((head->n_descsz + 3) & ~3u);
    }
  }
}

bool same_object(const ledger::Module& a, const ledger::Module& b) {
  return a.begin == b.begin && a.bias == b.bias && a.build_id_length == b.build_id_length &&
         memcmp(a.build_id, b.build_id, sizeof a.build_id) == 0;
}

uint32_t enter_module(const ledger::Module& fresh, Slice path) {
  uint32_t number =
      claim(Region::modules, 1, Plan::modules, Plan::modules_at, sizeof(ledger::Module), &ledger::Lost::modules);
  if (number == UINT32_MAX) return ledger::frame_no_module;
  ledger::Module& module = modules()[number];
  uint64_t end = fresh.end;
  module = fresh;
  module.end = 0;
  module.path = text(path);
  __atomic_store_n(&module.end, end, __ATOMIC_RELEASE);
  return number;
}

uint32_t known_module(const ledger::Module& fresh, Slice path) {
  uint32_t count = __atomic_load_n(&used(Region::modules), __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < count; ++i)
    if (!modules()[i].unloaded && same_object(modules()[i], fresh) && string(modules()[i].path) == path) return i;
  return enter_module(fresh, path);
}

// A library that was named relative to the working directory the program began in. Apart, since the room for its whole
// name is more than a handler's stack may have.
[[gnu::noinline]] uint32_t enter_relative_module(const ledger::Module& fresh, Slice path) {
  Line<4096> absolute;
  while (starts_with(path, "./")) path = path.from(2);
  absolute << image.start_folder << "/" << path;
  return known_module(fresh, absolute.slice());
}

uint32_t module_of(uintptr_t pc) {
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(pc), &object) != 0 || !object.dlfo_link_map)
    return ledger::frame_no_module;
  auto* link = object.dlfo_link_map;
  ledger::Module fresh = {};
  fresh.bias = link->l_addr;
  fresh.begin = reinterpret_cast<uint64_t>(object.dlfo_map_start);
  fresh.end = reinterpret_cast<uint64_t>(object.dlfo_map_end);
  read_build_id(object, &fresh);
  Slice path = link->l_name && *link->l_name ? Slice(link->l_name) : Slice(image.exe);
  python::met(fresh.begin, fresh.end, link, path);
  if (path.data[0] != '/' && contains(path, "/") && image.start_folder[0]) return enter_relative_module(fresh, path);
  return known_module(fresh, path);
}

// last: the module of the frame before, which is most often this one's too.
uint64_t frame_of(uintptr_t pc, bool exact, uint32_t* last) {
  uintptr_t place = exact ? pc : pc - 1;
  bool same = *last != ledger::frame_no_module && place >= modules()[*last].begin && place < modules()[*last].end;
  uint32_t module = same ? *last : module_of(place);
  *last = module;
  return ledger::make_frame(module, module == ledger::frame_no_module ? pc : pc - modules()[module].bias, exact);
}

// The index: an open-addressed table from key to site number.
constexpr uint32_t probes = 64;
// The first tries lie within one page: as long as sites are few, one page of it is all that a process touches.
inline uint32_t index_of(uint64_t key, uint32_t probe) {
  constexpr uint32_t in_page = chunk_size / sizeof(uint32_t), tries = 16;
  auto place = static_cast<uint32_t>(key >> 20) + probe;
  return probe < tries ? place % in_page : in_page + place % (Plan::index - in_page);
}
inline bool index_reserved(uint32_t i) {
  uint64_t offset = Plan::index_at + i * sizeof(uint32_t);
  return __atomic_load_n(&process.chunks[offset >> chunk_shift], __ATOMIC_ACQUIRE);
}

inline uint32_t find_site(uint64_t key) {
  auto* index = at<uint32_t>(Plan::index_at);
  for (uint32_t probe = 0; probe < probes; ++probe) {
    uint32_t i = index_of(key, probe);
    if (!index_reserved(i)) return 0;
    uint32_t number = __atomic_load_n(&index[i], __ATOMIC_ACQUIRE);
    if (!number) return 0;
    if (__atomic_load_n(&sites()[number].key, __ATOMIC_RELAXED) == key) return number;
  }
  return 0;
}

// Puts a complete site into the index; another thread may have been first with the same key.
uint32_t enter_index(uint64_t key, uint32_t number) {
  auto* index = at<uint32_t>(Plan::index_at);
  for (uint32_t probe = 0; probe < probes; ++probe) {
    uint32_t i = index_of(key, probe), there = 0;
    uint64_t offset = Plan::index_at + i * sizeof(uint32_t);
    if (!reserve(offset, offset + sizeof(uint32_t))) return count_lost(&ledger::Lost::storage), 0;
    if (__atomic_compare_exchange_n(&index[i], &there, number, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      return number;
    if (__atomic_load_n(&sites()[there].key, __ATOMIC_RELAXED) == key) return there;
  }
  return count_lost(&ledger::Lost::sites), 0;
}

uint32_t enter_site(uint64_t key, uint16_t flags, const uint64_t* stack, uint16_t count) {
  uint32_t number = claim(Region::sites, 1, Plan::sites, Plan::sites_at, sizeof(ledger::Site), &ledger::Lost::sites);
  if (number == UINT32_MAX) return 0;
  uint32_t first = claim(Region::frames, count, Plan::frames, Plan::frames_at, sizeof(uint64_t), &ledger::Lost::sites);
  if (first == UINT32_MAX) return 0;
  memcpy(frames() + first, stack, count * sizeof(uint64_t));
  ledger::Site& site = sites()[number];
  site.births = 0;
  site.first = first;
  site.flags = flags;
  __atomic_store_n(&site.key, key, __ATOMIC_RELAXED);
  __atomic_store_n(&site.count, count, __ATOMIC_RELEASE);
  return enter_index(key, number);
}

}  // namespace

bool reserve(uint64_t begin, uint64_t end) {
  for (uint64_t chunk = begin >> chunk_shift; chunk << chunk_shift < end; ++chunk)
    if (!__atomic_load_n(&process.chunks[chunk], __ATOMIC_ACQUIRE) && !reserve_chunk(chunk)) return false;
  return true;
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
  auto place = [&](Region region, uint64_t offset, size_t entry, uint32_t capacity) {
    h.regions[static_cast<uint32_t>(region)] = {offset, static_cast<uint32_t>(entry), capacity};
  };
  place(Region::modules, Plan::modules_at, sizeof(ledger::Module), Plan::modules);
  place(Region::index, Plan::index_at, sizeof(uint32_t), Plan::index);
  place(Region::sites, Plan::sites_at, sizeof(ledger::Site), Plan::sites);
  place(Region::frames, Plan::frames_at, sizeof(uint64_t), Plan::frames);
  place(Region::texts, Plan::texts_at, 1, Plan::texts);
  place(Region::events, Plan::events_at, sizeof(ledger::Event), Plan::events);
  place(Region::things, Plan::things_at, sizeof(ledger::Thing), Plan::things);
  place(Region::slots, Plan::slots_at, sizeof(ledger::Slot), image.descriptors);
  used(Region::things) = 1;  // number 0 means none
  used(Region::sites) = 1;   // number 0 means unknown
}

ledger::Text text(Slice string) {
  if (string.empty()) return {};
  auto size = static_cast<uint32_t>(string.size);
  uint32_t offset = claim(Region::texts, size, Plan::texts, Plan::texts_at, 1, &ledger::Lost::texts);
  if (offset == UINT32_MAX) return {};
  memcpy(at<char>(Plan::texts_at) + offset, string.data, size);
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
  auto* table = at<uint64_t>(Plan::shared_at);  // of Texts, written and read as one word
  // Chunk by chunk, so that few are touched while there are few.
  constexpr uint32_t in_chunk = chunk_size / sizeof(uint64_t), tries = 16;
  for (uint32_t probe = 0; probe < Plan::shared / in_chunk * tries; ++probe) {
    uint32_t i = probe / tries * in_chunk + (static_cast<uint32_t>(hash >> 40) + probe % tries) % in_chunk;
    uint64_t place = Plan::shared_at + i * sizeof(uint64_t);
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

namespace {

inline uint64_t with_python(uint64_t key, uint64_t python) {
  return python ? ((key ^ python) * 0x9e3779b97f4a7c15u) | 1 : key;
}

// Apart, since it needs more of the stack than a handler may have, and never runs in one.
[[gnu::noinline]] uint32_t enter_python_site(const stacks::Stack& stack, const uint64_t* native, unsigned depth,
                                             uint64_t key, bool* done) {
  python::Frames python;
  python::read(depth, &python);
  *done = python.interpreter != nullptr;
  if (!python.interpreter) {
    if (python.wrong) count_lost(&ledger::Lost::python);
    return 0;
  }
  uint64_t merged[stacks::max_depth];
  uint16_t flags = stack.flags;
  uint16_t count = python::merge(stack, native, python, depth, merged, &flags);
  if (python::serving(python) && !ending::own_stack(merged, count)) flags |= ledger::site_serving;
  return enter_site(key, flags, merged, count);
}

// Where a server of Python's library is at work and no own code is on the stack: the site with its handler's frame.
[[gnu::noinline]] uint32_t handled_site(uint32_t number, unsigned depth) {
  uint64_t handler = python::handler_key(depth);
  if (!handler) return number;
  uint64_t key = with_python(sites()[number].key, handler);
  if (uint32_t known = find_site(key)) return known;
  uint64_t with_handler[stacks::max_depth + 1];
  const ledger::Site& site = sites()[number];
  auto flags = static_cast<uint16_t>(site.flags & ~ledger::site_serving);
  uint16_t count = python::with_handler(frames() + site.first, site.count, depth, with_handler);
  if (count > depth) {
    count = static_cast<uint16_t>(depth);
    flags |= ledger::site_cut_depth;
  }
  uint32_t fresh = count ? enter_site(key, flags, with_handler, count) : 0;
  return fresh ? fresh : number;
}

}  // namespace

[[gnu::hot]] uint32_t site(const stacks::Stack& stack, unsigned depth, uint64_t python) {
  uint64_t key = with_python(stack.key, python);
  if (uint32_t known = find_site(key)) return known;
  uint64_t frames[stacks::max_depth];
  uint32_t last = ledger::frame_no_module;
  for (unsigned i = 0; i < stack.count; ++i) frames[i] = frame_of(stack.pcs[i], stack.exact >> i & 1, &last);
  if (python::any() && !stack.struck) {
    if (!python) {  // its interpreter may have been met just now
      python = python::key(depth);
      key = with_python(stack.key, python);
      if (uint32_t known = python ? find_site(key) : 0) return known;
    }
    bool done = false;
    uint32_t number = enter_python_site(stack, frames, depth, key, &done);
    if (done) return number;
  }
  if (stack.flags & ledger::site_cut_unknown)
    count_lost(stack.rules_full ? &ledger::Lost::rules : &ledger::Lost::cut_stacks);
  return enter_site(key, stack.flags, frames, stack.count);
}

namespace {

// The last few sites of a thread with the trails that led to them: most calls come from where one came before.
struct Recent {
  bool busy;         // being written: a signal handler that strikes then leaves it alone
  uint32_t version;  // raised with every writing: a handler may do so while the code it interrupted reads
  uint32_t epoch;    // Image::epoch it holds for
  Caller caller;
  unsigned depth;
  uint32_t site;
  uint64_t key;     // of the native stack
  uint64_t python;  // of Python's frames: equal native stacks may have different ones
  stacks::Trail trail;
};
__thread Recent recent[2][8];  // releases and acquisitions apart: a loop does both, and neither may drive out the other

inline void order() { asm volatile("" ::: "memory"); }  // one thread's own handlers are all there is to guard against

inline uint64_t python_key(const stacks::Stack& stack, unsigned depth) {
  return python::any() && !stack.struck ? python::key(depth) : 0;
}

[[gnu::hot, gnu::noinline]] uint32_t walk_without_memory(Caller caller, unsigned depth) {
  stacks::Stack stack;
  stacks::Trail trail;
  stacks::walk(caller, depth, &stack, &trail);
  return site(stack, depth, python_key(stack, depth));
}

[[gnu::noinline]] uint32_t walk_to_site(Caller caller, unsigned depth, Recent* entry) {
  stacks::Stack stack;
  entry->busy = true;
  ++entry->version;
  order();
  uint32_t epoch = image.epoch;
  stacks::walk(caller, depth, &stack, &entry->trail);
  uint64_t python = python_key(stack, depth);
  uint32_t number = site(stack, depth, python);
  bool keep = number && entry->trail.repeatable && entry->trail.count <= stacks::Trail::most;
  entry->epoch = keep ? epoch : 0;
  entry->caller = caller;
  entry->depth = depth;
  entry->site = number;
  entry->key = stack.key;
  entry->python = python;
  order();
  entry->busy = false;
  return number;
}

// The native stack is the entry's; Python's frames on it may be others.
[[gnu::hot]] uint32_t site_with_python(Caller caller, unsigned depth, Recent* entry, uint32_t version) {
  uint64_t python = python::key(depth);
  bool known = python == entry->python;
  uint32_t number = known ? entry->site : find_site(with_python(entry->key, python));
  order();
  if (!number || entry->version != version) return walk_to_site(caller, depth, entry);
  if (known) return number;
  entry->busy = true;
  ++entry->version;
  order();
  entry->site = number;
  entry->python = python;
  order();
  entry->busy = false;
  return number;
}

}  // namespace

namespace {

// The first stacks of a forked child: to remember them takes longer than to walk them again, for most children end
// soon.
inline bool few_walks() {
  constexpr uint32_t few = 16;
  return process.forked_at && process.walks < few && ++process.walks;
}

}  // namespace

[[gnu::hot]] uint32_t site_here(Caller caller, unsigned depth, bool birth) {
  Recent& entry = recent[birth][((caller.pc ^ caller.stack >> 3) * 0x9e3779b97f4a7c15u) >> 61];
  uint32_t number;
  if (__builtin_expect(few_walks() || entry.busy, 0)) {
    number = walk_without_memory(caller, depth);
  } else {  // a hit writes nothing, so that a program that forks has no page of this to copy
    uint32_t version = entry.version;
    order();
    number = entry.site;
    bool same = entry.epoch == image.epoch && entry.caller.pc == caller.pc && entry.caller.stack == caller.stack &&
                entry.depth == depth && (!entry.trail.uses_caller_frame || entry.caller.frame == caller.frame) &&
                stacks::same_trail(caller, entry.trail, entry.version, version);
    order();
    if (__builtin_expect(!same || entry.version != version, 0))
      number = walk_to_site(caller, depth, &entry);
    else if (python::any())
      number = site_with_python(caller, depth, &entry, version);
  }
  if (!birth || !number) return number;
  if (__builtin_expect(sites()[number].flags & ledger::site_serving, 0)) number = handled_site(number, depth);
  __atomic_fetch_add(&sites()[number].births, 1, __ATOMIC_RELAXED);
  return number;
}

uint32_t interrupted_site(Caller where, unsigned depth) {
  stacks::Stack stack;
  stacks::Trail trail;
  dl_find_object object;
  // A call of what is no code: the frame that made it is found on the stack.
  if (_dl_find_object(reinterpret_cast<void*>(where.pc), &object) != 0 &&
      passage::readable(reinterpret_cast<const void*>(where.stack))) {
    uintptr_t back = *reinterpret_cast<const uintptr_t*>(where.stack);
    if (_dl_find_object(reinterpret_cast<void*>(back), &object) == 0) {
      stacks::walk({back, where.stack + 8, where.frame}, depth, &stack, &trail);
      stack.struck = true;
      return site(stack, depth, 0);
    }
  }
  stacks::walk(where, depth, &stack, &trail, true);
  return site(stack, depth, 0);
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
  return text.length && text.offset + text.length <= Plan::texts && read(Plan::texts_at + text.offset, to, *size);
}

namespace {

uint32_t take_over_module(const Source& other, uint32_t number) {
  ledger::Module theirs;
  char path[4096];
  size_t size = 0;
  if (number >= Plan::modules || !other.read(Plan::modules_at + number * sizeof theirs, &theirs, sizeof theirs) ||
      !other.text(theirs.path, path, sizeof path, &size))
    return ledger::frame_no_module;
  uint32_t have = used(Region::modules);
  for (uint32_t m = 0; m < have; ++m)
    if (same_object(modules()[m], theirs) && string(modules()[m].path) == Slice(path, size)) return m;
  theirs.unloaded = 1;  // of another image: no stack walked here is in it
  return enter_module(theirs, {path, size});
}

uint64_t take_over_python(const Source& other, uint64_t frame) {
  ledger::PythonCode names;
  char text[4096];
  size_t size = 0;
  uint32_t offset = ledger::frame_python_code(frame);
  if (offset + sizeof names > Plan::texts || !other.read(Plan::texts_at + offset, &names, sizeof names) ||
      !other.text(names.function, text, sizeof text, &size))
    return ledger::make_frame(ledger::frame_no_module, 0, false);
  names.function = shared_text({text, size});
  if (other.text(names.file, text, sizeof text, &size))
    names.file = shared_text({text, size});
  else
    names.file = {};
  ledger::Text record = shared_text({reinterpret_cast<const char*>(&names), sizeof names});
  if (!record.length) return ledger::make_frame(ledger::frame_no_module, 0, false);
  return ledger::make_python_frame(record.offset, static_cast<uint32_t>(frame) & ledger::frame_python_line);
}

}  // namespace

uint32_t take_over_site(const Source& other, uint32_t number) {
  ledger::Site theirs;
  uint64_t frames[stacks::max_depth];
  if (number == 0 || number >= Plan::sites ||
      !other.read(Plan::sites_at + number * sizeof theirs, &theirs, sizeof theirs) || theirs.count == 0 ||
      theirs.count > stacks::max_depth || theirs.first + theirs.count > Plan::frames)
    return 0;
  uint64_t key = theirs.key ^ 0x5bd1e995'00000000u;  // never to be mistaken for a stack walked here
  if (uint32_t known = find_site(key)) return known;
  if (!other.read(Plan::frames_at + theirs.first * sizeof *frames, frames, theirs.count * sizeof *frames)) return 0;
  for (unsigned i = 0; i < theirs.count; ++i) {
    uint32_t module = ledger::frame_module(frames[i]);
    if (module == ledger::frame_python) {
      frames[i] = take_over_python(other, frames[i]);
      continue;
    }
    if (module != ledger::frame_no_module) module = take_over_module(other, module);
    frames[i] = ledger::make_frame(module, ledger::frame_offset(frames[i]), frames[i] & ledger::frame_exact);
  }
  return enter_site(key, static_cast<uint16_t>(theirs.flags | ledger::site_foreign), frames, theirs.count);
}

ledger::PythonCode python_code(uint64_t frame) {
  ledger::PythonCode code;
  memcpy(&code, at<char>(Plan::texts_at) + ledger::frame_python_code(frame), sizeof code);
  return code;
}

bool still_there(const ledger::Module& module) {
  dl_find_object object;
  return _dl_find_object(reinterpret_cast<void*>(module.begin), &object) == 0 &&
         reinterpret_cast<uint64_t>(object.dlfo_map_start) == module.begin &&
         object.dlfo_link_map->l_addr == module.bias;
}

void modules_changed() {
  python::forget_unloaded();
  if (stage() != Stage::recording) return;
  spare::drop();
  uint32_t count = __atomic_load_n(&used(Region::modules), __ATOMIC_ACQUIRE);
  for (uint32_t m = 0; m < count; ++m) {
    ledger::Module& module = modules()[m];
    uint64_t end = __atomic_load_n(&module.end, __ATOMIC_ACQUIRE);
    if (module.unloaded || !end) continue;
    if (still_there(module)) continue;
    module.unloaded = 1;
    __atomic_fetch_add(&image.epoch, 1, __ATOMIC_RELEASE);
    stacks::forget(module.begin, end);
    uint32_t have = __atomic_load_n(&used(Region::sites), __ATOMIC_ACQUIRE);
    for (uint32_t s = 1; s < have; ++s) {
      ledger::Site& site = sites()[s];
      uint16_t n = __atomic_load_n(&site.count, __ATOMIC_ACQUIRE);
      for (unsigned i = 0; i < n; ++i)
        if (ledger::frame_module(frames()[site.first + i]) == m) {
          site.flags |= ledger::site_retired;
          __atomic_store_n(&site.key, 0, __ATOMIC_RELAXED);  // found by no walk any more
          break;
        }
    }
  }
}

ledger::Event* event() {
  uint32_t number =
      claim(Region::events, 1, Plan::events, Plan::events_at, sizeof(ledger::Event), &ledger::Lost::events);
  return number == UINT32_MAX ? nullptr : &events()[number];
}

void publish(ledger::Event* event, ledger::EventWhat what) {
  __atomic_store_n(reinterpret_cast<uint8_t*>(&event->what), static_cast<uint8_t>(what), __ATOMIC_RELEASE);
}

}  // namespace lifeguard::book
