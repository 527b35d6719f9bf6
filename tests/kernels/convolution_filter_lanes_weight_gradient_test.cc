// The weight gradient with filters in the lanes against the reference, whatever its size; and when
// it is chosen.
#include "ocellus/kernels/convolution_filter_lanes_weight_gradient.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ocellus/kernels/convolution.h"
#include "ocellus/kernels/convolution_weight_gradient.h"
#include "ocellus/kernels/simd_target.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/convolution_kernels.h"

namespace ocellus {
namespace {

// Those of all convolutions; rows of filters around tiles (6; 6 and 14 of a line), filters around
// vectors and panels (4 to 32), one and several blocks of rows (384 pixels), of channels (512
// filter elements or more) and pieces of blocks (as many as 24, 512 Ki elements of all), rows as
// wide as a block.
std::vector<ConvolutionCase> FilterLanesGradientCases() {
  std::vector<ConvolutionCase> cases = ConvolutionCases();
  const std::vector<ConvolutionCase> more = {
      {"RowOf6", 2, 2, 9, 1, {5, 13}, {.size = {2, 6}}},
      {"RowOf7", 2, 2, 16, 1, {5, 13}, {.size = {2, 7}}},
      {"RowOf14", 2, 1, 17, 1, {3, 23}, {.size = {1, 14}, .padding = {0, 3}}},
      {"RowOf15", 1, 2, 31, 1, {4, 20}, {.size = {3, 15}}},
      {"DilatedRowOf7", 2, 2, 33, 1, {6, 17}, {.size = {2, 7}, .dilation = {1, 2}}},
      {"PaddingThatCrops", 2, 2, 7, 1, {3, 2}, {.size = {2, 1}, .padding = {3, 2}}},
      {"Stride4",
       2,
       3,
       20,
       1,
       {31, 35},
       {.size = {11, 9}, .stride = 4, .rounding = Rounding::kFloor}},
      {"SeveralBlocksInGroups", 3, 4, 70, 2, {41, 37}, {.size = {3, 4}, .padding = 1}},
      {"WidestRow", 1, 1, 3, 1, {3, 386}, {.size = {2, 3}}},
      {"SeveralChannelBlocks", 2, 51, 20, 1, {7, 9}, {.size = 5, .padding = 2}},
      {"ChannelBlocksInGroups", 1, 102, 6, 2, {4, 9}, {.size = 5, .padding = 2}},
      {"OnePieceOfManyBlocks", 5, 40, 48, 1, {22, 21}, {.size = {19, 17}, .padding = 9}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  std::erase_if(cases, [](const ConvolutionCase& c) { return c.geometry().output.w > 384; });
  return cases;
}

constexpr ConvolutionKernels kKernels{
    .weight_gradient = AccumulateFilterLanesWeightGradient,
    .weight_gradient_scratch_bytes = FilterLanesWeightGradientScratchBytes};

class FilterLanesWeightGradientTest : public ConvolutionKernelsTest {};

TEST_P(FilterLanesWeightGradientTest, IsAddedAndMatchesTheReference) {
  ExpectWeightGradientOfTheReference(kKernels);
}

TEST_P(FilterLanesWeightGradientTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  ExpectScratchMemoryThatDoesNotShrink(kKernels);
}

INSTANTIATE_TEST_SUITE_P(Cases, FilterLanesWeightGradientTest,
                         testing::ValuesIn(FilterLanesGradientCases()), ConvolutionCaseName);

TEST(FilterLanesWeightGradientChoice, IsForLongRowsFullVectorsAndManyPixels) {
  const auto suits = [](int64_t filters, Extent input, Window window) {
    return SuitsFilterLanesWeightGradient(
        MakeConvolutionGeometry(6, input, filters, 1, window, "test"));
  };
  EXPECT_TRUE(suits(16, 14, {.size = 5}));
  EXPECT_TRUE(suits(96, 227, {.size = 11, .stride = 4}));
  EXPECT_FALSE(suits(16, 14, {.size = {5, 3}}));
  EXPECT_FALSE(suits(20, 14, {.size = 5}));
  EXPECT_FALSE(suits(16, 10, {.size = 5}));
  EXPECT_FALSE(suits(16, {5, 390}, {.size = 5}));
}

TEST(FilterLanesWeightGradientChoice, DependsOnTheInstructionSet) {
  const ConvolutionGeometry suited = MakeConvolutionGeometry(6, 14, 16, 1, {.size = 5}, "test");
  const ConvolutionGeometry other = MakeConvolutionGeometry(6, 14, 16, 1, {.size = 3}, "test");
  for (const std::string& target : SupportedSimdTargets()) {
    SetSimdTarget(target);
    EXPECT_EQ(IsFilterLanesWeightGradientFaster(suited), !target.starts_with("avx512")) << target;
    EXPECT_FALSE(IsFilterLanesWeightGradientFaster(other)) << target;
  }
  SetSimdTarget("");
}

// Memory for the weight gradient is planned before it is known with which instruction set it runs.
TEST(FilterLanesWeightGradientChoice, ScratchMemoryIsEnoughForEveryInstructionSet) {
  const auto expect_enough = [](const ConvolutionGeometry& g, bool lanes_need_more) {
    const int64_t lanes = FilterLanesWeightGradientScratchBytes(g, 3, 2);
    const int64_t rows = WeightGradientScratchBytes(g, 3, 2);
    EXPECT_EQ(lanes > rows, lanes_need_more);
    for (const std::string& target : SupportedSimdTargets()) {
      SetSimdTarget(target);
      EXPECT_EQ(ConvolutionWeightGradientScratchBytes(g, 3, 2), std::max(lanes, rows)) << target;
    }
    SetSimdTarget("");
  };
  expect_enough(MakeConvolutionGeometry(3, 64, 16, 1, {.size = 5}, "test"), false);
  expect_enough(MakeConvolutionGeometry(1, 80, 16, 1, {.size = 64}, "test"), true);
}

}  // namespace
}  // namespace ocellus
