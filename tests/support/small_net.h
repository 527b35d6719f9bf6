// A small network with one of each that a profile tells apart: products, pooling, activations.
// Shapes of one sample: input 2x7x9, conv1 4x6x8, pool1 4x3x4, affine1 5.
#pragma once

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/network.h"

namespace ocellus {

inline Network SmallNet() {
  Network net({2, 7, 9});
  net.Add(Convolution{.filters = 4, .kernel_size = 2})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 5})
      .Add(Relu{});
  net.Initialize(1);
  return net;
}

}  // namespace ocellus
