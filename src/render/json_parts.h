// Parts that more than one JSON document has.
#pragma once

#include <functional>
#include <ostream>
#include <string_view>

#include "src/render/json_writer.h"
#include "src/report/model.h"

namespace lifeguard::render {

// One object, and a line's end.
void document(std::ostream& out, const std::function<void(JsonWriter&)>& members);
// A member with a stack's frames, innermost first.
void frames(JsonWriter& json, std::string_view key, const report::Stack& stack);
// Whole seconds; null where it is negative, that is: not known.
void seconds(JsonWriter& json, std::string_view key, double value);

}  // namespace lifeguard::render
