// Declares the JSON type, for headers that only name it: ocellus/base/json.h has it whole, which
// takes the compiler as long as all the rest of most files.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace ocellus {

using Json = nlohmann::ordered_json;

}  // namespace ocellus
