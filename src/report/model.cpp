#include "src/report/model.h"

namespace lifeguard::report {

const char* end_name(End::How how) {
  switch (how) {
    case End::How::running:
      return "running";
    case End::How::exit:
      return "exit";
    case End::How::signal:
      return "signal";
    case End::How::exec:
      return "exec";
    case End::How::vanished:
      break;
  }
  return "vanished";
}

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::off:
      return "off";
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

bool severity_from(const std::string& name, Severity* severity) {
  for (Severity one : {Severity::off, Severity::note, Severity::warning, Severity::error})
    if (name == severity_name(one)) {
      *severity = one;
      return true;
    }
  return false;
}

bool Run::lives() const {
  for (const Process& process : processes)
    if (process.lives || process.end.how == End::How::running) return true;
  return false;
}

Totals Report::totals() const {
  Totals totals;
  for (const Finding& finding : findings) {
    if (!finding.counts())
      ++totals.suppressed;
    else if (finding.severity == Severity::error)
      ++totals.error;
    else if (finding.severity == Severity::warning)
      ++totals.warning;
    else if (finding.severity == Severity::note)
      ++totals.note;
  }
  return totals;
}

}  // namespace lifeguard::report
