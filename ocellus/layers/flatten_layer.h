// Flatten: the same numbers without axes, C x H x W elements in a row, in the order C, H, W.
//
//   network.Add(Flatten{});
//
// Affine flattens its input by itself; this layer is for networks that want the step to be seen.
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct Flatten {};

std::unique_ptr<Layer> MakeLayer(const Flatten& options);

}  // namespace ocellus
