// A network's structure as JSON, with the names that C++ uses:
//
//   {
//     "input": [1, 28, 28],
//     "layers": [
//       {"type": "Convolution", "filters": 30, "kernel_size": 5},
//       {"type": "Relu"},
//       {"type": "MaxPooling", "window": 2},
//       {"type": "Affine", "units": 10}
//     ]
//   }
//
// Each layer may have a "name" and a list of "inputs" (names of layers before it, or "input").
#pragma once

#include <string_view>

#include "ocellus/base/json.h"
#include "ocellus/network/network.h"

namespace ocellus {

// Structure only: parameters travel in model files.
template <typename T>
Json NetworkToJson(const BasicNetwork<T>& network);

// Builds the network that the JSON value describes, without parameter values. Throws Error that
// names the layer: for a missing or unknown key, a value of the wrong kind, a shape that does not
// fit.
Network NetworkFromJson(const Json& json);

// The same from text. Throws Error with line and column if it is not JSON; `where` (a file name)
// begins every message.
Network ParseNetwork(std::string_view text, std::string_view where);

}  // namespace ocellus
