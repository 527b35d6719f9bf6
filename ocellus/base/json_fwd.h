// Declares the JSON type, for headers that only name it: GCC 12 reads this in 0.6 s and
// ocellus/base/json.h, which has it whole, in 2.2 s.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace ocellus {

using Json = nlohmann::ordered_json;

}  // namespace ocellus
