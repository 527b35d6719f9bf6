// What layers compute, in the order of the data.
#include "ocellus/view/feature_maps.h"

#include <gtest/gtest.h>

#include "ocellus/base/error.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/subnetwork.h"
#include "tests/support/compare.h"

namespace ocellus {
namespace {

TEST(ComputeFeatures, SeesEveryLayerBeforeAndAfterItsActivation) {
  Network net({2, 6, 8});
  net.Add(Convolution{.filters = 3, .kernel_size = 3})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 4});
  net.Initialize(2);
  const Tensor<float> input = RandomTensor({1, 2, 6, 8}, 5);
  const std::vector<LayerOutput> outputs = ComputeFeatures(net, input);
  const std::vector<std::string> names = {"input", "conv1", "relu1", "pool1", "affine1"};
  ASSERT_EQ(outputs.size(), names.size());
  EXPECT_TRUE(SameBits(outputs[0].values.view(), input.view().Sample(0)));
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(outputs[i].name, names[i]);
  for (int node = 0; node < 4; ++node) {
    const LayerOutput& output = outputs[static_cast<size_t>(node) + 1];
    EXPECT_EQ(output.type, net.nodes()[static_cast<size_t>(node)].layer->type());
    EXPECT_TRUE(
        SameBits(output.values.view(), NetworkUpTo(net, node).Predict(input).view().Sample(0)))
        << output.name;
  }
  EXPECT_LT(*std::ranges::min_element(outputs[1].values.span()), 0);
  EXPECT_GE(*std::ranges::min_element(outputs[2].values.span()), 0);
  EXPECT_THROW(ComputeFeatures(net, RandomTensor({1, 2, 8, 6}, 5)), Error);
}

}  // namespace
}  // namespace ocellus
