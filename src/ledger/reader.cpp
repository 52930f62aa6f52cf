#include "src/ledger/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace lifeguard::ledger {
namespace {

// A region's entry size in this version, and the most entries that a sane writer makes room for.
struct Expected {
  const char* name;
  uint32_t entry;
  uint32_t most;
};
constexpr Expected expected[] = {
    {"modules", sizeof(Module), frame_python},
    {"index", sizeof(uint32_t), 1u << 26},
    {"sites", sizeof(Site), 1u << 24},
    {"frames", sizeof(uint64_t), 1u << 28},
    {"texts", 1, UINT32_MAX},
    {"events", sizeof(Event), 1u << 20},
    {"slots", sizeof(Slot), max_descriptors},
    {"things", sizeof(Thing), 1u << 20},
};
static_assert(std::size(expected) == static_cast<size_t>(Region::count));

constexpr uint32_t longest_text = 4u << 20;  // a command line can have 2 MiB
constexpr uint16_t deepest_site = 1024;
constexpr uint32_t slots_at_once = 256;
constexpr uint32_t events_at_once = 256;
constexpr uint32_t things_at_once = 64;

size_t index_of(Region region) { return static_cast<size_t>(region); }

}  // namespace

Reader::~Reader() {
  if (file_ >= 0) ::close(file_);
}

