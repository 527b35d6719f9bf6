// Convolution without packing against the reference, whatever its size; and when it is chosen.
#include "ocellus/kernels/convolution_shifted.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ocellus/reference/convolution_reference.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

// Rows shorter and longer than vectors, panels and blocks; one and several blocks of rows (1024
// elements); paddings that widen, keep, and crop the input of the gradient; windows that are larger
// than the image; chains of channels that end within (384 elements) and beyond the depth.
std::vector<ConvolutionCase> Cases() {
  return {
      {"OneElement", 1, 1, 1, 1, {1, 1}, {.size = 1}},
      {"LeNetC1", 2, 1, 6, 1, {28, 28}, {.size = 5, .padding = 2}},
      {"LeNetC3", 2, 6, 16, 1, {14, 14}, {.size = 5}},
      {"UnequalWindow", 2, 2, 3, 1, {7, 9}, {.size = {3, 2}}},
      {"UnequalPadding", 2, 3, 9, 1, {5, 6}, {.size = {3, 4}, .padding = {1, 2}}},
      {"UnequalDilation", 2, 2, 3, 1, {11, 8}, {.size = {3, 2}, .dilation = {2, 3}}},
      {"PaddingBeyondWindow", 2, 2, 7, 1, {3, 2}, {.size = {2, 1}, .padding = {3, 2}}},
      {"WindowBeyondImage", 1, 2, 3, 1, {2, 3}, {.size = 7, .padding = 3}},
      {"Groups", 2, 6, 9, 3, {8, 21}, {.size = 3, .padding = 1}},
      {"Depthwise", 2, 5, 5, 5, {6, 7}, {.size = {3, 2}, .padding = {1, 0}}},
      {"OneRow", 2, 3, 4, 1, {1, 67}, {.size = {1, 4}}},
      {"OneColumn", 2, 3, 4, 1, {130, 1}, {.size = {5, 1}, .padding = {2, 0}}},
      {"WideRows", 1, 2, 3, 1, {3, 1100}, {.size = 3, .padding = 1}},
      {"SeveralRowBlocks", 3, 1, 8, 1, {70, 33}, {.size = 2}},
      {"SeveralChains", 2, 17, 18, 1, {9, 10}, {.size = 5, .padding = 2}},
      {"LargestWindow", 1, 2, 2, 1, {20, 19}, {.size = {24, 16}, .padding = {4, 3}}},
  };
}

class ConvolutionShiftedTest : public testing::TestWithParam<ConvolutionCase> {
 protected:
  ConvolutionGeometry g_ = GetParam().geometry();
  int64_t batch_ = GetParam().batch;
  Shape input_shape_ = InputShape(g_, batch_);
  Shape output_shape_ = OutputShape(g_, batch_);
  Tensor<float> input_ = RandomTensor(input_shape_, 1);
  Tensor<float> weights_ = RandomTensor(WeightShape(g_), 2);
  Tensor<float> biases_ = RandomTensor({g_.out_channels}, 3);
  Tensor<float> d_output_ = RandomTensor(output_shape_, 4);
};

TEST_P(ConvolutionShiftedTest, ForwardMatchesTheReference) {
  const GuardedTensor guarded_input(input_);
  for (const bool with_biases : {false, true}) {
    const Activation activation = with_biases ? Activation::kRelu : Activation::kNone;
    const Tensor<double> biases = ConvertTo<double>(biases_.view());
    Tensor<double> expected(output_shape_);
    reference::ConvolutionForward(
        g_, ConvertTo<double>(input_.view()), ConvertTo<double>(weights_.view()),
        with_biases ? biases.view() : TensorView<const double>(), activation, expected);
    RunEverywhere([&](int threads) { return ShiftedForwardScratchBytes(g_, batch_, threads); },
                  [&](const KernelContext& context) {
                    GuardedTensor output(output_shape_);
                    ShiftedForward(g_, guarded_input.view(), weights_,
                                   with_biases ? biases_.view() : TensorView<const float>(),
                                   activation, output.view(), context);
                    return output;
                  },
                  [&](TensorView<const float> output) {
                    return AllNear(output, expected, SumBound<float>(g_.filter_elements() + 1, 1));
                  });
  }
}

