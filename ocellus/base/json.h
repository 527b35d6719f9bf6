// The JSON type of the project: keys keep their order, so that files read as they were written.
#pragma once

#include <nlohmann/json.hpp>

#include "ocellus/base/json_fwd.h"  // IWYU pragma: export
