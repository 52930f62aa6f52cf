// lifeguard suppress: rules for what a run left, to be kept in a file and thinned out by hand; and those that come with
// lifeguard, with their reasons.
#include <iostream>

#include "src/judge/shipped.h"
#include "src/ledger/kinds.h"
#include "tools/command.h"
#include "tools/gating.h"

namespace lifeguard::tools {
namespace {

struct Asked {
  std::vector<std::string> runs;
  std::shared_ptr<Judging> judging;
  bool defaults = false;
};

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

void list_defaults() {
  std::cout << "# Known habits of healthy programs: such a finding is a note. check --no-defaults does without.\n"
            << "# class        program    kind       detail\n";
  for (const judge::ShippedRule& rule : judge::shipped_rules)
    std::cout << padded(rule.finding, 15) << padded(rule.program, 11)
              << padded(rule.kind == ledger::Kind::none ? "*" : ledger::kind_name(rule.kind), 11)
              << padded(*rule.detail ? rule.detail : "*", 20) << "# " << rule.reason
              << (*rule.made_in ? std::string(" (made in ") + rule.made_in + ')' : "") << '\n';
}

int work(Asked& asked) {
  if (asked.defaults) {
    list_defaults();
    return 0;
  }
  std::string error;
  if (!asked.judging->prepare(&error)) {
    complain("suppress: " + error);
    return exit_usage;
  }
  report::Report report;
  const int status = asked.judging->gather(asked.runs, &report);
  std::cout << judge::rules_for(report);
  return status;
}

}  // namespace

std::function<int()> suppress_command(Arguments& arguments) {
  auto asked = std::make_shared<Asked>();
  arguments.places("RUN", asked->runs, "whose errors and warnings get a rule each; nothing: the latest run");
  asked->judging = Judging::declare(arguments);
  arguments.flag("--defaults", asked->defaults, "list the rules that come with lifeguard, with their reasons");
  return [asked] { return work(*asked); };
}

}  // namespace lifeguard::tools
