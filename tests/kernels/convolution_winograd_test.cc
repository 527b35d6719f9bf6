// Winograd's method against the reference: its result, its error, and when it is chosen.
#include "ocellus/kernels/convolution_winograd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "ocellus/kernels/convolution.h"
#include "ocellus/kernels/simd_target.h"
#include "ocellus/reference/convolution_reference.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

// Outputs of one tile, a part of one, and several with a rest; blocks of one and of several tiles
// (48, fewer for many channels); channels and filters around vectors, row tiles and the channels
// that are loaded at a time (10); few tiles in one sample, more in the batch; paddings that widen,
// keep, and crop the input of the gradient.
std::vector<ConvolutionCase> Cases() {
  return {
      {"OneOutput", 1, 1, 1, 1, {3, 3}, {.size = 3}},
      {"OneTile", 2, 3, 2, 1, {6, 6}, {.size = 3}},
      {"PartsOfTiles", 3, 2, 5, 1, {7, 9}, {.size = 3, .padding = {1, 0}}},
      {"OneRow", 2, 3, 4, 1, {1, 37}, {.size = 3, .padding = 1}},
      {"OneColumn", 2, 3, 4, 1, {21, 1}, {.size = 3, .padding = 1}},
      {"WidePadding", 2, 3, 7, 1, {5, 6}, {.size = 3, .padding = {3, 5}}},
      {"SeveralBlocks", 5, 11, 9, 1, {14, 14}, {.size = 3, .padding = 2}},
      {"WideRows", 1, 2, 3, 1, {9, 70}, {.size = 3, .padding = 1}},
      {"ManyRows", 1, 2, 8, 1, {130, 5}, {.size = 3, .padding = {0, 1}}},
      {"Groups", 2, 9, 6, 3, {8, 8}, {.size = 3, .padding = 1}},
      {"ManyChannels", 2, 131, 17, 1, {8, 7}, {.size = 3, .padding = 1}},
      {"ManyFilters", 1, 16, 67, 1, {13, 13}, {.size = 3, .padding = 1}},
      {"FewTilesInGroups", 3, 10, 42, 2, {7, 6}, {.size = 3, .padding = 1}},
      {"SmallBlocks", 9, 170, 33, 1, {8, 9}, {.size = 3, .padding = 1}},
  };
}

class WinogradTest : public testing::TestWithParam<ConvolutionCase> {
 protected:
  // With inputs and filters of magnitude 1, the numbers that are added up to an output of one
  // channel have a magnitude of at most 48^2: the largest element of |A^T| ((|G| 1) (|B^T| 1)),
  // squared for two dimensions. Each is rounded to half an epsilon of it. The test of the error
  // below is the sharp one.
  static double Bound(int64_t channels) { return SumBound<float>(channels, 48 * 48 / 2.0); }

  ConvolutionGeometry g_ = GetParam().geometry();
  int64_t batch_ = GetParam().batch;
  Shape input_shape_{batch_, g_.in_channels, g_.input.h, g_.input.w};
  Shape output_shape_{batch_, g_.out_channels, g_.output.h, g_.output.w};
  Tensor<float> input_ = RandomTensor(input_shape_, 1);
  Tensor<float> weights_ = RandomTensor({g_.out_channels, g_.in_channels_per_group(), 3, 3}, 2);
  Tensor<float> biases_ = RandomTensor({g_.out_channels}, 3);
  Tensor<float> d_output_ = RandomTensor(output_shape_, 4);
};

TEST_P(WinogradTest, ForwardMatchesTheReference) {
  for (const bool with_biases : {false, true}) {
    const Activation activation = with_biases ? Activation::kRelu : Activation::kNone;
    const Tensor<double> biases = ConvertTo<double>(biases_.view());
    Tensor<double> expected(output_shape_);
    reference::ConvolutionForward(
        g_, ConvertTo<double>(input_.view()), ConvertTo<double>(weights_.view()),
        with_biases ? biases.view() : TensorView<const double>(), activation, expected);
    RunEverywhere([&](int threads) { return WinogradForwardScratchBytes(g_, batch_, threads); },
                  [&](const KernelContext& context) {
                    GuardedTensor output(output_shape_);
                    WinogradForward(g_, input_, weights_,
                                    with_biases ? biases_.view() : TensorView<const float>(),
                                    activation, output.view(), context);
                    return output;
                  },
                  [&](TensorView<const float> output) {
                    return AllNear(output, expected, Bound(g_.in_channels_per_group()));
                  });
  }
}

TEST_P(WinogradTest, InputGradientMatchesTheReference) {
  Tensor<double> expected(input_shape_);
  reference::ConvolutionInputGradient(g_, ConvertTo<double>(d_output_.view()),
                                      ConvertTo<double>(weights_.view()), expected);
  RunEverywhere([&](int threads) { return WinogradInputGradientScratchBytes(g_, batch_, threads); },
                [&](const KernelContext& context) {
                  GuardedTensor d_input(input_shape_);
                  WinogradInputGradient(g_, d_output_, weights_, d_input.view(), context);
                  return d_input;
                },
                [&](TensorView<const float> d_input) {
                  return AllNear(d_input, expected, Bound(g_.out_channels_per_group()));
                });
}

