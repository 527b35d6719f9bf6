// Convolution without packing against the reference, whatever its size; and when it is chosen.
#include "ocellus/kernels/convolution_shifted.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/convolution_cases.h"
#include "tests/support/convolution_kernels.h"

namespace ocellus {
namespace {

// Rows shorter and longer than vectors, panels and blocks; one and several blocks of rows (1024
// elements); paddings that widen, keep, and crop the input of the gradient; windows that are larger
// than the image; chains of channels that end within (384 elements) and beyond the depth.
std::vector<ConvolutionCase> ShiftedCases() {
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

constexpr ConvolutionKernels kShiftedKernels{
    .forward =
        [](const ConvolutionGeometry& g, TensorView<const float> input,
           TensorView<const float> weights, TensorView<const float> biases, Activation activation,
           TensorView<float> output, const KernelContext& context, const float* /*packed*/) {
          ShiftedForward(g, input, weights, biases, activation, output, context);
        },
    .forward_scratch_bytes = ShiftedForwardScratchBytes,
    .input_gradient = ShiftedInputGradient,
    .input_gradient_scratch_bytes = ShiftedInputGradientScratchBytes};

class ConvolutionShiftedTest : public ConvolutionKernelsTest {};

TEST_P(ConvolutionShiftedTest, ForwardMatchesTheReference) {
  ExpectForwardOfTheReference(kShiftedKernels);
}

TEST_P(ConvolutionShiftedTest, InputGradientMatchesTheReference) {
  ExpectInputGradientOfTheReference(kShiftedKernels);
}

TEST_P(ConvolutionShiftedTest, ASampleGetsTheSameBitsInAnyBatch) {
  ExpectTheSameBitsInAnyBatch(kShiftedKernels);
}

TEST_P(ConvolutionShiftedTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  ExpectScratchMemoryThatDoesNotShrink(kShiftedKernels);
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionShiftedTest, testing::ValuesIn(ShiftedCases()),
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
