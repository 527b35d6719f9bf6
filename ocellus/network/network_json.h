// A network's structure as JSON, with the names that C++ uses:
//
//   {
//     "input": [1, 28, 28],
//     "layers": [
//       {"type": "Convolution", "filters": 30, "kernel_size": 5},
//       {"type": "Relu"},
//       {"type": "MaxPooling", "window": 2},
//       {"type": "Affine", "units": 10}
//     ],
//     "preprocessing": {"scale": 1, "mean": [128]}
//   }
//
// Each layer may have a "name" and a list of "inputs" (names of layers before it, or "input"). A
// file may say which input the initial weights are made for ("preprocessing", as in a model file,
// but without "crop_from" it is the shorter side of an image: 0, for pictures that are stretched,
// must be said).
#pragma once

#include <optional>
#include <string_view>

#include "ocellus/base/json_fwd.h"
#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"

namespace ocellus {

// Structure only: parameters travel in model files.
template <typename T>
Json NetworkToJson(const BasicNetwork<T>& network);

// Builds the network that the JSON value describes ("input" and "layers", nothing else), without
// parameter values. Throws Error that names the layer: for a missing or unknown key, a value of the
// wrong kind, a shape that does not fit, an output that is not used.
Network NetworkFromJson(const Json& json);

// What a file says.
struct NetworkDescription {
  Network network;  // without parameter values
  std::optional<Preprocessing> preprocessing;
};

// From the text of a file. Throws Error as NetworkFromJson, and with line and column if it is not
// JSON, or if the preprocessing does not fit the input; `where` (a file name) begins every message.
NetworkDescription ParseNetwork(std::string_view text, std::string_view where);

}  // namespace ocellus
