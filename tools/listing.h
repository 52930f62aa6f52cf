// What ls, ps, port and cleanup have in common: --store, --format text|json, and how text is shown to people.
#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "src/render/json_parts.h"
#include "src/render/renderer.h"
#include "tools/command.h"

namespace lifeguard::tools {

struct Listing {
  std::string store, format = "text";
  bool no_pager = false;
};

void takes_listing(Arguments& arguments, Listing* listing);

// Calls the one that is asked for. Returns the exit status.
int show_listing(const Listing& listing, const std::function<void(const render::Look&, std::ostream&)>& text,
                 const std::function<void(render::JsonWriter&)>& json);

// The stores that are asked for, or those there are by default. False: that was complained of.
bool open_stores(const Listing& listing, const char* command, std::vector<std::string>* stores);

}  // namespace lifeguard::tools
