// The first layer that is no longer finite is named.
#include "ocellus/training/divergence.h"

#include <gtest/gtest.h>

#include <limits>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "tests/support/special_values.h"

namespace ocellus {
namespace {

Network TwoLayers() {
  Network net({3});
  net.Add(Affine{.units = 4, .weight_init = Constant(1)}).Add(Relu{}).Add(Affine{.units = 2});
  net.Initialize(1);
  return net;
}

TEST(ExplainDivergence, NamesTheFirstThatIsNotFinite) {
  Network net = TwoLayers();
  Tensor<float> input({2, 3}, 1.0f);
  EXPECT_EQ(ExplainDivergence(net, input), "all layers' outputs are finite, only the loss is not");

  net.parameter(3)[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(ExplainDivergence(net, input),
            "affine2 (Affine): its biases have 1 value that is not finite");
  net.parameter(0)[0] = kInfinity;
  net.parameter(0)[5] = -kInfinity;
  EXPECT_EQ(ExplainDivergence(net, input),
            "affine1 (Affine): its weights have 2 values that are not finite");

  input[4] = kInfinity;
  EXPECT_EQ(ExplainDivergence(net, input), "the input has 1 value that is not finite");
}

TEST(ExplainDivergence, NamesALayerWhoseOutputOverflows) {
  const Network net = TwoLayers();
  const Tensor<float> input({1, 3}, std::numeric_limits<float>::max());
  EXPECT_EQ(ExplainDivergence(net, input),
            "affine1 (Affine): its output has 4 values that are not finite, though its input and "
            "parameters are");
}

}  // namespace
}  // namespace ocellus
