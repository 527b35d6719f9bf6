// Winograd's method against the reference: its result, its error, and when it is chosen.
#include "ocellus/kernels/convolution_winograd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "ocellus/kernels/convolution.h"
#include "ocellus/kernels/convolution_winograd_weight_gradient.h"
#include "ocellus/reference/convolution_reference.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/convolution_kernels.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

// Outputs of one tile, a part of one, and several with a rest; blocks of one and of several tiles
// (48, fewer for many channels), of parts of a row and of several samples; channels and filters
// around vectors, panels (48 filters, fewer if each piece transforms its own) and the blocks of the
// weight gradient (64); few tiles in one sample, more in the batch; paddings that widen, keep, and
// crop the input of the gradient.
std::vector<ConvolutionCase> WinogradCases() {
  return {
      {"OneOutput", 1, 1, 1, 1, {3, 3}, {.size = 3}},
      {"OneTile", 2, 3, 2, 1, {6, 6}, {.size = 3}},
      {"PartsOfTiles", 3, 2, 5, 1, {7, 9}, {.size = 3, .padding = {1, 0}}},
      {"OneRow", 2, 3, 4, 1, {1, 37}, {.size = 3, .padding = 1}},
      {"OneColumn", 2, 3, 4, 1, {21, 1}, {.size = 3, .padding = 1}},
      {"WidePadding", 2, 3, 7, 1, {5, 6}, {.size = 3, .padding = {3, 5}}},
      {"SeveralBlocks", 5, 11, 9, 1, {14, 14}, {.size = 3, .padding = 2}},
      {"WideRows", 1, 2, 3, 1, {9, 70}, {.size = 3, .padding = 1}},
      {"RowsAndTheirParts", 13, 2, 3, 1, {6, 199}, {.size = 3, .padding = 1}},
      {"PartsOfRows", 2, 2, 3, 1, {6, 211}, {.size = 3, .padding = 1}},
      {"ManyRows", 1, 2, 8, 1, {130, 5}, {.size = 3, .padding = {0, 1}}},
      {"Groups", 2, 9, 6, 3, {8, 8}, {.size = 3, .padding = 1}},
      {"ManyChannels", 2, 131, 17, 1, {8, 7}, {.size = 3, .padding = 1}},
      {"ManyFilters", 1, 16, 67, 1, {13, 13}, {.size = 3, .padding = 1}},
      {"FewTilesInGroups", 3, 10, 42, 2, {7, 6}, {.size = 3, .padding = 1}},
      {"SmallBlocks", 9, 170, 33, 1, {8, 9}, {.size = 3, .padding = 1}},
      {"OddWidthInGroups", 7, 32, 64, 2, {11, 13}, {.size = 3, .padding = 1}},
      {"ManyOfBoth", 2, 67, 130, 1, {6, 5}, {.size = 3, .padding = {1, 2}}},
      {"ManySamples", 60, 3, 4, 1, {5, 9}, {.size = 3, .padding = 1}},
  };
}

// With inputs and filters of magnitude 1, the numbers that are added up to an output of one channel
// have a magnitude of at most 48^2: the largest element of |A^T| ((|G| 1) (|B^T| 1)), squared for
// two dimensions. Each is rounded to half an epsilon of it, and there are 9 terms in a channel. The
// test of the error below is the sharp one.
constexpr ConvolutionKernels kWinogradKernels{
    .forward = WinogradForward,
    .forward_scratch_bytes = WinogradForwardScratchBytes,
    .input_gradient = WinogradInputGradient,
    .input_gradient_scratch_bytes = WinogradInputGradientScratchBytes,
    .weight_gradient = AccumulateWinogradWeightGradient,
    .weight_gradient_scratch_bytes = WinogradWeightGradientScratchBytes,
    .packed_elements = WinogradPackedElements,
    .pack = PackWinogradWeights,
    .largest_term = 48 * 48 / 2.0 / 9};

class WinogradTest : public ConvolutionKernelsTest {};

TEST_P(WinogradTest, ForwardMatchesTheReference) { ExpectForwardOfTheReference(kWinogradKernels); }

TEST_P(WinogradTest, InputGradientMatchesTheReference) {
  ExpectInputGradientOfTheReference(kWinogradKernels);
}

TEST_P(WinogradTest, WeightGradientIsAddedAndMatchesTheReference) {
  ExpectWeightGradientOfTheReference(kWinogradKernels);
}

TEST_P(WinogradTest, PackedWeightsGiveTheSameBits) {
  ExpectTheSameBitsOfPackedWeights(kWinogradKernels);
}

TEST_P(WinogradTest, ASampleGetsTheSameBitsInAnyBatch) {
  ExpectTheSameBitsInAnyBatch(kWinogradKernels);
}

TEST_P(WinogradTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  ExpectScratchMemoryThatDoesNotShrink(kWinogradKernels);
}

INSTANTIATE_TEST_SUITE_P(Cases, WinogradTest, testing::ValuesIn(WinogradCases()),
                         ConvolutionCaseName);

TEST(WinogradPacking, PaysForFiltersThatStayInTheCache) {
  const auto packed_elements = [](int64_t channels, int64_t filters, int64_t groups) {
    return WinogradPackedElements(MakeConvolutionGeometry(channels, {8, 8}, filters, groups,
                                                          {.size = 3, .padding = 1}, "test"));
  };
  EXPECT_GE(packed_elements(16, 16, 1), 36 * 16 * 16);
  EXPECT_GE(packed_elements(64, 64, 1), 36 * 64 * 64);
  EXPECT_GE(packed_elements(64, 64, 2), 36 * 32 * 32 * 2);
  EXPECT_EQ(packed_elements(256, 384, 1), 0);
}

