// Global average pooling: the mean of each map (Lin, Chen, Yan 2014). It takes images of any size;
// Affine or Flatten behind it sees C numbers.
//
//   network.Add(GlobalAveragePooling{}).Add(Flatten{});
//
// input    N x C x H x W
// output   N x C x 1 x 1
//
//   output[n, c]          = sum over iy, ix of input[n, c, iy, ix] / (H W)
//   d_input[n, c, iy, ix] = d_output[n, c] / (H W)
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct GlobalAveragePooling {};

std::unique_ptr<Layer> MakeLayer(const GlobalAveragePooling& options);

}  // namespace ocellus
