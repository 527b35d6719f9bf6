// AlexNet and its small sister.
#include "ocellus/nets/alexnet.h"

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/dropout_layer.h"
#include "ocellus/layers/local_response_norm_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"

namespace ocellus {
namespace {

// Windows that overlap by one pixel: "slightly more difficult to overfit" (section 3.4).
constexpr MaxPooling kOverlappingPooling{.window = 3, .stride = 2};
constexpr Dropout kDropout{.ratio = 0.5, .scaling = DropoutScaling::kPrediction};

}  // namespace

Network MakeAlexnet(int64_t classes) {
  const Initializer init = Normal(0.01);
  const Initializer zero = Constant(0);
  // "This accelerates the early stages of learning by providing the ReLUs with positive inputs."
  const Initializer one = Constant(1);
  Network network({3, 227, 227});
  network
      .Add(Convolution{
          .filters = 96, .kernel_size = 11, .stride = 4, .weight_init = init, .bias_init = zero})
      .Add(Relu{})
      .Add(LocalResponseNorm{})
      .Add(kOverlappingPooling)
      .Add(Convolution{.filters = 256,
                       .kernel_size = 5,
                       .padding = 2,
                       .groups = 2,
                       .weight_init = init,
                       .bias_init = one})
      .Add(Relu{})
      .Add(LocalResponseNorm{})
      .Add(kOverlappingPooling)
      .Add(Convolution{
          .filters = 384, .kernel_size = 3, .padding = 1, .weight_init = init, .bias_init = zero})
      .Add(Relu{})
      .Add(Convolution{.filters = 384,
                       .kernel_size = 3,
                       .padding = 1,
                       .groups = 2,
                       .weight_init = init,
                       .bias_init = one})
      .Add(Relu{})
      .Add(Convolution{.filters = 256,
                       .kernel_size = 3,
                       .padding = 1,
                       .groups = 2,
                       .weight_init = init,
                       .bias_init = one})
      .Add(Relu{})
      .Add(kOverlappingPooling)
      .Add(Affine{.units = 4096, .weight_init = init, .bias_init = one}, {.name = "fc6"})
      .Add(Relu{})
      .Add(kDropout)
      .Add(Affine{.units = 4096, .weight_init = init, .bias_init = one}, {.name = "fc7"})
      .Add(Relu{})
      .Add(kDropout)
      .Add(Affine{.units = classes, .weight_init = init, .bias_init = zero}, {.name = "fc8"});
  return network;
}

Preprocessing AlexnetPreprocessing() { return {.scale = 1, .mean = {128, 128, 128}, .std = {}}; }

Network MakeAlexnetSmall(int64_t classes) {
  Network network({3, 32, 32});
  network.Add(Convolution{.filters = 32, .kernel_size = 6, .padding = 2})
      .Add(Relu{})
      .Add(LocalResponseNorm{})
      .Add(kOverlappingPooling)
      .Add(Convolution{.filters = 64, .kernel_size = 5, .padding = 2, .groups = 2})
      .Add(Relu{})
      .Add(LocalResponseNorm{})
      .Add(kOverlappingPooling)
      .Add(Convolution{.filters = 96, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Convolution{.filters = 96, .kernel_size = 3, .padding = 1, .groups = 2})
      .Add(Relu{})
      .Add(Convolution{.filters = 64, .kernel_size = 3, .padding = 1, .groups = 2})
      .Add(Relu{})
      .Add(kOverlappingPooling)
      .Add(Affine{.units = 256}, {.name = "fc6"})
      .Add(Relu{})
      .Add(kDropout)
      .Add(Affine{.units = 256}, {.name = "fc7"})
      .Add(Relu{})
      .Add(kDropout)
      .Add(Affine{.units = classes}, {.name = "fc8"});
  return network;
}

}  // namespace ocellus