bool Reader::read_at(uint64_t offset, void* into, size_t size) const {
  char* at = static_cast<char*>(into);
  while (size) {
    ssize_t n = pread(file_, at, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool Reader::open(const std::string& path, std::string* error, Links links) {
  if (file_ >= 0) ::close(file_);
  damage_.clear();
  blank_ = false;
  // O_NONBLOCK: a FIFO put in a ledger's place must not hang the reader.
  file_ =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (links == Links::refuse ? O_NOFOLLOW : 0));
  if (file_ < 0) {
    *error =
        errno == ELOOP ? "is a symbolic link, which a ledger never is; name the file itself" : std::strerror(errno);
    return false;
  }
  struct stat status;
  if (fstat(file_, &status) != 0) {
    *error = std::strerror(errno);
    return false;
  }
  if (!S_ISREG(status.st_mode)) {
    *error = "is not a regular file";
    return false;
  }
  size_ = static_cast<uint64_t>(status.st_size);
  allocated_ = static_cast<uint64_t>(status.st_blocks) * 512;
  return check(error);
}

bool Reader::check(std::string* error) {
  blank_ = size_ == 0;  // killed before it had given it its size
  if (size_ < sizeof(Header)) {
    *error = size_ == 0 ? "is empty: not a lifeguard ledger"
                        : "is too short to be a lifeguard ledger (" + std::to_string(size_) + " bytes)";
    return false;
  }
  if (!read_at(0, &header_, sizeof header_)) {
    *error = "cannot be read: " + std::string(std::strerror(errno));
    return false;
  }
  if (std::memcmp(header_.magic, magic, sizeof magic) != 0) {
    blank_ = std::all_of(std::begin(header_.magic), std::end(header_.magic), [](char c) { return c == 0; });
    *error = "is not a lifeguard ledger";
    return false;
  }
  if (header_.version < oldest_version || header_.version > version) {
    *error = "has ledger version " + std::to_string(header_.version) + "; this lifeguard reads versions " +
             std::to_string(oldest_version) + " to " + std::to_string(version) +
             ": use the lifeguard that came with the library that wrote it";
    return false;
  }
  // What a later writer added is not looked at, what an earlier one did not know is not there.
  if (header_.header_size < offsetof(Header, trouble) || header_.header_size > page_size) {
    *error = "is a damaged ledger: its header cannot be " + std::to_string(header_.header_size) + " bytes";
    return false;
  }
  if (header_.header_size < sizeof header_)
    std::memset(reinterpret_cast<char*>(&header_) + header_.header_size, 0, sizeof header_ - header_.header_size);
  for (size_t i = 0; i < std::size(expected); ++i) {
    const RegionPlace& place = header_.regions[i];
    const Expected& want = expected[i];
    // A region that came with a later writer is all zero in an earlier one's ledger.
    if (i > index_of(Region::slots) && place.offset == 0 && place.entry == 0 && place.capacity == 0) {
      header_.used[i] = 0;
      continue;
    }
    const char* wrong = nullptr;
    if (place.entry != want.entry)
      wrong = "has entries of the wrong size";
    else if (place.capacity > want.most)
      wrong = "claims more entries than can be";
    else if (place.offset % page_size != 0 || place.offset < page_size)
      wrong = "begins at an impossible place";
    else if (place.offset > size_ || static_cast<uint64_t>(place.capacity) * place.entry > size_ - place.offset)
      wrong = "lies outside the file, which was cut or never finished";
    const NearPlace& near = header_.near[i];  // 32 bits each: this cannot overflow
    if (!wrong && (near.count > place.capacity || near.offset + uint64_t{near.count} * place.entry > size_))
      wrong = "has its first entries at an impossible place";
    if (wrong) {
      *error = std::string("is a damaged ledger: its region of ") + want.name + ' ' + wrong;
      return false;
    }
    // A writer claims an entry by adding to `used` before it knows whether there is one.
    header_.used[i] = std::min(header_.used[i], place.capacity);
  }
  return true;
}

bool Reader::refresh() {
  std::string ignored;
  return check(&ignored);
}

uint64_t Reader::place_of(Region region, uint64_t number) const {
  const RegionPlace& far = header_.regions[index_of(region)];
  const NearPlace& near = header_.near[index_of(region)];
  return (number < near.count ? near.offset : far.offset) + number * far.entry;
}

bool Reader::entries(Region region, uint64_t first, size_t count, void* into) const {
  const size_t size = header_.regions[index_of(region)].entry;
  const uint32_t near = header_.near[index_of(region)].count;
  const size_t here = first < near ? std::min<uint64_t>(count, near - first) : 0;
  return read_at(place_of(region, first), into, here * size) &&
         read_at(place_of(region, first + here), static_cast<char*>(into) + here * size, (count - here) * size);
}

std::string Reader::text(Text text) {
  std::string bytes;
  if (text.length == 0) return bytes;
  if (text.length > longest_text ||
      static_cast<uint64_t>(text.offset) + text.length > header_.regions[index_of(Region::texts)].capacity) {
    damaged("a text outside its region");
    return bytes;
  }
  bytes.resize(text.length);
  if (!entries(Region::texts, text.offset, bytes.size(), bytes.data())) {
    damaged("a text that cannot be read");
    bytes.clear();
  }
  return bytes;
}

bool Reader::module(uint32_t number, Module* module) {
  if (number >= header_.used[index_of(Region::modules)]) {
    damaged("a module's number out of range");
    return false;
  }
  if (!entries(Region::modules, number, 1, module)) {
    damaged("a module that cannot be read");
    return false;
  }
  if (module->build_id_length > sizeof module->build_id) {
    damaged("a build-id of impossible length");
    module->build_id_length = 0;
  }
  return true;
}

bool Reader::site(uint32_t number, Site* site, std::vector<uint64_t>* frames) {
  frames->clear();
  if (number == 0) return false;
  if (number >= header_.used[index_of(Region::sites)] || !entries(Region::sites, number, 1, site)) {
    damaged("a site's number out of range");
    return false;
  }
  const uint32_t in_use = header_.used[index_of(Region::frames)];
  if (site->count > deepest_site || site->first > in_use || site->count > in_use - site->first) {
    damaged("a site with frames outside their region");
    return false;
  }
  frames->resize(site->count);
  if (!entries(Region::frames, site->first, frames->size(), frames->data())) {
    damaged("frames that cannot be read");
    frames->clear();
    return false;
  }
  const uint32_t modules = header_.used[index_of(Region::modules)];
  auto bad = [&](uint64_t frame) { return frame_has_module(frame) && frame_module(frame) >= modules; };
  if (auto removed = std::erase_if(*frames, bad)) damage_["a frame in a module that does not exist"] += removed;
  return true;
}

bool Reader::python_code(uint32_t offset, PythonCode* code) {
  if (static_cast<uint64_t>(offset) + sizeof *code > header_.regions[index_of(Region::texts)].capacity ||
      !entries(Region::texts, offset, sizeof *code, code)) {
    damaged("a Python frame outside the texts");
    return false;
  }
  return true;
}

bool Reader::plausible(const Slot& slot) {
  const uint64_t word = slot.word;
  if (word_state(word) > State::unseen || word_kind(word) > Kind::descriptor) {
    damaged("a descriptor's slot that makes no sense");
    return false;
  }
  return word_state(word) != State::empty;
}

// The writer changes the word last when it fills a slot and first when it takes one away, and a copy is made upwards:
// what was copied belongs to its word if the word is still the same afterwards.
template <typename Entry>
void Reader::settle(Region region, uint32_t number, Entry* copy) const {
  for (int tries = 0; tries < 16; ++tries) {
    uint64_t now;
    if (!read_at(place_of(region, number), &now, sizeof now) || now == copy->word) return;
    if (!entries(region, number, 1, copy)) return;
  }
}

bool Reader::slot(uint32_t number, Slot* slot) {
  if (number >= header_.regions[index_of(Region::slots)].capacity || !entries(Region::slots, number, 1, slot))
    return false;
  settle(Region::slots, number, slot);
  return plausible(*slot);
}

void Reader::each_slot(bool may_change, const std::function<void(uint32_t number, const Slot& slot)>& visit) {
  const RegionPlace& place = header_.regions[index_of(Region::slots)];
  std::vector<Slot> some(slots_at_once);
  uint32_t number = 0;
  while (number < place.capacity) {
    const bool near = number < header_.near[index_of(Region::slots)].count;
    const uint64_t at = place_of(Region::slots, number);
    const off_t data = near ? 0 : lseek(file_, static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO)
      return;  // nothing but a hole up to the end; other errors: no such seek here, read it all
    if (data > static_cast<off_t>(at)) {
      number += static_cast<uint32_t>(
          std::min<uint64_t>((static_cast<uint64_t>(data) - at) / sizeof(Slot), place.capacity - number));
      if (number >= place.capacity) return;
    }
    const uint32_t count = std::min(slots_at_once, place.capacity - number);
    if (!entries(Region::slots, number, count, some.data())) {
      damaged("descriptors' slots that cannot be read");
      return;
    }
    for (uint32_t i = 0; i < count; ++i) {
      if (some[i].word == 0) continue;
      if (may_change) settle(Region::slots, number + i, &some[i]);
      if (plausible(some[i])) visit(number + i, some[i]);
    }
    number += count;
  }
}

void Reader::each_event(const std::function<void(const Event& event)>& visit) {
  const uint32_t count = header_.used[index_of(Region::events)];
  std::vector<Event> some(events_at_once);
  for (uint32_t number = 0; number < count; number += events_at_once) {
    const uint32_t now = std::min(events_at_once, count - number);
    if (!entries(Region::events, number, now, some.data())) {
      damaged("events that cannot be read");
      return;
    }
    for (uint32_t i = 0; i < now; ++i) {
      Event& event = some[i];
      if (event.what == EventWhat::none) continue;  // its number was taken, and it was not written any more
      if (event.what > EventWhat::address_in_use || event.kind > Kind::descriptor || event.number < 0) {
        damaged("an event that makes no sense");
        continue;
      }
      if (event.detail.length > detail_size) {
        damaged("an event's detail that is too long");
        event.detail = {};
      }
      visit(event);
    }
  }
}

void Reader::each_thing(bool may_change, const std::function<void(const Thing& thing)>& visit) {
  const uint32_t count = header_.used[index_of(Region::things)];
  std::vector<Thing> some(things_at_once);
  for (uint32_t number = 0; number < count; number += things_at_once) {
    const uint32_t now = std::min(things_at_once, count - number);
    if (!entries(Region::things, number, now, some.data())) {
      damaged("processes, threads or names that cannot be read");
      return;
    }
    for (uint32_t i = 0; i < now; ++i) {
      Thing& thing = some[i];
      if (may_change && thing.word) settle(Region::things, number + i, &thing);
      const State state = word_state(thing.word);
      const Kind kind = word_kind(thing.word);
      if (state == State::empty || state == State::closed) continue;
      const bool known = kind == Kind::queue || (kind >= Kind::process && kind <= Kind::own);
      if ((state != State::live && state != State::opening) || !known) {
        damaged("a record of a process, thread or name that makes no sense");
        continue;
      }
      visit(thing);
    }
  }
}

std::string Reader::damage() const {
  std::string line;
  for (const auto& [what, count] : damage_) {
    if (!line.empty()) line += "; ";
    line += std::to_string(count) + " x " + what;
  }
  return line;
}

bool DetailPieces::next(DetailTag* tag, std::string_view* bytes) {
  if (rest.size() < 2 || rest[0] == 0) return false;
  const size_t length = static_cast<uint8_t>(rest[1]);
  if (length > rest.size() - 2) return false;
  *tag = static_cast<DetailTag>(rest[0]);
  *bytes = rest.substr(2, length);
  rest.remove_prefix(2 + length);
  return true;
}

}  // namespace lifeguard::ledger
