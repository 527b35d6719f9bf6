// Add: the sum of several inputs of the same shape, as at the end of a residual block (He, Zhang,
// Ren, Sun 2016).
//
//   network.Add(Add{}, {.name = "sum", .inputs = {"conv2", "input"}});
//
//   output  = the sum of all inputs
//   d_input = d_output, for each of them
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct Add {};

std::unique_ptr<Layer> MakeLayer(const Add& options);

}  // namespace ocellus
