// The gradients by winners against what the reference makes of the whole gradient image.
#include "ocellus/kernels/winners_gradient.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "ocellus/kernels/winners_input_gradient.h"
#include "ocellus/reference/convolution_reference.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

// Filter rows around what is in registers at a time (6; 16 of the input gradient) and in a vector
// (8); every parameter of a window; parts of the input that no window sees; batches around the
// number of pieces (24).
std::vector<ConvolutionCase> WinnersCases() {
  constexpr Rounding kFloor = Rounding::kFloor;
  return {
      {"OneElement", 1, 1, 1, 1, {1, 1}, {.size = 1}},
      {"SimpleConvNet", 3, 1, 30, 1, {28, 28}, {.size = 5}},
      {"LeNetC1", 2, 1, 6, 1, {28, 28}, {.size = 5, .padding = 2}},
      {"SeveralChannels", 2, 5, 7, 1, {9, 8}, {.size = {3, 2}, .padding = {2, 1}}},
      {"LeNetC3", 3, 6, 16, 1, {14, 14}, {.size = 5}},
      {"EightColumns", 2, 1, 3, 1, {11, 13}, {.size = {7, 8}}},
      {"Strides", 2, 2, 3, 1, {13, 16}, {.size = {4, 3}, .stride = {2, 3}, .rounding = kFloor}},
      {"DilatedRows", 2, 2, 3, 1, {11, 8}, {.size = {3, 2}, .dilation = {2, 1}}},
      {"AsManySamplesAsPieces", 24, 1, 2, 1, {4, 5}, {.size = 3}},
      {"MoreSamplesThanPieces", 25, 1, 2, 1, {4, 5}, {.size = 3}},
      {"ManySamples", 100, 2, 2, 1, {3, 4}, {.size = 2}},
  };
}

class WinnersGradientTest : public testing::TestWithParam<ConvolutionCase> {
 protected:
  // Any elements of a map may have won, the same one several times: windows may overlap. Half of
  // the gradients are zero, as behind ReLU.
  WinnersGradientTest() {
    d_output_.view().Fill(0);
    for (int64_t i = 0; i < d_pooled_.elements(); ++i) {
      if (i % 5 < 2) d_pooled_.data()[i] = 0;
      const int64_t winner = (i * 7 + i / pooled_) % g_.output.area();
      winners_.push_back(static_cast<int32_t>(winner));
      d_output_.data()[i / pooled_ * g_.output.area() + winner] += d_pooled_[i];
    }
  }

  ConvolutionGeometry g_ = GetParam().geometry();
  int64_t batch_ = GetParam().batch;
  int64_t pooled_ = g_.output.area() / 3 + 1;
  Tensor<float> input_ = RandomTensor(InputShape(g_, batch_), 1);
  Tensor<float> d_pooled_ = RandomTensor({batch_, g_.out_channels, pooled_, 1}, 2);
  Tensor<float> weights_ = RandomTensor(WeightShape(g_), 3);
  std::vector<int32_t> winners_;
  Tensor<double> d_output_{OutputShape(g_, batch_)};  // the whole image
};

TEST_P(WinnersGradientTest, OfTheWeightsIsAddedAndThatOfTheWholeImage) {
  Tensor<double> expected = ConvertTo<double>(weights_.view());
  reference::AccumulateConvolutionWeightGradient(g_, ConvertTo<double>(input_.view()), d_output_,
                                                 expected, TensorView<double>());
  const GuardedTensor guarded_input(input_);
  RunEverywhere(
      [&](int threads) { return WinnersWeightGradientScratchBytes(g_, pooled_, batch_, threads); },
      [&](const KernelContext& context) {
        GuardedTensor d_weights(weights_);
        AccumulateWinnersWeightGradient(g_, guarded_input.view(), d_pooled_, winners_,
                                        d_weights.view(), context);
        return d_weights;
      },
      [&](TensorView<const float> d_weights) {
        return AllNear(d_weights, expected, SumBound<float>(batch_ * pooled_ + 1, 1));
      });
}

// At the beginning of a map, where there are complete vectors, and at its end.
TEST_P(WinnersGradientTest, OfTheWeightsIsNanWhereAGradientIs) {
  for (const int64_t place : {int64_t{0}, pooled_ - 1}) {
    Tensor<float> d_pooled = ConvertTo<float>(std::as_const(d_pooled_).view());
    d_pooled[place] = std::numeric_limits<float>::quiet_NaN();  // of map 0
    RunEverywhere(
        [&](int threads) {
          return WinnersWeightGradientScratchBytes(g_, pooled_, batch_, threads);
        },
        [&](const KernelContext& context) {
          GuardedTensor d_weights(weights_);
          AccumulateWinnersWeightGradient(g_, input_, d_pooled, winners_, d_weights.view(),
                                          context);
          return d_weights;
        },
        [&](TensorView<const float> d_weights) {
          for (int64_t i = 0; i < d_weights.elements(); ++i) {
            if (std::isnan(d_weights[i]) != (i < g_.filter_elements())) {
              return testing::AssertionFailure() << "element " << i << " is " << d_weights[i];
            }
          }
          return testing::AssertionSuccess();
        });
  }
}

TEST_P(WinnersGradientTest, OfTheInputIsThatOfTheWholeImage) {
  Tensor<double> expected(InputShape(g_, batch_));
  reference::ConvolutionInputGradient(g_, d_output_, ConvertTo<double>(weights_.view()), expected);
  const int64_t terms = g_.out_channels * g_.window.size.area() * 3;
  RunEverywhere([&](int threads) { return WinnersInputGradientScratchBytes(g_, pooled_, threads); },
                [&](const KernelContext& context) {
                  GuardedTensor d_input(InputShape(g_, batch_));
                  WinnersInputGradient(g_, d_pooled_, winners_, weights_, d_input.view(), context);
                  return d_input;
                },
                [&](TensorView<const float> d_input) {
                  return AllNear(d_input, expected, SumBound<float>(terms, 1));
                });
}

TEST_P(WinnersGradientTest, OfTheInputHasTheSameBitsInAnyBatch) {
  ThreadPool pool(2);
  const auto gradient = [&](int64_t first, int64_t count) {
    Tensor<float> d_input(InputShape(g_, count));
    RunKernel(pool, WinnersInputGradientScratchBytes(g_, pooled_, 2),
              [&](const KernelContext& context) {
                const auto each = static_cast<size_t>(g_.out_channels * pooled_);
                WinnersInputGradient(g_, d_pooled_.view().Samples(first, count),
                                     std::span(winners_).subspan(static_cast<size_t>(first) * each,
                                                                 static_cast<size_t>(count) * each),
                                     weights_, d_input, context);
              });
    return d_input;
  };
  const Tensor<float> all = gradient(0, batch_);
  for (int64_t n = 0; n < batch_; ++n) {
    EXPECT_TRUE(SameBits(gradient(n, 1).span(), all.view().Sample(n).span())) << n;
  }
}

TEST_P(WinnersGradientTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  int64_t bytes = 0;
  for (int64_t batch = 1; batch <= 60; ++batch) {
    EXPECT_GE(WinnersWeightGradientScratchBytes(g_, pooled_, batch, 3), bytes) << batch;
    bytes = WinnersWeightGradientScratchBytes(g_, pooled_, batch, 3);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, WinnersGradientTest, testing::ValuesIn(WinnersCases()),
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
