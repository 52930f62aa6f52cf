#include "tools/listing.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "src/render/terminal.h"
#include "src/report/store.h"

namespace lifeguard::tools {

void takes_listing(Arguments& arguments, Listing* listing) {
  arguments.text("--store", "DIR", listing->store, "where runs are kept (default: everywhere they are by default)");
  arguments.choice("--format", "F", listing->format, {"text", "json"}, "text or json");
  arguments.flag("--no-pager", listing->no_pager, "never page, also on a terminal");
}

int show_listing(const Listing& listing, const std::function<void(const render::Look&, std::ostream&)>& text,
                 const std::function<void(render::JsonWriter&)>& json) {
  if (listing.format == "json") {
    render::document(std::cout, json);
    return 0;
  }
  render::Look look = render::look_at(STDOUT_FILENO);
  std::error_code ignored;
  look.cwd = std::filesystem::current_path(ignored).string();
  std::ostringstream out;
  text(look, out);
  if (render::show(out.str(), !listing.no_pager)) return 0;
  complain(std::string("cannot write to standard output: ") + std::strerror(errno));
  return 1;
}

bool open_stores(const Listing& listing, const char* command, std::vector<std::string>* stores) {
  std::string error;
  if (report::find_stores(listing.store, stores, &error)) return true;
  complain(std::string(command) + ": " + error);
  return false;
}

}  // namespace lifeguard::tools
