// The weight gradient by winners against what the reference makes of the whole gradient image.
#include "ocellus/kernels/winners_gradient.h"

#include <gtest/gtest.h>

#include <vector>

#include "ocellus/reference/convolution_reference.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

// Filter rows around what is in registers at a time (6) and in a vector (8); every parameter of a
// window; batches around the number of pieces (24).
std::vector<ConvolutionCase> Cases() {
  constexpr Rounding kFloor = Rounding::kFloor;
  return {
      {"OneElement", 1, 1, 1, 1, {1, 1}, {.size = 1}},
      {"SimpleConvNet", 3, 1, 30, 1, {28, 28}, {.size = 5}},
      {"LeNetC1", 2, 1, 6, 1, {28, 28}, {.size = 5, .padding = 2}},
      {"SeveralChannels", 2, 5, 7, 1, {9, 8}, {.size = {3, 2}, .padding = {2, 1}}},
      {"EightColumns", 2, 1, 3, 1, {11, 13}, {.size = {7, 8}}},
      {"Strides", 2, 2, 3, 1, {12, 15}, {.size = {4, 3}, .stride = {2, 3}, .rounding = kFloor}},
      {"DilatedRows", 2, 2, 3, 1, {11, 8}, {.size = {3, 2}, .dilation = {2, 1}}},
      {"AsManySamplesAsPieces", 24, 1, 2, 1, {4, 5}, {.size = 3}},
      {"MoreSamplesThanPieces", 25, 1, 2, 1, {4, 5}, {.size = 3}},
      {"ManySamples", 100, 2, 2, 1, {3, 4}, {.size = 2}},
  };
}

class WinnersGradientTest : public testing::TestWithParam<ConvolutionCase> {
 protected:
  ConvolutionGeometry g_ = GetParam().geometry();
  int64_t batch_ = GetParam().batch;
};

TEST_P(WinnersGradientTest, AddsWhatTheReferenceMakesOfTheWholeImage) {
  // Any elements of a map may have won, the same one several times: windows may overlap.
  const int64_t pooled = g_.output.area() / 3 + 1;
  const Tensor<float> input = RandomTensor(InputShape(g_, batch_), 1);
  const Tensor<float> d_pooled = RandomTensor({batch_, g_.out_channels, pooled, 1}, 2);
  const Tensor<float> before = RandomTensor(WeightShape(g_), 3);
  std::vector<int32_t> winners(static_cast<size_t>(d_pooled.elements()));
  Tensor<double> d_output(OutputShape(g_, batch_));
  d_output.view().Fill(0);
  for (int64_t i = 0; i < d_pooled.elements(); ++i) {
    const int64_t winner = (i * 7 + i / pooled) % g_.output.area();
    winners[static_cast<size_t>(i)] = static_cast<int32_t>(winner);
    d_output.data()[i / pooled * g_.output.area() + winner] += d_pooled[i];
  }
  Tensor<double> expected = ConvertTo<double>(before.view());
  reference::AccumulateConvolutionWeightGradient(g_, ConvertTo<double>(input.view()), d_output,
                                                 expected, TensorView<double>());
  const GuardedTensor guarded_input(input);
  RunEverywhere([&](int threads) { return WinnersWeightGradientScratchBytes(g_, batch_, threads); },
                [&](const KernelContext& context) {
                  GuardedTensor d_weights(before);
                  AccumulateWinnersWeightGradient(g_, guarded_input.view(), d_pooled, winners,
                                                  d_weights.view(), context);
                  return d_weights;
                },
                [&](TensorView<const float> d_weights) {
                  return AllNear(d_weights, expected, SumBound<float>(batch_ * pooled + 1, 1));
                });
}

TEST_P(WinnersGradientTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  int64_t bytes = 0;
  for (int64_t batch = 1; batch <= 60; ++batch) {
    EXPECT_GE(WinnersWeightGradientScratchBytes(g_, batch, 3), bytes) << batch;
    bytes = WinnersWeightGradientScratchBytes(g_, batch, 3);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, WinnersGradientTest, testing::ValuesIn(Cases()),
                         ConvolutionCaseName);

TEST(WinnersGradient, IsForOneGroupAndNarrowWindows) {
  const auto can = [](int64_t groups, Window window) {
    return CanSumOverWinners(MakeConvolutionGeometry(4, {20, 20}, 6, groups, window, "test"));
  };
  EXPECT_TRUE(can(1, {.size = {11, 8}, .padding = 2, .dilation = {2, 1}}));
  EXPECT_FALSE(can(1, {.size = {1, 9}}));
  EXPECT_FALSE(can(1, {.size = 3, .dilation = {1, 2}}));
  EXPECT_FALSE(can(2, {.size = 3}));
  const ConvolutionGeometry conv1 = MakeConvolutionGeometry(1, 28, 30, 1, {.size = 5}, "test");
  EXPECT_TRUE(IsSumOverWinnersFaster(conv1, 144));   // windows of 2 x 2
  EXPECT_FALSE(IsSumOverWinnersFaster(conv1, 484));  // of 3 x 3 in steps of 1
  EXPECT_FALSE(CanSumOverWinners(
      MakeConvolutionGeometry(64, 8, 64, 1, {.size = 3, .padding = 1}, "test")));  // many weights
}

}  // namespace
}  // namespace ocellus
