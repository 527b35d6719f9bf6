// Convolution and max pooling a few samples at a time, against one after the other.
#include "ocellus/kernels/convolution_max_pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ocellus/kernels/max_pooling.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

struct PooledCase {
  ConvolutionCase convolution;
  Window pooling;
  ConvolutionMethod method = ConvolutionMethod::kFastest;
};

void PrintTo(const PooledCase& c, std::ostream* out) { *out << c.convolution.name; }

// Batches below two samples for each thread, as many, and more, in chunks of which the last is
// smaller; every method of a convolution; pooling windows that touch, overlap and leave something
// out.
std::vector<PooledCase> PooledCases() {
  const Window pair{.size = 2, .stride = 2};
  const Window alone{.size = 1};
  const ConvolutionCase winograd{"Winograd", 17, 8, 16, 1, {12, 10}, {.size = 3, .padding = 1}};
  ConvolutionCase direct = winograd;
  direct.name = "Direct";
  return {
      {{"OneSample", 1, 2, 3, 1, {7, 9}, {.size = 2}}, pair},
      {{"SimpleConvNet", 11, 1, 30, 1, {28, 28}, {.size = 5}}, pair},
      {{"LeNetC1", 9, 1, 6, 1, {28, 28}, {.size = 5, .padding = 2}}, pair},
      {{"LeNetC3", 14, 6, 16, 1, {14, 14}, {.size = 5}}, pair},
      {{"ManySmallSamples", 101, 2, 5, 1, {6, 7}, {.size = {3, 2}}}, pair},
      {{"Overlapping",
        13,
        3,
        4,
        1,
        {11, 13},
        {.size = {3, 4}, .stride = {2, 1}, .padding = {1, 2}}},
       {.size = 3, .stride = 2, .padding = 1, .rounding = Rounding::kFloor}},
      {{"Groups", 12, 4, 6, 2, {9, 11}, {.size = {2, 4}, .dilation = {2, 1}}}, alone},
      {winograd, pair},
      {direct, pair, ConvolutionMethod::kDirect},
      {{"SeesWholeInput", 15, 3, 6, 1, {4, 5}, {.size = {4, 5}}}, alone},
  };
}

class PooledConvolutionTest : public testing::TestWithParam<PooledCase> {
 protected:
  PooledConvolutionTest() {
    both_.convolution = GetParam().convolution.geometry();
    both_.pooling = MakePoolingGeometry(both_.convolution.out_channels, both_.convolution.output,
                                        GetParam().pooling, "test");
    both_.method = GetParam().method;
    weights_ = RandomTensor(WeightShape(both_.convolution), 2);
  }

  ThreadPool serial_{1};
  PooledConvolution both_;
  int64_t batch_ = GetParam().convolution.batch;
  Tensor<float> weights_;
};

TEST_P(PooledConvolutionTest, ForwardHasTheBitsOfOneAfterTheOther) {
  const ConvolutionGeometry& g = both_.convolution;
  const Tensor<float> input = RandomTensor(InputShape(g, batch_), 1);
  const Tensor<float> biases = RandomTensor({g.out_channels}, 3);
  const Shape pooled = OutputShape(both_.pooling, batch_);
  for (const bool is_relu : {false, true}) {
    const Activation activation = is_relu ? Activation::kRelu : Activation::kNone;
    RunEverywhere(
        [&](int threads) { return PooledConvolutionForwardScratchBytes(both_, batch_, threads); },
        [&](const KernelContext& context) {
          Tensor<float> convolved(OutputShape(g, batch_)), expected(pooled);
          std::vector<int32_t> winners(static_cast<size_t>(pooled.elements())),
              expected_winners(winners.size(), -1);
          RunKernel(serial_, ConvolutionForwardScratchBytes(g, batch_, 1, both_.method),
                    [&](const KernelContext& alone) {
                      ConvolutionForward(g, input, weights_, biases, Activation::kNone, convolved,
                                         alone, both_.method);
                      MaxPoolingForward(both_.pooling, convolved, activation, expected,
                                        expected_winners, alone);
                    });
          GuardedTensor output(pooled);
          PooledConvolutionForward(both_, input, weights_, biases, activation, output.view(),
                                   winners, context);
          EXPECT_TRUE(SameBits(output.view().span(), expected.span()));
          EXPECT_EQ(winners, expected_winners);
          // Prediction asks for no winners.
          GuardedTensor prediction(pooled);
          PooledConvolutionForward(both_, input, weights_, biases, activation, prediction.view(),
                                   {}, context);
          EXPECT_TRUE(SameBits(prediction.view().span(), expected.span()));
          // It may have packed the weights before.
          const int64_t elements = PackedConvolutionElements(g, both_.method);
          if (elements == 0) return output;
          Tensor<float> packed({elements});
          PackConvolutionWeights(g, weights_, packed.data(), context.pool, both_.method);
          prediction.view().Fill(NAN);
          const Tensor<float> nothing(weights_.shape(), NAN);
          PooledConvolutionForward(both_, input, nothing, biases, activation, prediction.view(), {},
                                   context, packed.data());
          EXPECT_TRUE(SameBits(prediction.view().span(), expected.span()));
          return output;
        },
        [](TensorView<const float>) { return testing::AssertionSuccess(); });
  }
}

TEST_P(PooledConvolutionTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  for (const int threads : {1, 2, 3, 7}) {
    int64_t before = 0;
    for (int64_t batch = 1; batch <= 60; ++batch) {
      EXPECT_GE(PooledConvolutionForwardScratchBytes(both_, batch, threads), before) << batch;
      before = PooledConvolutionForwardScratchBytes(both_, batch, threads);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PooledConvolutionTest, testing::ValuesIn(PooledCases()),
                         [](const auto& test) { return test.param.convolution.name; });

}  // namespace
}  // namespace ocellus
