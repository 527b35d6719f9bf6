// Convolution with filters in the lanes against the reference, whatever its size; and when it is
// chosen.
#include "ocellus/kernels/convolution_filter_lanes.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/convolution_cases.h"
#include "tests/support/convolution_kernels.h"
#include "tests/support/guarded.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

// Filters around vectors and panels (4, 8, 12, 16 and 48), rows around tiles (6 and 8; 10 and 14 of
// a line), one and several blocks of rows (256 pixels); every parameter of a window; chains of
// channels that end within (384 elements) and beyond the depth; paddings that widen, keep and crop
// what the gradient sees.
std::vector<ConvolutionCase> FilterLanesCases() {
  return {
      {"OneElement", 1, 1, 1, 1, {1, 1}, {.size = 1}},
      {"SimpleConvNet", 2, 1, 30, 1, {28, 28}, {.size = 5}},
      {"LeNetC3", 2, 6, 16, 1, {14, 14}, {.size = 5}},
      {"LineOf14Pixels", 1, 2, 16, 1, {4, 16}, {.size = 3}},
      {"LineOf15Pixels", 1, 2, 8, 1, {4, 17}, {.size = 3}},
      {"LineOf15PixelsTwoVectors", 1, 2, 29, 1, {4, 17}, {.size = 3}},
      {"LineOf43Pixels", 1, 2, 5, 1, {4, 45}, {.size = 3}},
      {"UnequalStride",
       2,
       2,
       5,
       1,
       {9, 13},
       {.size = {3, 2}, .stride = {2, 5}, .rounding = Rounding::kFloor}},
      {"StrideBeyondWindow", 2, 3, 9, 1, {11, 7}, {.size = 1, .stride = {5, 3}}},
      {"UnequalPadding", 2, 3, 17, 1, {5, 6}, {.size = {3, 4}, .padding = {1, 2}}},
      {"EverythingUnequal",
       2,
       3,
       7,
       1,
       {12, 15},
       {.size = {3, 2},
        .stride = {2, 3},
        .padding = {2, 1},
        .dilation = {1, 2},
        .rounding = Rounding::kFloor}},
      {"CeilingBeyondImage",
       2,
       2,
       4,
       1,
       {8, 9},
       {.size = 3, .stride = {2, 4}, .rounding = Rounding::kCeil}},
      {"UnequalDilation", 2, 2, 9, 1, {11, 8}, {.size = {3, 2}, .dilation = {2, 3}}},
      {"PaddingBeyondWindow", 2, 2, 7, 1, {3, 2}, {.size = {2, 1}, .padding = {3, 2}}},
      {"WindowBeyondImage", 1, 2, 3, 1, {2, 3}, {.size = 7, .padding = 3}},
      {"Groups", 2, 6, 51, 3, {8, 21}, {.size = 3, .padding = 1}},
      {"SeveralPanels", 2, 3, 97, 1, {4, 9}, {.size = 2}},
      {"SeveralPanelsOfChannels", 2, 49, 3, 1, {6, 9}, {.size = {3, 2}, .padding = {1, 0}}},
      {"GroupsOfChannels", 2, 66, 6, 2, {7, 10}, {.size = 3, .padding = 1}},
      {"OneRow", 2, 3, 47, 1, {1, 67}, {.size = {1, 4}}},
      {"SeveralRowBlocks", 3, 1, 49, 1, {40, 33}, {.size = 2}},
      {"SeveralChains", 2, 17, 33, 1, {9, 10}, {.size = 5, .padding = 2}},
      {"LargestWindow", 1, 2, 2, 1, {20, 19}, {.size = {24, 16}, .padding = {4, 3}}},
  };
}

constexpr ConvolutionKernels kFilterLanesKernels{
    .forward = FilterLanesForward,
    .forward_scratch_bytes = FilterLanesForwardScratchBytes,
    .packed_elements = FilterLanesPackedElements,
    .pack = PackFilterLanesWeights};

class ConvolutionFilterLanesTest : public ConvolutionKernelsTest {};

TEST_P(ConvolutionFilterLanesTest, ForwardMatchesTheReference) {
  ExpectForwardOfTheReference(kFilterLanesKernels);
}

TEST_P(ConvolutionFilterLanesTest, PackedWeightsGiveTheSameBits) {
  ASSERT_GT(FilterLanesPackedElements(g_), 0);
  ExpectTheSameBitsOfPackedWeights(kFilterLanesKernels);
}

TEST_P(ConvolutionFilterLanesTest, ASampleGetsTheSameBitsInAnyBatch) {
  ExpectTheSameBitsInAnyBatch(kFilterLanesKernels);
}

TEST_P(ConvolutionFilterLanesTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  ExpectScratchMemoryThatDoesNotShrink(kFilterLanesKernels);
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionFilterLanesTest, testing::ValuesIn(FilterLanesCases()),
                         ConvolutionCaseName);

// Those that have an input gradient: of stride 1.
std::vector<ConvolutionCase> CasesOfStride1() {
  std::vector<ConvolutionCase> cases = FilterLanesCases();
  std::erase_if(cases, [](const ConvolutionCase& c) { return c.window.stride != Extent(1); });
  return cases;
}

constexpr ConvolutionKernels kFilterLanesGradientKernels{
    .forward = FilterLanesForward,
    .forward_scratch_bytes = FilterLanesForwardScratchBytes,
    .input_gradient = FilterLanesInputGradient,
    .input_gradient_scratch_bytes = FilterLanesInputGradientScratchBytes};

class FilterLanesInputGradientTest : public ConvolutionKernelsTest {};

TEST_P(FilterLanesInputGradientTest, MatchesTheReference) {
  ExpectInputGradientOfTheReference(kFilterLanesGradientKernels);
}

TEST_P(FilterLanesInputGradientTest, ASampleGetsTheSameBitsInAnyBatch) {
  ExpectTheSameBitsInAnyBatch(kFilterLanesGradientKernels);
}

TEST_P(FilterLanesInputGradientTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  ExpectScratchMemoryThatDoesNotShrink(kFilterLanesGradientKernels);
}

INSTANTIATE_TEST_SUITE_P(Cases, FilterLanesInputGradientTest, testing::ValuesIn(CasesOfStride1()),
                         ConvolutionCaseName);

// Such an output is fetched into the cache in advance.
TEST(FilterLanesForward, AnOutputOfManySamplesHasTheBitsOfEachAlone) {
  constexpr int64_t kBatch = 9;
  const ConvolutionGeometry g =
      MakeConvolutionGeometry(2, {130, 121}, 17, 1, {.size = {3, 2}}, "test");
  ASSERT_GT(kBatch * g.output_elements() * int64_t{sizeof(float)}, 8 << 20);
  const Tensor<float> input = RandomTensor(InputShape(g, kBatch), 1);
  const Tensor<float> weights = RandomTensor(WeightShape(g), 2);
  const auto forward = [&](TensorView<const float> images) {
    const int64_t n = images.shape()[0];
    GuardedTensor output(OutputShape(g, n));
    ThreadPool pool(2);
    RunKernel(pool, FilterLanesForwardScratchBytes(g, n, 2), [&](const KernelContext& context) {
      FilterLanesForward(g, images, weights, {}, Activation::kNone, output.view(), context);
    });
    EXPECT_TRUE(output.GuardsAreIntact());
    return output;
  };
  GuardedTensor all = forward(input);
  for (int64_t n = 0; n < kBatch; ++n) {
    GuardedTensor one = forward(input.view().Samples(n, 1));
    EXPECT_TRUE(SameBits(one.view().span(), all.view().Sample(n).span())) << n;
  }
}

TEST(FilterLanesChoice, IsForFiltersThatFillVectorsAndDeepWindows) {
  const auto is_faster = [](int64_t channels, int64_t filters, Extent input, Window window) {
    return IsFilterLanesForwardFaster(
        MakeConvolutionGeometry(channels, input, filters, 1, window, "test"));
  };
  EXPECT_TRUE(is_faster(6, 16, 14, {.size = 5}));
  EXPECT_TRUE(is_faster(3, 96, 227, {.size = 11, .stride = 4}));
  EXPECT_FALSE(is_faster(1, 30, 28, {.size = 5}));  // more to transpose than to multiply
  EXPECT_FALSE(is_faster(16, 6, 14, {.size = 5}));  // lanes without a filter
  EXPECT_FALSE(is_faster(1, 16, 28, {.size = 20, .padding = 10}));
}

// What counts is the number of channels, each of which is a filter of the gradient's convolution.
TEST(FilterLanesChoice, OfTheInputGradientIsForChannelsThatFillVectorsAndStride1) {
  const auto is_faster = [](int64_t channels, int64_t filters, Window window) {
    return IsFilterLanesInputGradientFaster(
        MakeConvolutionGeometry(channels, 27, filters, 1, window, "test"));
  };
  EXPECT_TRUE(is_faster(48, 128, {.size = 5, .padding = 2}));
  EXPECT_FALSE(is_faster(48, 128, {.size = 5, .stride = 2}));
  EXPECT_FALSE(is_faster(6, 16, {.size = 5}));
}

}  // namespace
}  // namespace ocellus
