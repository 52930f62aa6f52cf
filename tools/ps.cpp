// lifeguard ps: what watched processes hold right now, by kind and by site; of one that is not watched, what /proc
// tells.
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <iostream>
#include <map>
#include <set>

#include "src/judge/judge.h"
#include "src/ledger/kinds.h"
#include "src/options/slice.h"
#include "src/render/escape.h"
#include "src/render/json_parts.h"
#include "src/render/painter.h"
#include "src/render/phrases.h"
#include "src/report/load.h"
#include "src/report/store.h"
#include "src/run/holders.h"
#include "src/symbols/dwarf_symbols.h"
#include "src/system/descriptors.h"
#include "src/system/process.h"
#include "src/system/tree.h"
#include "tools/command.h"
#include "tools/listing.h"

namespace lifeguard::tools {
namespace {

using render::Ink;
using report::Process;
using report::Resource;

// What of a process has one kind and comes from one place.
struct Group {
  ledger::Kind kind;
  uint32_t site = 0;
  bool inherited = false;
  std::vector<const Resource*> held;
  uint64_t deleted = 0;
  report::Stack stack;
};

struct Told {
  int pid = 0;
  std::string command, run, trouble;
  uint64_t start = 0;
  bool watched = false;
  report::Run loaded;  // groups point into it
  std::vector<Group> groups;
};

constexpr size_t shown = 4;

int64_t now() {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// The ledger that a live process writes now: the last of its images, in a store or in its own memory.
report::Mapped ledger_of(const system::Seen& seen,
                         const std::multimap<std::pair<int, uint64_t>, std::pair<std::string, std::string>>& known,
                         std::string* run) {
  std::string best;
  unsigned long image = 0;
  const auto [from, to] = known.equal_range({seen.pid, seen.start});
  for (auto at = from; at != to; ++at) {
    const std::string name = at->second.first.substr(at->second.first.rfind('/') + 1);
    const unsigned long number = std::strtoul(name.c_str() + name.find('.') + 1, nullptr, 10);
    if (number >= image) image = number, best = at->second.first, *run = at->second.second;
  }
  if (!best.empty()) return {best, best.substr(0, best.rfind('/')), ledger::Reader::Links::refuse, true};
  report::Mapped mapped;
  if (report::mapped_ledger(seen.pid, seen.start, &mapped)) *run = mapped.folder;
  return mapped;
}

void add_group(Told* told, const Process& process, const Resource& resource, symbols::Source& symbols) {
  const bool inherited = resource.state == ledger::State::inherited;
  for (Group& group : told->groups)
    if (group.kind == resource.kind && group.site == resource.site && group.inherited == inherited) {
      group.held.push_back(&resource);
      group.deleted += resource.bytes;
      return;
    }
  Group group{resource.kind, resource.site, inherited, {&resource}, resource.bytes, {}};
  group.stack = judge::stack_of(process, resource.site, symbols, process.own);
  told->groups.push_back(std::move(group));
}

void read_watched(const std::string& path, ledger::Reader::Links links, Told* told, symbols::Source& symbols) {
  std::string error;
  if (!report::add_ledger(path, links, &told->loaded, &error)) {
    told->trouble = path + ": " + error;
    return;
  }
  report::finish_run(&told->loaded);
  told->watched = true;
  for (const Process& process : told->loaded.processes) {
    for (const Resource& resource : process.resources) add_group(told, process, resource, symbols);
    for (const report::Thing& thing : process.things)
      if (thing.state == ledger::State::live) add_group(told, process, thing, symbols);
  }
}

// A fork that has acquired nothing: what it holds is its parent's, whose ledger tells where that came from.
void read_inheriting(const report::Mapped& parents, int pid, Told* told, symbols::Source& symbols) {
  system::Descriptors open;
  if (!report::add_ledger(parents.path, parents.links, &told->loaded, &told->trouble) ||
      !system::list_descriptors(pid, &open, &told->trouble))
    return;
  told->watched = true;
  Process& process = told->loaded.processes.front();
  process.things.clear();
  std::erase_if(process.resources, [&](Resource& resource) {
    const auto here = open.find(resource.number);
    if (here == open.end() || !system::may_be(resource.kind, here->second)) return true;
    resource.state = ledger::State::inherited;
    open.erase(here);
    return false;
  });
  for (const Resource& resource : process.resources) add_group(told, process, resource, symbols);
}

// As far as /proc tells.
void read_unwatched(int pid, Told* told) {
  system::Descriptors open;
  if (!system::list_descriptors(pid, &open, &told->trouble)) return;
  Process process;
  for (const auto& [number, target] : open) {
    Resource one;
    one.number = number;
    one.state = ledger::State::unseen;
    one.kind = system::kind_of(pid, number, target);
    one.detail = target;
    one.bytes = system::deleted_bytes(pid, number);
    process.resources.push_back(std::move(one));
  }
  told->loaded.processes.push_back(std::move(process));
  symbols::NoSymbols nameless;
  for (const Resource& resource : told->loaded.processes.back().resources)
    add_group(told, told->loaded.processes.back(), resource, nameless);
}

std::string item(const Resource& one, int64_t moment) {
  std::string text = one.number >= 0 ? std::to_string(one.number) + ' ' : "";
  text += render::cut_middle(render::visible(one.detail), 70);
  if (one.born && moment > one.born) text += ", for " + render::duration(moment - one.born);
  if (one.thread) text += ", thread " + std::to_string(one.thread);
  if (one.bytes) text += ", " + render::size(one.bytes) + " of a deleted file";
  return text;
}

void text(const std::vector<Told>& all, bool detailed, const render::Look& look, std::ostream& out) {
  render::Painter painter(out, look);
  const int64_t moment = now();
  for (const Told& told : all) {
    painter.put(std::to_string(told.pid), Ink::strong).put("  " + render::cut(render::visible(told.command), 100));
    const double age = run::age_of(told.start);
    if (age >= 0) painter.put("  for " + render::duration(static_cast<report::Time>(age * 1e9)), Ink::dim);
    painter.put(told.watched ? "" : "  not watched: as /proc tells", Ink::warning).line();
    if (!told.run.empty()) painter.put("  run " + render::visible(told.run), Ink::dim).line();
    if (!told.trouble.empty()) painter.put("  " + render::visible(told.trouble), Ink::warning).line();
    std::map<std::string, size_t> kinds;
    for (const Group& group : told.groups) kinds[ledger::kind_name(group.kind)] += group.held.size();
    std::string sum;
    for (const auto& [kind, count] : kinds) sum += (sum.empty() ? "" : ", ") + render::counted(count, kind);
    painter.put("  " + (sum.empty() ? "holds nothing that is known" : sum)).line();
    if (!detailed) continue;
    for (const Group& group : told.groups) {
      painter.put("    " + render::counted(group.held.size(), ledger::kind_name(group.kind)), Ink::strong);
      painter.put((group.inherited ? " inherited" : "") + render::at(group.stack, look.cwd));
      if (group.deleted) painter.put(", " + render::size(group.deleted) + " of deleted files", Ink::warning);
      painter.line();
      for (size_t i = 0; i < group.held.size() && (look.all || i < shown); ++i)
        painter.put("      " + item(*group.held[i], moment), Ink::dim).line();
      if (!look.all && group.held.size() > shown)
        painter.put("      and " + std::to_string(group.held.size() - shown) + " more", Ink::dim).line();
    }
  }
  if (all.empty()) painter.put("no watched process runs", Ink::dim).line();
}

void json(const std::vector<Told>& all, render::JsonWriter& writer) {
  const int64_t moment = now();
  writer.key("processes").begin_array();
  for (const Told& told : all) {
    writer.begin_object();
    writer.member("pid", told.pid);
    writer.member("command", told.command);
    writer.member("watched", told.watched);
    writer.member_or_null("run", told.run);
    writer.member_or_null("trouble", told.trouble);
    render::seconds(writer, "age_seconds", run::age_of(told.start));
    writer.key("groups").begin_array();
    for (const Group& group : told.groups) {
      writer.begin_object();
      writer.member("kind", ledger::kind_name(group.kind));
      writer.member("count", static_cast<uint64_t>(group.held.size()));
      writer.member("inherited", group.inherited);
      writer.member("deleted_bytes", group.deleted);
      render::frames(writer, "site", group.stack);
      writer.key("resources").begin_array();
      for (const Resource* one : group.held) {
        writer.begin_object(render::JsonWriter::Layout::flat);
        writer.member("id", one->number);
        writer.member("detail", one->detail);
        render::seconds(writer, "age_seconds",
                        one->born ? static_cast<double>(std::max<int64_t>(0, moment - one->born)) / 1e9 : -1);
        writer.member("thread", one->thread);
        writer.member("deleted_bytes", one->bytes);
        writer.end();
      }
      writer.end();
      writer.end();
    }
    writer.end();
    writer.end();
  }
  writer.end();
}

bool wanted(const system::Seen& seen, const std::string& name) {
  const std::string command = system::command_of(seen.pid), program = command.substr(0, command.find(' '));
  const Slice pattern(name.data(), name.size());
  for (const std::string& text : {seen.name, program.substr(program.rfind('/') + 1), program})
    if (glob_match(pattern, {text.data(), text.size()})) return true;
  return false;
}

}  // namespace

std::function<int()> ps_command(Arguments& arguments) {
  struct Asked {
    std::string who;
    bool all = false;
    Listing listing;
  };
  auto asked = std::make_shared<Asked>();
  arguments.place("PID|NAME", asked->who,
                  "a process, or all of that name (* and ?), watched or not; none: all watched ones");
  arguments.flag("--all,-v", asked->all, "every resource");
  takes_listing(arguments, &asked->listing);
  return [asked] {
    std::vector<std::string> stores;
    if (!open_stores(asked->listing, "ps", &stores)) return exit_unreadable;
    const bool by_pid = !asked->who.empty() && asked->who.find_first_not_of("0123456789") == std::string::npos;
    std::multimap<std::pair<int, uint64_t>, std::pair<std::string, std::string>> ledgers;
    for (const report::RunFolder& folder : report::list_runs(stores))
      for (const std::string& path : report::ledgers_of(folder.path)) {
        int pid = 0;
        unsigned image = 0;
        unsigned long long start = 0;
        if (std::sscanf(path.c_str() + path.rfind('/') + 1, "%d.%u.%llu.ledger", &pid, &image, &start) == 3)
          ledgers.insert({{pid, start}, {path, folder.path}});
      }
    symbols::DwarfSymbols symbols(/*network=*/false);
    std::vector<Told> all;
    for (const system::Seen& seen : system::look_at_all()) {
      if (seen.state == 'Z' ||
          (by_pid ? std::to_string(seen.pid) != asked->who : !asked->who.empty() && !wanted(seen, asked->who)))
        continue;
      if (seen.pid == getpid()) continue;
      Told told;
      told.pid = seen.pid;
      told.start = seen.start;
      const report::Mapped ledger = ledger_of(seen, ledgers, &told.run);
      if (ledger.path.empty() && asked->who.empty()) continue;
      told.command = system::command_of(seen.pid);
      if (told.command.empty()) told.command = '[' + seen.name + ']';
      all.push_back(std::move(told));
      if (ledger.path.empty())
        read_unwatched(seen.pid, &all.back());
      else if (!ledger.own)
        read_inheriting(ledger, seen.pid, &all.back(), symbols);
      else
        read_watched(ledger.path, ledger.links, &all.back(), symbols);
    }
    if (all.empty() && !asked->who.empty()) {
      complain("ps: " + asked->who + ": no such process");
      return 1;
    }
    const bool detailed = !asked->who.empty() || asked->all;
    return show_listing(
        asked->listing,
        [&](const render::Look& look, std::ostream& out) {
          render::Look with = look;
          with.all = asked->all;
          text(all, detailed, with, out);
        },
        [&](render::JsonWriter& writer) { json(all, writer); });
  };
}

}  // namespace lifeguard::tools
