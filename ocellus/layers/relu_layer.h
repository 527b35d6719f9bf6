// ReLU: output = max(input, 0), for an input of any shape.
//
//   network.Add(Relu{});
//
//   d_input = d_output where output > 0, else 0
//
// Behind a convolution or an affine layer it is applied while the result is still in registers.
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct Relu {};

std::unique_ptr<Layer> MakeLayer(const Relu& options);

}  // namespace ocellus
