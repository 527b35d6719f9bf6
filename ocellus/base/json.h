// The JSON type of the project: keys keep their order, so that files read as they were written.
#pragma once

#include <nlohmann/json.hpp>

#include "ocellus/base/json_fwd.h"  // IWYU pragma: export

namespace ocellus {

// Deepest nesting that is accepted in the description of a network, a model or a checkpoint; none
// of ours needs more. Copying and printing a value recurse, so depth is stack.
inline constexpr int kMaxJsonDepth = 64;

}  // namespace ocellus
