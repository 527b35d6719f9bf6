// The JSON type of the project: keys keep their order, so that files read as they were written.
#pragma once

#include <nlohmann/json.hpp>

namespace ocellus {

using Json = nlohmann::ordered_json;

}  // namespace ocellus
