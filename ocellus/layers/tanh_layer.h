// Tanh, for an input of any shape.
//
//   network.Add(Tanh{});
//
//   output  = tanh(input)
//   d_input = d_output * (1 - output^2)
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct Tanh {};

std::unique_ptr<Layer> MakeLayer(const Tanh& options);

}  // namespace ocellus
