// A convolution of which each filter sees only some of the input channels: what
// Convolution{.connections = ...} becomes (layers/convolution_layer.h).
//
// The weights that do not exist are not there: they have no place among the parameters, and so
// neither in a model file nor in an optimizer. The connected ones lie one after the other, filter
// by filter:
//
//   weights   connections x 1 x FH x FW, for each filter in turn one FH x FW slice for each of its
//             input channels
//
// For each pass they are copied into the weights of a dense convolution, zero elsewhere, and its
// gradient is copied back. This costs the multiplications with those zeros, some third of LeNet's
// C3; in return every kernel for convolutions serves these as well.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ocellus/layers/layer.h"

namespace ocellus {

// For each filter, the input channels that it sees.
using Connections = std::vector<std::vector<int64_t>>;

// `dense` is a convolution layer without groups that has as many filters as there are lists.
std::unique_ptr<Layer> MakePartialConvolution(std::unique_ptr<Layer> dense,
                                              const Connections& connections);

}  // namespace ocellus
