// The book's DeepConvNet.
#include "ocellus/nets/deep_conv_net.h"

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/dropout_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"

namespace ocellus {

Network MakeDeepConvNet(int64_t classes) {
  constexpr Dropout kBookDropout{.ratio = 0.5, .scaling = DropoutScaling::kPrediction};
  Network network({1, 28, 28});
  network.Add(Convolution{.filters = 16, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Convolution{.filters = 16, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Convolution{.filters = 32, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Convolution{.filters = 32, .kernel_size = 3, .padding = 2})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Convolution{.filters = 64, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Convolution{.filters = 64, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 50})
      .Add(Relu{})
      .Add(kBookDropout)
      .Add(Affine{.units = classes})
      .Add(kBookDropout);
  return network;
}

}  // namespace ocellus
