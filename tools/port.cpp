// lifeguard port: who holds the addresses that are bound on this machine.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "src/render/escape.h"
#include "src/render/json_parts.h"
#include "src/render/painter.h"
#include "src/render/phrases.h"
#include "src/render/terminal.h"
#include "src/report/store.h"
#include "src/run/holders.h"
#include "tools/command.h"
#include "tools/listing.h"

namespace lifeguard::tools {
namespace {

using render::Ink;
using run::HolderStory;
using system::Bound;

struct Told {
  Bound bound;
  std::vector<HolderStory> holders;
};

const char* state_name(Bound::State state) {
  constexpr const char* names[] = {"listening", "bound", "TIME_WAIT"};
  return names[static_cast<size_t>(state)];
}

std::string age(const HolderStory& one) {
  return one.age < 0 ? "" : ", for " + render::duration(static_cast<report::Time>(one.age * 1e9));
}

std::string parentage(const HolderStory& one) {
  if (one.orphan) return one.run_is_over ? ", orphan: the run it belongs to is over" : ", orphan: its parent has ended";
  return one.parent_command.empty() ? "" : ", child of " + render::program(one.parent_command, one.parent, 40);
}

void tell_stack(const std::string& what, const report::Stack& stack, const render::Look& look,
                render::Painter& painter) {
  const std::string at = render::at(stack, look.cwd);
  if (at.empty()) return;
  painter.put("    " + what + at).line();
  for (const report::Frame& frame : stack)
    painter.put("      " + render::place(frame, look.cwd) + "  " + render::function(frame), Ink::dim).line();
}

void text(const std::vector<Told>& all, bool all_seen, int port, const render::Look& look, std::ostream& out) {
  render::Painter painter(out, look);
  size_t waiting = 0;
  for (const Told& told : all) {
    const Bound& bound = told.bound;
    if (bound.state == Bound::State::time_wait) {
      ++waiting;
      continue;
    }
    painter.put(render::visible(bound.address), Ink::strong)
        .put(std::string("  ") + kind_name(bound.kind) + ", " + state_name(bound.state));
    if (bound.elsewhere)
      painter.put(", in another network namespace (" + std::to_string(bound.network) + ")", Ink::warning);
    painter.line();
    if (told.holders.empty())
      painter
          .put("  held by a process that may not be seen" +
                   (bound.kind == Bound::Kind::unix_stream ? std::string()
                                                           : " (user " + run::user_name(bound.user) + ')') +
                   (all_seen ? ", or by the kernel" : "; root sees all"),
               Ink::dim)
          .line();
    for (const HolderStory& one : told.holders) {
      painter.put("  " + render::program(one.command, one.holder.pid), Ink::strong)
          .put(", fd " + std::to_string(one.holder.number) + ", user " + render::visible(one.user_name) + age(one) +
               (one.inherited ? ", inherited" : ""));
      painter.put(parentage(one), one.orphan ? Ink::warning : Ink::plain).line();
      if (!one.run.empty()) painter.put("    run " + render::visible(one.run), Ink::dim).line();
      tell_stack("bound", one.bound, look, painter);
      // Often one function does both.
      if (render::at(one.opened, look.cwd) != render::at(one.bound, look.cwd))
        tell_stack("opened", one.opened, look, painter);
    }
  }
  if (waiting)
    painter
        .put(render::counted(waiting, "connection") + " in TIME_WAIT" +
             (port ? " on port " + std::to_string(port) : "") +
             ": held by nobody, gone within a minute, and no hindrance to a server that sets SO_REUSEADDR")
        .line();
  if (port && all.size() == waiting) painter.put("port " + std::to_string(port) + ": nobody listens on it").line();
}

void json(const std::vector<Told>& all, bool all_seen, render::JsonWriter& writer) {
  writer.member("all_processes_seen", all_seen);
  writer.key("ports").begin_array();
  for (const Told& told : all) {
    const Bound& bound = told.bound;
    writer.begin_object();
    writer.member("address", bound.address);
    writer.member("port", bound.port);
    writer.member("protocol", kind_name(bound.kind));
    writer.member("state", state_name(bound.state));
    writer.member("network_namespace", bound.network);
    writer.member("elsewhere", bound.elsewhere);
    writer.member("holder_known", !told.holders.empty());
    writer.key("holders").begin_array();
    for (const HolderStory& one : told.holders) {
      writer.begin_object();
      writer.member("pid", one.holder.pid);
      writer.member("fd", one.holder.number);
      writer.member("command", one.command);
      writer.member("user", one.user_name);
      render::seconds(writer, "age_seconds", one.age);
      writer.member("parent", one.parent);
      writer.member("orphan", one.orphan);
      writer.member("inherited", one.inherited);
      writer.member_or_null("run", one.run);
      writer.member("run_is_over", one.run_is_over);
      render::frames(writer, "bound", one.bound);
      render::frames(writer, "opened", one.opened);
      writer.end();
    }
    writer.end();
    writer.end();
  }
  writer.end();
}

}  // namespace

std::function<int()> port_command(Arguments& arguments) {
  struct Asked {
    int port = 0;
    Listing listing;
  };
  auto asked = std::make_shared<Asked>();
  arguments.place("N", asked->port, Arguments::ports, "the port; none: every listening TCP, UDP and unix address");
  takes_listing(arguments, &asked->listing);
  return [asked] {
    std::vector<std::string> stores;
    if (!open_stores(asked->listing, "port", &stores)) return exit_unreadable;
    const system::Ports ports = system::list_ports(asked->port);
    std::vector<Told> all;
    for (const Bound& bound : ports.bound) {
      Told told{bound, {}};
      for (const system::Holder& holder : bound.holders)
        told.holders.push_back(run::tell_holder(bound, holder, stores));
      all.push_back(std::move(told));
    }
    return show_listing(
        asked->listing,
        [&](const render::Look& look, std::ostream& out) { text(all, ports.all_seen, asked->port, look, out); },
        [&](render::JsonWriter& writer) { json(all, ports.all_seen, writer); });
  };
}

}  // namespace lifeguard::tools
