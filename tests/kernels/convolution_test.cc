// Convolution by the method that is fastest for each size, against the reference: for every
// parameter and in each direction.
#include "ocellus/kernels/convolution.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "ocellus/reference/convolution_reference.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/convolution_kernels.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

std::vector<ConvolutionCase> AllCases() {
  std::vector<ConvolutionCase> cases = ConvolutionCases();
  cases.insert(cases.end(),
               {{"PaddingWiderThanImage", 1, 2, 3, 1, {2, 1}, {.size = 3, .padding = {3, 4}}},
                {"Primes", 5, 7, 23, 1, {13, 11}, {.size = {5, 3}, .padding = {2, 1}}},
                {"SeveralDepthBlocks", 2, 47, 13, 1, {6, 5}, {.size = 3, .padding = 1}},
                {"ManyFilters", 1, 3, 131, 1, {6, 6}, {.size = 3}},
                {"AlexNetFirst", 1, 3, 12, 1, {35, 39}, {.size = 11, .stride = 4}},
                {"WholeInput", 7, 5, 17, 1, {4, 3}, {.size = {4, 3}}},
                {"WholeInputOfGroups", 3, 4, 6, 2, {4, 3}, {.size = {4, 3}}},
                {"FastBy3x3", 3, 16, 30, 1, {9, 10}, {.size = 3, .padding = 1}},
                {"Stride4", 2, 2, 3, 1, {13, 26}, {.size = 6, .stride = {3, 4}, .padding = {1, 2}}},
                {"LongDepthOfWeightGradient", 6, 2, 5, 1, {24, 23}, {.size = 3, .padding = 1}}});
  return cases;
}

constexpr ConvolutionKernels kFastest{
    .forward =
        [](const ConvolutionGeometry& g, TensorView<const float> input,
           TensorView<const float> weights, TensorView<const float> biases, Activation activation,
           TensorView<float> output, const KernelContext& context, const float* packed) {
          ConvolutionForward(g, input, weights, biases, activation, output, context,
                             ConvolutionMethod::kFastest, packed);
        },
    .forward_scratch_bytes =
        [](const ConvolutionGeometry& g, int64_t batch, int threads) {
          return ConvolutionForwardScratchBytes(g, batch, threads);
        },
    .input_gradient =
        [](const ConvolutionGeometry& g, TensorView<const float> d_output,
           TensorView<const float> weights, TensorView<float> d_input,
           const KernelContext& context) {
          ConvolutionInputGradient(g, d_output, weights, d_input, context);
        },
    .input_gradient_scratch_bytes =
        [](const ConvolutionGeometry& g, int64_t batch, int threads) {
          return ConvolutionInputGradientScratchBytes(g, batch, threads);
        },
    .packed_elements =
        [](const ConvolutionGeometry& g) {
          return PackedConvolutionElements(g, ConvolutionMethod::kFastest);
        },
    .pack =
        [](const ConvolutionGeometry& g, TensorView<const float> weights, float* packed,
           ThreadPool& pool) {
          PackConvolutionWeights(g, weights, packed, pool, ConvolutionMethod::kFastest);
        }};

class ConvolutionTest : public ConvolutionKernelsTest {
 protected:
  // Windows of 3 x 3 may go by Winograd, whose terms are larger (convolution_winograd_test.cc).
  ConvolutionKernels Fastest() const {
    ConvolutionKernels kernels = kFastest;
    if (g_.window.size == Extent(3)) kernels.largest_term = 256;
    return kernels;
  }
};

TEST_P(ConvolutionTest, ForwardMatchesTheReference) { ExpectForwardOfTheReference(Fastest()); }

TEST_P(ConvolutionTest, InputGradientMatchesTheReference) {
  ExpectInputGradientOfTheReference(Fastest());
}

TEST_P(ConvolutionTest, PackedWeightsGiveTheSameBits) {
  ExpectTheSameBitsOfPackedWeights(Fastest());
}

TEST_P(ConvolutionTest, ASampleGetsTheSameBitsInAnyBatch) {
  ExpectTheSameBitsInAnyBatch(Fastest());
}

TEST_P(ConvolutionTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  ExpectScratchMemoryThatDoesNotShrink(Fastest());
  for (const int threads : {1, 3}) {
    int64_t before = 0;
    for (int64_t batch = 1; batch <= 60; ++batch) {
      const int64_t bytes = ConvolutionWeightGradientScratchBytes(g_, batch, threads);
      EXPECT_GE(bytes, before) << batch;
      before = bytes;
    }
  }
}

TEST_P(ConvolutionTest, ParameterGradientsAreAddedAndMatchTheReference) {
  Tensor<double> d_weights(WeightShape(g_), 0.5), d_biases({g_.out_channels}, 0.5);
  reference::AccumulateConvolutionWeightGradient(g_, ConvertTo<double>(input_.view()),
                                                 ConvertTo<double>(d_output_.view()), d_weights,
                                                 d_biases);
  const int64_t terms = batch_ * g_.output.area() + 1;
  const Tolerance sum{.terms = terms, .magnitude = static_cast<double>(terms)};
  for (const bool of_biases : {false, true}) {
    RunEverywhere(
        [&](int threads) { return ConvolutionWeightGradientScratchBytes(g_, batch_, threads); },
        [&](const KernelContext& context) {
          GuardedTensor found_weights(d_weights.shape()), found_biases(d_biases.shape());
          found_weights.view().Fill(0.5f);
          found_biases.view().Fill(0.5f);
          AccumulateConvolutionWeightGradient(g_, input_, d_output_, found_weights.view(),
                                              found_biases.view(), context);
          return of_biases ? std::move(found_biases) : std::move(found_weights);
        },
        [&](TensorView<const float> found) {
          return AllNear(found, of_biases ? d_biases : d_weights, sum.bound());
        });
  }
}

TEST(ConvolutionPacking, IsForMethodsThatPackWeights) {
  const auto packed_elements = [](int64_t channels, int64_t filters, Extent input, Window window) {
    return PackedConvolutionElements(
        MakeConvolutionGeometry(channels, input, filters, 1, window, "test"),
        ConvolutionMethod::kFastest);
  };
  EXPECT_GT(packed_elements(16, 32, 14, {.size = 3, .padding = 1}), 0) << "Winograd";
  EXPECT_GT(packed_elements(6, 16, 14, {.size = 5}), 0) << "filters in the lanes";
  EXPECT_EQ(packed_elements(16, 120, 5, {.size = 5}), 16 * 120 * 25) << "a matrix product";
  EXPECT_EQ(packed_elements(1, 6, 28, {.size = 5, .padding = 2}), 0) << "pixels in the lanes";
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionTest, testing::ValuesIn(AllCases()),
                         ConvolutionCaseName);

}  // namespace
}  // namespace ocellus
