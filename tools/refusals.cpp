#include "tools/refusals.h"

#include <cstdlib>
#include <set>

#include "src/judge/judge.h"
#include "src/render/escape.h"
#include "src/render/phrases.h"
#include "src/report/store.h"
#include "src/run/holders.h"
#include "src/system/ports.h"
#include "tools/command.h"

namespace lifeguard::tools {
namespace {

using system::Bound;

bool failed(const report::Process& process) {
  return process.end.how == report::End::How::signal || process.end.how == report::End::How::vanished ||
         (process.end.how == report::End::How::exit && process.end.status != 0);
}

// 0: it has none, as the address of a unix socket.
int port_of(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (address.starts_with("unix:") || colon == std::string::npos) return 0;
  return std::atoi(address.c_str() + colon + 1);
}

void tell_holders(int port, std::ostream& out) {
  std::vector<std::string> stores;
  std::string ignored;
  report::find_stores("", &stores, &ignored);
  bool held = false;
  for (const Bound& bound : system::list_ports(port).bound) {
    if (bound.elsewhere || bound.state == Bound::State::time_wait) continue;
    held = true;
    if (bound.holders.empty()) out << "      held by a process that may not be seen; root sees all\n";
    for (const system::Holder& holder : bound.holders) {
      const run::HolderStory story = run::tell_holder(bound, holder, stores);
      out << "      held by " << render::program(story.command, holder.pid) << ", user "
          << render::visible(story.user_name);
      if (story.age >= 0) out << ", for " << render::duration(static_cast<report::Time>(story.age * 1e9));
      if (story.orphan) out << (story.run_is_over ? ", orphan of a run that is over" : ", orphan");
      out << '\n';
    }
  }
  if (held)
    out << "      to free it: " << own_command() << " cleanup --port " << port << '\n';
  else
    out << "      nobody listens there now\n";
}

}  // namespace

bool tell_refusals(const report::Run& run, symbols::Source& symbols, const std::string& cwd, std::ostream& out) {
  std::set<std::string> said;
  for (const report::Process& process : run.processes)
    for (const report::Refusal& refusal : process.refusals) {
      if (!failed(process) || !said.insert(refusal.address).second || said.size() > 4) continue;
      out << "lifeguard: " << render::visible(process.exe.substr(process.exe.rfind('/') + 1)) << " (" << process.pid
          << ") " << render::ending(process) << "; " << render::visible(refusal.address) << " was in use"
          << render::at(judge::stack_of(process, refusal.site, symbols, process.own), cwd) << '\n';
      if (const int port = port_of(refusal.address)) tell_holders(port, out);
    }
  return !said.empty();
}

}  // namespace lifeguard::tools
