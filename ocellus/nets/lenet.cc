// LeNet-5 of 1998 and of today.
#include "ocellus/nets/lenet.h"

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/layers/sigmoid_layer.h"
#include "ocellus/layers/subsampling_layer.h"

namespace ocellus {
namespace {

// The paper's table I: which maps of S2 each map of C3 sees. Six take three neighbours in turn, six
// take four, three take four with a gap, the last takes all.
const Connections kC3Connections = {
    {0, 1, 2},    {1, 2, 3},    {2, 3, 4},    {3, 4, 5},          {0, 4, 5},    {0, 1, 5},
    {0, 1, 2, 3}, {1, 2, 3, 4}, {2, 3, 4, 5}, {0, 3, 4, 5},       {0, 1, 4, 5}, {0, 1, 2, 5},
    {0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}, {0, 1, 2, 3, 4, 5},
};

}  // namespace

Network MakeLenet(int64_t classes) {
  // Deviations of about 2 / sqrt(fan_in). The slope of a sigmoid is at most 1/4: with half of that
  // (Xavier) the gradient dies out on its way through seven of them, and learning begins late.
  Network network({1, 28, 28});
  network
      .Add(Convolution{.filters = 6, .kernel_size = 5, .padding = 2, .weight_init = Normal(0.4)},
           {.name = "C1"})
      .Add(Sigmoid{})
      .Add(Subsampling{.window = 2}, {.name = "S2"})
      .Add(Sigmoid{})
      .Add(Convolution{.filters = 16,
                       .kernel_size = 5,
                       .connections = kC3Connections,
                       .weight_init = Normal(0.2)},
           {.name = "C3"})
      .Add(Sigmoid{})
      .Add(Subsampling{.window = 2}, {.name = "S4"})
      .Add(Sigmoid{})
      .Add(Convolution{.filters = 120, .kernel_size = 5, .weight_init = Normal(0.1)},
           {.name = "C5"})
      .Add(Sigmoid{})
      .Add(Affine{.units = 84, .weight_init = Normal(0.2)}, {.name = "F6"})
      .Add(Sigmoid{})
      .Add(Affine{.units = classes, .weight_init = Normal(0.2)}, {.name = "output"});
  return network;
}

Network MakeLenetModern(int64_t classes) {
  Network network({1, 28, 28});
  network.Add(Convolution{.filters = 6, .kernel_size = 5, .padding = 2}, {.name = "C1"})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2}, {.name = "S2"})
      .Add(Convolution{.filters = 16, .kernel_size = 5}, {.name = "C3"})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2}, {.name = "S4"})
      .Add(Convolution{.filters = 120, .kernel_size = 5}, {.name = "C5"})
      .Add(Relu{})
      .Add(Affine{.units = 84}, {.name = "F6"})
      .Add(Relu{})
      .Add(Affine{.units = classes}, {.name = "output"});
  return network;
}

}  // namespace ocellus
