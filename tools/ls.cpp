// lifeguard ls: the runs that are kept, newest first: when, what, how they ended, what they left, what still lives.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <iostream>

#include "src/ledger/reader.h"
#include "src/render/escape.h"
#include "src/render/json_parts.h"
#include "src/render/painter.h"
#include "src/render/phrases.h"
#include "src/report/store.h"
#include "src/report/time_text.h"
#include "src/run/catalogue.h"
#include "src/run/place.h"
#include "tools/command.h"
#include "tools/listing.h"

namespace lifeguard::tools {
namespace {

using render::Ink;
using run::Entry;

struct Asked {
  Listing listing;
  bool stale = false, prune = false, dry = false;
  double older = 0;
  uint64_t count = UINT64_MAX;
  std::string size;
};

std::string when(int64_t time) {
  if (!time) return "?";
  const time_t seconds = time / 1'000'000'000;
  tm local = {};
  localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

std::string labels(const Entry& entry) {
  std::string text;
  for (const auto& [name, value] : entry.labels) text += (text.empty() ? "" : ",") + name + '=' + value;
  return text;
}

std::string findings(const Entry& entry) {
  if (entry.errors < 0) return entry.kept ? "left something" : "?";
  if (!entry.errors && !entry.warnings) return "-";
  std::string text;
  if (entry.errors) text = render::counted(static_cast<uint64_t>(entry.errors), "error");
  if (entry.warnings)
    text += (text.empty() ? "" : ", ") + render::counted(static_cast<uint64_t>(entry.warnings), "warning");
  return text;
}

void text(const std::vector<Entry>& entries, bool stale, const render::Look& look, std::ostream& out) {
  render::Painter painter(out, look);
  for (const Entry& entry : entries) {
    const Ink ink = entry.errors > 0 ? Ink::error : entry.warnings > 0 ? Ink::warning : Ink::plain;
    painter.put(when(entry.began)).put("  ").put(render::visible(entry.name), Ink::strong);
    painter.put("  " + entry.ending()).put("  ").put(findings(entry), ink);
    if (!entry.living.empty())
      painter.put("  " + render::counted(entry.living.size(), "process") + (entry.over ? " of it still live" : ""),
                  entry.over ? Ink::error : Ink::good);
    if (const std::string all = labels(entry); !all.empty()) painter.put("  " + render::visible(all), Ink::dim);
    painter.line();
    painter.put("    " + render::visible(render::command_line(entry.command)), Ink::dim).line();
    if (entry.over)
      for (const run::Living& one : entry.living)
        painter.put("    still lives: " + render::program(one.command, one.pid), Ink::warning).line();
  }
  if (entries.empty()) painter.put(stale ? "nothing lives of a run that is over" : "no run is kept", Ink::dim).line();
}

void json(const std::vector<Entry>& entries, render::JsonWriter& writer) {
  writer.key("runs").begin_array();
  for (const Entry& entry : entries) {
    writer.begin_object();
    writer.member("id", entry.name);
    writer.member("folder", entry.folder);
    writer.key("command").begin_array(render::JsonWriter::Layout::flat);
    for (const std::string& word : entry.command) writer.value(word);
    writer.end();
    writer.member_or_null("started", report::rfc3339(entry.began));
    writer.member_or_null("ended", report::rfc3339(entry.ended));
    writer.key("labels").begin_object(render::JsonWriter::Layout::flat);
    for (const auto& [name, value] : entry.labels) writer.member(name, value);
    writer.end();
    writer.member("how", entry.how);
    writer.member("status", entry.status);
    writer.member("running", !entry.over);
    writer.key("errors");
    entry.errors < 0 ? writer.null() : writer.value(entry.errors);
    writer.key("warnings");
    entry.warnings < 0 ? writer.null() : writer.value(entry.warnings);
    writer.member("stale", entry.over && !entry.living.empty());
    writer.key("living").begin_array();
    for (const run::Living& one : entry.living) {
      writer.begin_object(render::JsonWriter::Layout::flat);
      writer.member("pid", one.pid);
      writer.member("command", one.command);
      writer.member("known_by", one.known_by);
      writer.end();
    }
    writer.end();
    writer.end();
  }
  writer.end();
}

bool bytes_of(const std::string& text, uint64_t* bytes) {
  char* end = nullptr;
  const unsigned long long number = std::strtoull(text.c_str(), &end, 10);
  const std::string unit = end;
  const uint64_t factor = unit.empty()                 ? 1
                          : unit == "k" || unit == "K" ? 1 << 10
                          : unit == "m" || unit == "M" ? 1 << 20
                          : unit == "g" || unit == "G" ? 1 << 30
                                                       : 0;
  *bytes = number * factor;
  return end != text.c_str() && factor && text[0] != '-';
}

int prune(const Asked& asked, const std::vector<std::string>& stores) {
  run::Limits limits;
  limits.runs = asked.count;
  if (!asked.size.empty() && !bytes_of(asked.size, &limits.bytes)) {
    complain("ls: --size takes bytes, like 64M, not '" + asked.size + "'");
    return exit_usage;
  }
  if (asked.older > 0) {
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    limits.before = now.tv_sec * 1'000'000'000 - static_cast<int64_t>(asked.older * 86400e9);
  }
  if (limits.runs == UINT64_MAX && limits.bytes == UINT64_MAX && asked.older <= 0) {
    complain("ls: --prune wants to know how far: --older DAYS, --count N or --size SIZE");
    return exit_usage;
  }
  size_t removed = 0;
  for (const std::string& store : stores)
    for (const std::string& folder : run::prune(store, limits, asked.dry)) {
      std::cout << (asked.dry ? "would remove " : "removed ") << render::visible(folder) << '\n';
      ++removed;
    }
  std::cout << (asked.dry ? "would remove " : "removed ") << render::counted(removed, "run") << '\n';
  return 0;
}

}  // namespace

std::function<int()> ls_command(Arguments& arguments) {
  auto asked = std::make_shared<Asked>();
  arguments.flag("--stale", asked->stale, "only runs that are over, and of which something still lives");
  arguments.flag("--prune", asked->prune, "remove ended runs, oldest first, until the rest is within these limits:");
  arguments.amount("--older", "DAYS", asked->older, Arguments::Least::zero,
                   "of --prune: that began more than so many days ago");
  arguments.count("--count", "N", asked->count, "of --prune: all but the newest N of a store");
  arguments.text("--size", "SIZE", asked->size, "of --prune: what a store may take, like 64M");
  arguments.flag("--dry-run", asked->dry, "of --prune: only say what would be removed");
  takes_listing(arguments, &asked->listing);
  return [asked] {
    std::vector<std::string> stores;
    if (!open_stores(asked->listing, "ls", &stores)) return exit_unreadable;
    if (asked->prune) return prune(*asked, stores);
    std::vector<std::string> troubles;
    std::vector<Entry> entries = run::catalogue(stores, &troubles);
    if (asked->stale) std::erase_if(entries, [](const Entry& entry) { return !entry.over || entry.living.empty(); });
    for (const std::string& trouble : troubles) complain(trouble);
    return show_listing(
        asked->listing, [&](const render::Look& look, std::ostream& out) { text(entries, asked->stale, look, out); },
        [&](render::JsonWriter& writer) { json(entries, writer); });
  };
}

}  // namespace lifeguard::tools