TEST_P(WinogradTest, ASampleGetsTheSameBitsInAnyBatch) {
  ThreadPool pool(2);
  Tensor<float> output(output_shape_), d_input(input_shape_);
  RunKernel(pool, WinogradForwardScratchBytes(g_, batch_, 2), [&](const KernelContext& context) {
    WinogradForward(g_, input_, weights_, biases_, Activation::kNone, output, context);
  });
  RunKernel(pool, WinogradInputGradientScratchBytes(g_, batch_, 2),
            [&](const KernelContext& context) {
              WinogradInputGradient(g_, d_output_, weights_, d_input, context);
            });
  for (int64_t n = 0; n < batch_; ++n) {
    Tensor<float> one(output_shape_.Sample().Batch(1)), d_one(input_shape_.Sample().Batch(1));
    RunKernel(pool, WinogradForwardScratchBytes(g_, 1, 2), [&](const KernelContext& context) {
      WinogradForward(g_, input_.view().Samples(n, 1), weights_, biases_, Activation::kNone, one,
                      context);
    });
    RunKernel(pool, WinogradInputGradientScratchBytes(g_, 1, 2), [&](const KernelContext& context) {
      WinogradInputGradient(g_, d_output_.view().Samples(n, 1), weights_, d_one, context);
    });
    EXPECT_TRUE(SameBits(one.span(), output.view().Sample(n).span())) << n;
    EXPECT_TRUE(SameBits(d_one.span(), d_input.view().Sample(n).span())) << n;
  }
}

TEST_P(WinogradTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  for (const int threads : {1, 3}) {
    int64_t forward = 0, gradient = 0;
    for (int64_t batch = 1; batch <= 60; ++batch) {
      EXPECT_GE(WinogradForwardScratchBytes(g_, batch, threads), forward) << batch;
      EXPECT_GE(WinogradInputGradientScratchBytes(g_, batch, threads), gradient) << batch;
      forward = WinogradForwardScratchBytes(g_, batch, threads);
      gradient = WinogradInputGradientScratchBytes(g_, batch, threads);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, WinogradTest, testing::ValuesIn(Cases()), ConvolutionCaseName);

// The price of the method, as docs/convolution.md states it. Weights and inputs as in a network:
// both signs, and standard deviations that leave that of the output at about 1.
TEST(WinogradError, IsAFewTimesThatOfTheDirectMethod) {
  const ConvolutionGeometry g =
      MakeConvolutionGeometry(64, {28, 28}, 16, 1, {.size = 3, .padding = 1}, "test");
  const Shape shape{2, 64, 28, 28}, output_shape{2, 16, 28, 28};
  const Tensor<float> input = RandomTensor(shape, 5);
  Tensor<float> weights = RandomTensor({16, 64, 3, 3}, 6);
  for (float& weight : weights.span()) weight *= 0.125f;  // about 3 / sqrt(9 * 64)
  Tensor<double> exact(output_shape);
  reference::ConvolutionForward(g, ConvertTo<double>(input.view()),
                                ConvertTo<double>(weights.view()), {}, Activation::kNone, exact);
  ThreadPool pool(1);
  const auto root_mean_square_error = [&](ConvolutionMethod method) {
    Tensor<float> output(output_shape);
    RunKernel(
        pool, ConvolutionForwardScratchBytes(g, 2, 1, method), [&](const KernelContext& context) {
          ConvolutionForward(g, input, weights, {}, Activation::kNone, output, context, method);
        });
    double sum = 0, magnitude = 0;
    for (int64_t i = 0; i < exact.elements(); ++i) {
      sum += std::pow(double{output[i]} - exact[i], 2);
      magnitude += exact[i] * exact[i];
    }
    return std::sqrt(sum / magnitude);
  };
  ASSERT_TRUE(IsWinogradFaster(g));
  const double direct = root_mean_square_error(ConvolutionMethod::kDirect);
  const double winograd = root_mean_square_error(ConvolutionMethod::kFastest);
  RecordProperty("direct", std::to_string(direct * 1e9));
  RecordProperty("winograd", std::to_string(winograd * 1e9));
  EXPECT_TRUE(direct <= 3e-7) << direct;
  EXPECT_TRUE(winograd <= 2e-6) << winograd;
  EXPECT_TRUE(winograd >= direct) << winograd << " is not Winograd's error";
}

TEST(WinogradChoice, IsForSquareWindowsOf3WithStride1AndSeveralChannels) {
  const auto is_faster = [](int64_t channels, int64_t filters, Extent input, Window window) {
    return IsWinogradFaster(MakeConvolutionGeometry(channels, input, filters, 1, window, "test"));
  };
  EXPECT_TRUE(is_faster(16, 16, 28, {.size = 3, .padding = 1}));
  EXPECT_TRUE(is_faster(256, 384, 13, {.size = 3, .padding = 1}));
  EXPECT_FALSE(is_faster(1, 16, 28, {.size = 3, .padding = 1}));
  EXPECT_FALSE(is_faster(64, 64, 3, {.size = 3}));  // one pixel of a tile
  EXPECT_FALSE(is_faster(16, 16, 28, {.size = {3, 2}}));
  EXPECT_FALSE(is_faster(16, 16, 28, {.size = 5, .padding = 2}));
  EXPECT_FALSE(is_faster(16, 16, 29, {.size = 3, .stride = 2}));
  EXPECT_FALSE(is_faster(16, 16, 28, {.size = 3, .dilation = 2}));
}

}  // namespace
}  // namespace ocellus