TEST_P(ConvolutionShiftedTest, InputGradientMatchesTheReference) {
  const GuardedTensor guarded_d_output(d_output_);
  Tensor<double> expected(input_shape_);
  reference::ConvolutionInputGradient(g_, ConvertTo<double>(d_output_.view()),
                                      ConvertTo<double>(weights_.view()), expected);
  const int64_t terms = g_.out_channels_per_group() * g_.window.size.area();
  RunEverywhere([&](int threads) { return ShiftedInputGradientScratchBytes(g_, batch_, threads); },
                [&](const KernelContext& context) {
                  GuardedTensor d_input(input_shape_);
                  ShiftedInputGradient(g_, guarded_d_output.view(), weights_, d_input.view(),
                                       context);
                  return d_input;
                },
                [&](TensorView<const float> d_input) {
                  return AllNear(d_input, expected, SumBound<float>(terms, 1));
                });
}

TEST_P(ConvolutionShiftedTest, ASampleGetsTheSameBitsInAnyBatch) {
  ThreadPool pool(2);
  Tensor<float> output(output_shape_), d_input(input_shape_);
  RunKernel(pool, ShiftedForwardScratchBytes(g_, batch_, 2), [&](const KernelContext& context) {
    ShiftedForward(g_, input_, weights_, biases_, Activation::kNone, output, context);
  });
  RunKernel(pool, ShiftedInputGradientScratchBytes(g_, batch_, 2),
            [&](const KernelContext& context) {
              ShiftedInputGradient(g_, d_output_, weights_, d_input, context);
            });
  for (int64_t n = 0; n < batch_; ++n) {
    Tensor<float> one(output_shape_.Sample().Batch(1)), d_one(input_shape_.Sample().Batch(1));
    RunKernel(pool, ShiftedForwardScratchBytes(g_, 1, 2), [&](const KernelContext& context) {
      ShiftedForward(g_, input_.view().Samples(n, 1), weights_, biases_, Activation::kNone, one,
                     context);
    });
    RunKernel(pool, ShiftedInputGradientScratchBytes(g_, 1, 2), [&](const KernelContext& context) {
      ShiftedInputGradient(g_, d_output_.view().Samples(n, 1), weights_, d_one, context);
    });
    EXPECT_TRUE(SameBits(one.span(), output.view().Sample(n).span())) << n;
    EXPECT_TRUE(SameBits(d_one.span(), d_input.view().Sample(n).span())) << n;
  }
}

TEST_P(ConvolutionShiftedTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  for (const int threads : {1, 3}) {
    int64_t forward = 0, gradient = 0;
    for (int64_t batch = 1; batch <= 20; ++batch) {
      EXPECT_GE(ShiftedForwardScratchBytes(g_, batch, threads), forward) << batch;
      EXPECT_GE(ShiftedInputGradientScratchBytes(g_, batch, threads), gradient) << batch;
      forward = ShiftedForwardScratchBytes(g_, batch, threads);
      gradient = ShiftedInputGradientScratchBytes(g_, batch, threads);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionShiftedTest, testing::ValuesIn(Cases()),
                         ConvolutionCaseName);

TEST(ShiftedChoice, IsForStride1AndFewFilters) {
  const auto geometry = [](int64_t channels, int64_t filters, Extent input, Window window) {
    return MakeConvolutionGeometry(channels, input, filters, 1, window, "test");
  };
  const ConvolutionGeometry c1 = geometry(1, 6, 28, {.size = 5, .padding = 2});
  EXPECT_TRUE(IsShiftedForwardFaster(c1));
  const ConvolutionGeometry c3 = geometry(6, 16, 14, {.size = 5});
  EXPECT_TRUE(IsShiftedInputGradientFaster(c3));
  EXPECT_FALSE(IsShiftedForwardFaster(geometry(1, 30, 28, {.size = 5})));
  EXPECT_FALSE(IsShiftedForwardFaster(geometry(1, 6, 29, {.size = 5, .stride = 2})));
  EXPECT_FALSE(IsShiftedForwardFaster(geometry(1, 1, 28, {.size = 20, .padding = 10})));
  EXPECT_FALSE(IsShiftedInputGradientFaster(geometry(1, 1, 28, {.size = 20, .padding = 10})));
}

}  // namespace
}  // namespace ocellus
