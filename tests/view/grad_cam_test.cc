// Grad-CAM against a case that is worked out by hand, and against differences.
#include "ocellus/view/grad_cam.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/view/feature_maps.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

TEST(GradCam, IsTheWeightedSumOfMapsWorkedOutByHand) {
  // Two 1 x 1 filters give the maps A_0 = x and A_1 = 2x + 1.
  Network net({1, 2, 2});
  net.Add(Convolution{.filters = 2, .kernel_size = 1}).Add(Affine{.units = 2});
  net.SetParameter(0, TensorOf<float>({2, 1, 1, 1}, {1, 2}));
  net.SetParameter(1, TensorOf<float>({2}, {0, 1}));
  // Weights (in, out): A_0 at four places, then A_1.
  net.SetParameter(2, TensorOf<float>({8, 2}, {1, -1, 2, -1, 3, -1, 2, -1,  //
                                               -1, 0, 0, 0, -1, 0, 0, 0}));
  net.SetParameter(3, TensorOf<float>({2}, {5, 5}));
  const Tensor<float> input = TensorOf<float>({1, 1, 2, 2}, {1, 2, 0, -3});
  // Class 0: alpha = (2, -0.5), so 2 x - 0.5 (2 x + 1) = x - 0.5.
  const Tensor<float> map = GradCam(net, input, 0, 0);
  EXPECT_TRUE(SameBits(map.view(), TensorOf<float>({2, 2}, {0.5, 1.5, 0, 0}).view()));
  // Class 1: alpha = (-1, 0): only -x counts.
  EXPECT_TRUE(
      SameBits(GradCam(net, input, 0, 1).view(), TensorOf<float>({2, 2}, {0, 0, 0, 3}).view()));
}

TEST(GradCam, SeesLayersBeforeAnyParameters) {
  Network net({1, 2, 2});
  net.Add(Relu{}).Add(Affine{.units = 1});
  net.SetParameter(0, TensorOf<float>({4, 1}, {1, 2, 3, 2}));  // alpha = 2
  const Tensor<float> map = GradCam(net, TensorOf<float>({1, 1, 2, 2}, {1, -2, 0, 3}), 0, 0);
  EXPECT_TRUE(SameBits(map.view(), TensorOf<float>({2, 2}, {2, 0, 0, 6}).view()));
}

TEST(GradCam, WeighsByTheMeanGradient) {
  Network net({2, 6, 7});
  net.Add(Convolution{.filters = 3, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(MaxPooling{.window = {2, 1}})
      .Add(Convolution{.filters = 2, .kernel_size = 2})
      .Add(Relu{})
      .Add(Affine{.units = 4});
  net.Initialize(3);
  const Tensor<float> input = RandomTensor({1, 2, 6, 7}, 9);
  constexpr int kNode = 1;
  constexpr int64_t kClass = 2;
  // alpha_k A_k needs only the derivative of the score when the whole map k is shifted, which the
  // rest of the network alone tells: as a network of its own, in double, by differences.
  Network rest({3, 6, 7});
  rest.Add(MaxPooling{.window = {2, 1}})
      .Add(Convolution{.filters = 2, .kernel_size = 2})
      .Add(Relu{})
      .Add(Affine{.units = 4});
  for (int i = 0; i < 4; ++i) rest.SetParameter(i, net.parameter(i + 2));
  const BasicNetwork<double> exact = rest.ConvertTo<double>();
  const Tensor<float> maps = ComputeFeatures(net, input)[kNode + 1].values.Clone();
  Tensor<double> sum({6, 7}, 0.0);
  for (int64_t k = 0; k < 3; ++k) {
    constexpr double kStep = 1e-7;
    const auto score = [&](double shift) {
      Tensor<double> shifted = ConvertTo<double>(maps.view());
      for (double& value : shifted.view().Sample(k).span()) value += shift;
      return exact.Predict(shifted.view().Reshape({1, 3, 6, 7}))[kClass];
    };
    const double alpha = (score(kStep) - score(-kStep)) / (2 * kStep) / (6 * 7);
    for (int64_t i = 0; i < 42; ++i) sum[i] += alpha * maps.view().Sample(k)[i];
  }
  for (double& value : sum.span()) value = std::max(value, 0.0);
  ASSERT_GT(Largest(sum), 0.001) << "nothing was compared";
  EXPECT_TRUE(AllNear(GradCam(net, input, kNode, kClass).view(), sum.view(), 1e-5));
}

TEST(CamLayer, IsTheLastConvolutionWithWhatFollowsElementByElement) {
  Network net({1, 9, 9});
  net.Add(Convolution{.filters = 1, .kernel_size = 2})
      .Add(Relu{})
      .Add(Convolution{.filters = 1, .kernel_size = 3}, {.name = "last"})
      .Add(Relu{}, {.name = "end"})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 2})
      .Add(Relu{});
  EXPECT_EQ(net.name_of(CamLayer(net)), "end");
  Network bare({1, 4, 4});
  bare.Add(Affine{.units = 2});
  EXPECT_EQ(ErrorText([&] { CamLayer(bare); }), "the network has no convolution");
}

TEST(GradCam, RefusesWhatHasNoMap) {
  Network net({1, 4, 4});
  net.Add(Convolution{.filters = 1, .kernel_size = 3}).Add(Affine{.units = 2});
  net.Initialize(1);
  const Tensor<float> input({1, 1, 4, 4}, 0.0f);
  EXPECT_THAT(ErrorText([&] { GradCam(net, input, 1, 0); }),
              HasSubstr("affine1: expected a layer whose output is maps (C, H, W), found shape 2"));
  EXPECT_THAT(ErrorText([&] { GradCam(net, input, kNetworkInput, 0); }),
              HasSubstr("input: expected a layer"));
  EXPECT_EQ(ErrorText([&] { GradCam(net, input, 0, 2); }), "class: expected 0 to 1, found 2");
  Network maps({1, 4, 4});
  maps.Add(Convolution{.filters = 1, .kernel_size = 3});
  maps.Initialize(1);
  EXPECT_THAT(ErrorText([&] { GradCam(maps, input, 0, 0); }), HasSubstr("one row of scores"));
}

}  // namespace
}  // namespace ocellus
