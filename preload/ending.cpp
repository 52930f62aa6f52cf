#include "preload/ending.h"

#include <signal.h>

#include "preload/beside.h"
#include "preload/children.h"
#include "preload/clock.h"
#include "preload/closing.h"
#include "preload/folder.h"
#include "preload/ledger.h"
#include "preload/lifecycle.h"
#include "preload/proc.h"
#include "preload/program.h"
#include "preload/remains.h"
#include "preload/signals.h"
#include "preload/sites.h"
#include "preload/slots.h"
#include "preload/spare.h"
#include "preload/sys.h"
#include "preload/tracker.h"
#include "src/judge/own.h"
#include "src/judge/shipped.h"

namespace lifeguard {
namespace ending {

bool own_frame(uint64_t frame) {
  uint32_t module = ledger::frame_module(frame);
  if (module == ledger::frame_python)
    return judge::own_python(book::python_function(frame), book::python_file(frame), image.options.own);
  return ledger::frame_has_module(frame) &&
         judge::own_module(book::string(book::modules()[module].path), image.run_exe, image.options.own);
}

bool own_stack(const uint64_t* frames, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    if (own_frame(frames[i])) return true;
  return false;
}

bool own_site(uint32_t number) {
  if (!number) return false;
  const ledger::Site& site = book::sites()[number];
  return own_stack(book::frames() + site.first, site.count);
}

namespace {

using ledger::Slot;
using ledger::State;

// The pieces of a detail as one text, good enough to hold a rule's pattern against.
Slice plain_detail(const Slot& slot) {
  bool words = slot.detail[0] == static_cast<uint8_t>(DetailTag::path) ||
               slot.detail[0] == static_cast<uint8_t>(DetailTag::text);
  return words ? Slice(reinterpret_cast<const char*>(slot.detail) + 2, slot.detail[1]) : Slice();
}

bool made_by_shell(uint32_t number) {
  const ledger::Site& site = book::sites()[number];
  for (unsigned i = 0; number && i < site.count; ++i) {
    uint64_t frame = book::frames()[site.first + i];
    uint32_t module = ledger::frame_module(frame);
    if (ledger::frame_has_module(frame) && judge::hands_on_by_redirection(book::string(book::modules()[module].path)))
      return true;
  }
  return false;
}

}  // namespace

bool MadeAt::operator()(Slice files) const {
  const ledger::Site& made = book::sites()[site];
  for (unsigned i = 0; site && i < made.count; ++i) {
    uint64_t frame = book::frames()[made.first + i];
    if (ledger::frame_module(frame) == ledger::frame_python && glob_list_match(files, book::python_file(frame)))
      return true;
    if (i == 0 && ledger::frame_has_module(frame) &&
        glob_list_match(files, book::string(book::modules()[ledger::frame_module(frame)].path)))
      return true;
  }
  return false;
}

bool is_first() {
  return image.run_pid == static_cast<int>(process.pid) && image.run_start == image.start && !image.forked;
}

[[gnu::hot]] Verdict judge(bool goes_on) {
  Verdict verdict;
  uint64_t to_daemon = goes_on ? 0 : remains::daemon_born();
  each_slot([&](uint32_t fd, Slot* slot, uint64_t word) {
    if (goes_on || (slot->born <= to_daemon && slot->born)) return;  // it lives on there
    if (judge::standard_stream(static_cast<int>(fd))) return;
    if (ledger::word_state(word) != State::live || (ledger::word_flags(word) & ledger::slot_ignored)) return;
    if (!own_site(slot->site)) return;
    if (judge::shipped_rule("open-at-end", image.exe, ledger::word_kind(word), plain_detail(*slot), MadeAt{slot->site}))
      return;
    ++verdict.errors;
  });
  each_slot([&](uint32_t fd, Slot* slot, uint64_t word) {  // what came by exec, and nobody meant to hand on
    uint16_t flags = ledger::word_flags(word);
    if (!goes_on && !image.forked && !judge::standard_stream(static_cast<int>(fd)) &&
        ledger::word_state(word) == State::inherited && (flags & ledger::slot_passed) &&
        !(flags & ledger::slot_purpose))
      verdict.warnings += own_site(slot->site) && !made_by_shell(slot->site) &&
                          !judge::shipped_rule("passed-on", image.exe, ledger::word_kind(word), {}, MadeAt{slot->site});
  });
  const ledger::End& end = book::header().end;
  bool failed = end.how == ledger::EndHow::signal || (end.how == ledger::EndHow::exit && end.status != 0);
  uint32_t events = book::used(ledger::Region::events);
  for (uint32_t i = 0; i < events; ++i) {
    const ledger::Event& event = book::events()[i];
    verdict.refused += failed && event.what == ledger::EventWhat::address_in_use;
    if (event.what == ledger::EventWhat::double_close && !(event.flags & ledger::event_sweep) && own_site(event.site) &&
        !judge::shipped_rule("double-close", image.exe, event.kind, {}, MadeAt{event.creator}))
      ++verdict.errors;
  }
  remains::Count things = remains::judge(goes_on);
  verdict.errors += things.errors;
  verdict.warnings += things.warnings;
  uint32_t& flags = book::header().flags;
  flags = verdict.bad() ? flags | ledger::header_found : flags & ~static_cast<uint32_t>(ledger::header_found);
  return verdict;
}

}  // namespace ending

// The process that calls daemon() ends inside it: written down before, taken back if it did not come to that.
void note_end_by_daemon(bool ends) {
  if (lifeguard_vfork_depth || stage() != Stage::recording) return;
  ledger::Header& header = book::header();
  header.end.time = clock::now();
  __atomic_store_n(&header.end.how, ends ? ledger::EndHow::exit : ledger::EndHow::none, __ATOMIC_RELEASE);
}

namespace ending {

uint64_t say_until = 0;

namespace {

bool first_still_lives() {
  return !is_first() && image.run_start && proc::start_time(image.run_pid) == image.run_start;
}

void give_up() {
  process.given_up = true;
  folder::remove_ledger();
}

bool records_lost() {
  const ledger::Lost& lost = book::header().lost;
  return lost.descriptors || lost.sites || lost.modules || lost.texts || lost.events || lost.storage || lost.busy ||
         lost.things;
}

constexpr uint64_t most_ms = 1800;  // of saying; with all else that makes two seconds

// Nothing is recorded any more: compares the ledger with the system, closes, ends children, speaks, keeps or removes
// the ledger. Returns the status to end with. signal: that of an end by signal, else 0.
[[gnu::hot]] int conclude(int status, int signal) {
  ledger::Header& header = book::header();
  remains::ask();
  Verdict verdict;
  int wanted = status;
  bool done = false, keep = true;
  // Under the gate what could not be recorded matters as well.
  const bool gaps = image.options.settle_ns && records_lost();
  // A closer look only ever takes away: where nothing bad is on record, there is nothing to look at.
  bool quiet = !signal && !gaps && image.options.keep != Options::Keep::always &&
               image.options.report != Options::Report::always && !image.trouble.used &&
               !closing::has_children_to_end() && !judge().tells();
  auto look = [&] {
    if (!image.in_place) end_with_parent();
    spare::drop();
    if (quiet) {
      if (image.number > 1 || image.after_daemon) folder::remove_earlier_images(static_cast<int>(process.pid));
      done = !is_first() || !process.in_file || !folder::others_left_ledgers();
      if (done) return give_up();
    }
    reconcile();
    if (image.needs_helper) return;
    remains::look_closer();
    verdict = judge();
    verdict.relatives = process.in_file && folder::others_left_ledgers();
    if (status == 0 && !signal && verdict.errors && image.options.exitcode)
      wanted = static_cast<int>(image.options.exitcode);
    header.end.status = wanted & 0xff;
    // A writer whose reader has gone away ends in good order for all that anybody cares.
    bool orderly = !signal || signal == SIGPIPE;
    keep = image.options.keep == Options::Keep::always ||
           (image.options.keep == Options::Keep::findings && (verdict.tells() || !orderly || gaps));
    if (keep) header.flags |= ledger::header_kept;
  };
  auto tell = [&] {
    if (!image.in_place) end_with_parent();
    bool speaks = is_first() ? verdict.tells() || verdict.relatives : verdict.tells() && !first_still_lives();
    if (speaks || (image.options.report == Options::Report::always && is_first())) summarize(verdict);
    if (image.options.keep != Options::Keep::always) folder::remove_earlier_images(static_cast<int>(process.pid));
    if (!keep) give_up();
    if (keep) spare::settle();
    if (image.trouble.used) say_trouble();
  };
  if (quiet && image.number == 1 && !image.after_daemon && spare::hand_back()) {
    process.given_up = true;
    return wanted;
  }
  say_until = milliseconds() + most_ms;
  if (!signal) sys::rt_sigprocmask(0, nullptr, &signals::held_before, 8);
  if (!beside(look) || done) return wanted;
  closing::close_what_is_left(&header.cleanup);
  uint64_t before = milliseconds();
  uint64_t all = ~0ull, held = 0;
  sys::rt_sigprocmask(2 /* SIG_SETMASK */, &all, &held, 8);
  closing::end_children(&header.cleanup);
  sys::rt_sigprocmask(2, &held, nullptr, 8);
  say_until += milliseconds() - before;
  __atomic_store_n(&header.cleanup.done, 1u, __ATOMIC_RELEASE);
  beside(tell);
  return wanted;
}

}  // namespace

void note_signal(int signal, int sender) {
  ledger::End& end = book::header().end;
  end.signal = signal;
  end.sender = sender;
  end.time = clock::now();
  __atomic_store_n(&end.how, ledger::EndHow::signal, __ATOMIC_RELEASE);
}

void finish_by_signal(int signal) {
  Stage from = Stage::recording;
  if (!__atomic_compare_exchange_n(&process.stage, &from, Stage::ended, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return;
  book::header().lost.busy += process.busy;
  conclude(0, signal);
}

}  // namespace ending

namespace {

[[gnu::hot, gnu::noinline]] int finish_record(int status) {
  program::settle();
  wait_for_maker();
  // A child made by clone(CLONE_VM) ends in its parent's memory: the parent goes on.
  bool recorded = stage() == Stage::recording;
  if (recorded && !image.sealed && process.pid != static_cast<uint32_t>(sys::getpid())) return status;
  Stage from = Stage::recording;
  if (!__atomic_compare_exchange_n(&process.stage, &from, Stage::ended, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    if (from == Stage::asleep && image.origin[0] && !image.sealed && image.owner == static_cast<int>(sys::getpid()) &&
        image.options.keep != Options::Keep::always) {
      // An image that acquired nothing: what those before it kept only for its sake can go.
      process.stage = Stage::ended;
      auto work = [] { folder::remove_earlier_images(image.owner); };
      beside(work);
    }
    if (from == Stage::off && image.trouble.used && !image.sealed) {
      auto work = [] { ending::say_trouble(); };
      beside(work);
    }
    return status;
  }
  ledger::Header& header = book::header();
  header.lost.busy += process.busy;
  header.end.status = status & 0xff;
  header.end.time = clock::now();
  __atomic_store_n(&header.end.how, ledger::EndHow::exit, __ATOMIC_RELEASE);
  return image.sealed ? status : ending::conclude(status, 0);
}

}  // namespace

[[gnu::hot]] int finish(int status) {
  bool forked_and_no_more = stage() == Stage::asleep && process.forked_at;
  return lifeguard_vfork_depth || forked_and_no_more ? status : finish_record(status);
}

}  // namespace lifeguard