TEST(WinogradPacking, WritesNothingIfItDoesNotPay) {
  const ConvolutionGeometry g =
      MakeConvolutionGeometry(128, {8, 8}, 128, 1, {.size = 3, .padding = 1}, "test");
  ASSERT_TRUE(IsWinogradForwardFaster(g));
  ASSERT_EQ(PackedConvolutionElements(g, ConvolutionMethod::kFastest), 0);
  ThreadPool pool(2);
  PackConvolutionWeights(g, RandomTensor(WeightShape(g), 1), nullptr, pool,
                         ConvolutionMethod::kFastest);
}

// Of the standard deviation of what it should be.
double RootMeanSquareError(TensorView<const float> found, const Tensor<double>& exact) {
  double sum = 0, magnitude = 0;
  for (int64_t i = 0; i < exact.elements(); ++i) {
    sum += std::pow(double{found[i]} - exact[i], 2);
    magnitude += exact[i] * exact[i];
  }
  return std::sqrt(sum / magnitude);
}

// The price of the method, as docs/convolution.md states it. Weights and inputs as in a network:
// both signs, and standard deviations that leave that of the output at about 1.
class WinogradErrorTest : public testing::Test {
 protected:
  WinogradErrorTest() : input_(RandomTensor({2, 64, 28, 28}, 5)) {}

  static void ExpectTheErrors(double direct, double winograd) {
    RecordProperty("direct", std::to_string(direct * 1e9));
    RecordProperty("winograd", std::to_string(winograd * 1e9));
    EXPECT_LE(direct, 3e-7);
    EXPECT_LE(winograd, 2e-6);
    EXPECT_GE(winograd, direct) << "not Winograd's error";
  }

  const ConvolutionGeometry g_ =
      MakeConvolutionGeometry(64, {28, 28}, 16, 1, {.size = 3, .padding = 1}, "test");
  ThreadPool pool_{1};
  Tensor<float> input_;
};

TEST_F(WinogradErrorTest, OfTheOutputIsAFewTimesThatOfTheDirectMethod) {
  Tensor<float> weights = RandomTensor({16, 64, 3, 3}, 6);
  for (float& weight : weights.span()) weight *= 0.125f;  // about 3 / sqrt(9 * 64)
  Tensor<double> exact(OutputShape(g_, 2));
  reference::ConvolutionForward(g_, ConvertTo<double>(input_.view()),
                                ConvertTo<double>(weights.view()), {}, Activation::kNone, exact);
  const auto error = [&](ConvolutionMethod method) {
    Tensor<float> output(exact.shape());
    RunKernel(
        pool_, ConvolutionForwardScratchBytes(g_, 2, 1, method), [&](const KernelContext& context) {
          ConvolutionForward(g_, input_, weights, {}, Activation::kNone, output, context, method);
        });
    return RootMeanSquareError(output, exact);
  };
  ASSERT_TRUE(IsWinogradForwardFaster(g_));
  ExpectTheErrors(error(ConvolutionMethod::kDirect), error(ConvolutionMethod::kFastest));
}

TEST_F(WinogradErrorTest, OfTheWeightGradientIsAFewTimesThatOfTheDirectMethod) {
  const Tensor<float> d_output = RandomTensor(OutputShape(g_, 2), 7);
  Tensor<double> exact(WeightShape(g_), 0);
  reference::AccumulateConvolutionWeightGradient(g_, ConvertTo<double>(input_.view()),
                                                 ConvertTo<double>(d_output.view()), exact, {});
  const auto error = [&](ConvolutionMethod method) {
    Tensor<float> d_weights(exact.shape(), 0);
    RunKernel(pool_, ConvolutionWeightGradientScratchBytes(g_, 2, 1, method),
              [&](const KernelContext& context) {
                AccumulateConvolutionWeightGradient(g_, input_, d_output, d_weights, {}, context,
                                                    method);
              });
    return RootMeanSquareError(d_weights, exact);
  };
  ASSERT_TRUE(IsWinogradWeightGradientFaster(g_));
  ExpectTheErrors(error(ConvolutionMethod::kDirect), error(ConvolutionMethod::kFastest));
}

TEST(WinogradChoice, IsForSquareWindowsOf3WithStride1AndSeveralChannels) {
  const auto ways = [](int64_t channels, int64_t filters, Extent input, Window window) {
    const ConvolutionGeometry g =
        MakeConvolutionGeometry(channels, input, filters, 1, window, "test");
    std::string names;
    if (IsWinogradForwardFaster(g)) names += "forward ";
    if (IsWinogradInputGradientFaster(g)) names += "input ";
    if (IsWinogradWeightGradientFaster(g)) names += "weights ";
    return names;
  };
  const std::string all = "forward input weights ";
  EXPECT_EQ(ways(16, 16, 28, {.size = 3, .padding = 1}), all);
  EXPECT_EQ(ways(256, 384, 13, {.size = 3, .padding = 1}), all);
  EXPECT_EQ(ways(64, 64, 3, {.size = 3, .padding = 1}), all);
  EXPECT_EQ(ways(1, 16, 28, {.size = 3, .padding = 1}), "");
  EXPECT_EQ(ways(6, 16, 28, {.size = 3, .padding = 1}), "forward ");  // lanes are few channels
  EXPECT_EQ(ways(64, 64, 2, {.size = 3, .padding = 1}), "input ");    // 4 pixels of a tile
  EXPECT_EQ(ways(16, 16, 28, {.size = {3, 2}}), "");
  EXPECT_EQ(ways(16, 16, 28, {.size = 5, .padding = 2}), "");
  EXPECT_EQ(ways(16, 16, 29, {.size = 3, .stride = 2}), "");
  EXPECT_EQ(ways(16, 16, 28, {.size = 3, .dilation = 2}), "");
}

}  // namespace
}  // namespace ocellus
