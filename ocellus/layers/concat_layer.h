// Concat: the channels of several inputs one after the other, as at the end of an Inception block
// (Szegedy et al. 2015).
//
//   network.Add(Concat{}, {.name = "both", .inputs = {"conv1", "conv2"}});
//
// inputs  N x C1 x H x W, N x C2 x H x W, ...: the first axis of a sample may differ, the others
//         are the same; for rows of values, only the first axis is there
// output  N x (C1 + C2 + ...) x H x W
//
//   output[n]  = the samples n of all inputs, in order
//   d_inputs   = the parts of d_output that belong to them
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct Concat {};

std::unique_ptr<Layer> MakeLayer(const Concat& options);

}  // namespace ocellus
