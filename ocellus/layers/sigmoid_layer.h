// Sigmoid, also called the logistic function, for an input of any shape.
//
//   network.Add(Sigmoid{});
//
//   output  = 1 / (1 + exp(-input))
//   d_input = d_output * output * (1 - output)
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct Sigmoid {};

std::unique_ptr<Layer> MakeLayer(const Sigmoid& options);

}  // namespace ocellus
