// What a report is written to: one format to the terminal, others to files. Names and files are looked at before any
// work is done, so that a mistake is said first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/render/renderer.h"
#include "src/report/model.h"
#include "tools/arguments.h"

namespace lifeguard::tools {

class Outputs {
 public:
  // Declares --format, --out, --all and --no-pager.
  static std::shared_ptr<Outputs> declare(Arguments& arguments, const std::string& format_help);

  // In a CI system that is known by its environment, and where nothing was asked for, the format that fits it.
  void choose_for_ci();
  // False: error says what is wrong. Files are there, and writable, afterwards.
  bool prepare(std::string* error);
  // Writes the files, then the terminal's format: to standard output, or to standard error where that is wanted for
  // people, who are not told where it is not worth reading and no format was asked for. False: said why.
  enum class People { standard_output, standard_error };
  bool write(const report::Report& report, report::Severity fail_on, People people, bool worth_reading = true);

  // Whether it writes anything at all of what is not worth reading.
  bool tells_always() const { return !outputs_.empty() || !for_people() || !format_.empty() || all_; }

 private:
  struct Output {
    const render::Renderer* renderer;
    std::string file;
    bool append = false;
    bool said = false;  // where it went is told, since nobody asked for it
  };
  bool write_file(const Output& output, const report::Report& report, const render::Look& look);

  bool for_people() const;

  std::string format_;
  std::vector<std::string> outs_;
  std::vector<Output> chosen_, outputs_;
  const render::Renderer* renderer_ = nullptr;
  bool all_ = false, no_pager_ = false;
};

}  // namespace lifeguard::tools
