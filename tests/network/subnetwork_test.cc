// The part of a network up to a layer, and the observers of both passes.
#include "ocellus/network/subnetwork.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/workspace.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/finite_difference.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

// input -> conv1 -> relu1 -> conv2 -> sum(conv2, side) -> affine1, and input -> side.
Network BranchedNet() {
  Network net({2, 5, 6});
  net.Add(Convolution{.filters = 3, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Convolution{.filters = 4, .kernel_size = {1, 3}, .padding = {0, 1}}, {.name = "conv2"})
      .Add(Convolution{.filters = 4, .kernel_size = 1}, {.name = "side", .inputs = {"input"}})
      .Add(std::make_unique<SumLayer>(), {.name = "sum", .inputs = {"conv2", "side"}})
      .Add(Affine{.units = 3});
  net.Initialize(4);
  return net;
}

TEST(NetworkUpTo, ComputesWhatTheLayerComputes) {
  const Network net = BranchedNet();
  const Tensor<float> input = RandomTensor({3, 2, 5, 6}, 1);
  std::map<int, Tensor<float>> outputs;
  Workspace<float> workspace(net, {.max_batch = 3, .fusion = false});
  net.Forward(input, workspace, [&](int node, TensorView<const float> output) {
    outputs[node] = ConvertTo<float>(output);
  });
  ASSERT_EQ(outputs.size(), net.nodes().size());
  for (const auto& [node, output] : outputs) {
    const Network part = NetworkUpTo(net, node);
    EXPECT_EQ(part.output_shape(), net.shape_of(node));
    EXPECT_TRUE(SameBits(part.Predict(input).view(), output.view())) << net.name_of(node);
  }
}

TEST(NetworkUpTo, LeavesOutWhatIsNotNeeded) {
  const Network part = NetworkUpTo(BranchedNet(), 3);
  ASSERT_EQ(part.nodes().size(), 1u);
  EXPECT_EQ(part.nodes()[0].name, "side");
  Network empty({1, 4, 4});
  empty.Add(Convolution{.filters = 1, .kernel_size = 3});
  EXPECT_FALSE(NetworkUpTo(empty, 0).has_parameter_values());
  EXPECT_THAT(ErrorText([&] { NetworkUpTo(empty, kNetworkInput); }),
              testing::HasSubstr("expected a layer"));
}

TEST(BackwardObserver, SeesTheGradientOfEveryLayer) {
  const BasicNetwork<double> net = BranchedNet().ConvertTo<double>();
  const Tensor<double> input = RandomTensor<double>({1, 2, 5, 6}, 2);
  const Tensor<double> direction = RandomTensor<double>({1, 3}, 3);
  Workspace<double> workspace(
      net, {.max_batch = 1, .training = true, .input_gradient = true, .fusion = false});
  std::map<std::string, Tensor<double>> outputs;
  std::map<std::string, Tensor<double>> gradients;
  net.Forward(input, workspace, [&](int node, TensorView<const double> output) {
    outputs[net.name_of(node)] = ConvertTo<double>(output);
  });
  std::ranges::copy(direction.span(), workspace.d_output().data());
  net.Backward(workspace, [&](int node, TensorView<const double> d_output) {
    gradients[net.name_of(node)] = ConvertTo<double>(d_output);
  });
  ASSERT_EQ(gradients.size(), net.nodes().size());
  EXPECT_TRUE(AllNear(gradients["affine1"].view(), direction.view(), 0));
  // The affine layer alone: d_sum = d_affine1 * weights^T, and the sum hands it on to both.
  const TensorView<const double> weights = net.parameter(net.FindParameter("affine1.weights"));
  Tensor<double> d_sum({1, 4, 5, 6});
  for (int64_t i = 0; i < d_sum.elements(); ++i) {
    d_sum[i] = 0;
    for (int64_t j = 0; j < 3; ++j) d_sum[i] += direction[j] * weights.At(i, j);
  }
  for (const char* name : {"sum", "conv2", "side"}) {
    EXPECT_TRUE(AllNear(gradients[name].view(), d_sum.view(), 1e-12)) << name;
  }
  // Behind the ReLU the gradient is cut off where it was 0.
  for (int64_t i = 0; i < outputs["relu1"].elements(); ++i) {
    const double expected = outputs["relu1"][i] > 0 ? gradients["relu1"][i] : 0;
    EXPECT_EQ(gradients["conv1"][i], expected) << i;
  }
}

}  // namespace
}  // namespace ocellus
