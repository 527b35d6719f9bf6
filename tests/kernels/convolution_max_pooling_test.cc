// Convolution and max pooling a few samples at a time, against one after the other.
#include "ocellus/kernels/convolution_max_pooling.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ocellus/kernels/max_pooling.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

struct Case {
  std::string name;
  int64_t batch;
  int64_t channels;
  Extent input;
  int64_t filters;
  Window window;
  Window pooling;
  int64_t groups = 1;
  ConvolutionMethod method = ConvolutionMethod::kFastest;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

// Batches below two samples for each thread, as many, and more, in chunks of which the last is
// smaller; every method of a convolution; pooling windows that touch, overlap and leave something
// out.
std::vector<Case> Cases() {
  const Window pair{.size = 2, .stride = 2};
  return {
      {"OneSample", 1, 2, {7, 9}, 3, {.size = 2}, pair},
      {"SimpleConvNet", 11, 1, {28, 28}, 30, {.size = 5}, pair},
      {"LeNetC1", 9, 1, {28, 28}, 6, {.size = 5, .padding = 2}, pair},
      {"LeNetC3", 14, 6, {14, 14}, 16, {.size = 5}, pair},
      {"ManySmallSamples", 101, 2, {6, 7}, 5, {.size = {3, 2}}, pair},
      {"Overlapping",
       13,
       3,
       {11, 13},
       4,
       {.size = {3, 4}, .stride = {2, 1}, .padding = {1, 2}},
       {.size = 3, .stride = 2, .padding = 1, .rounding = Rounding::kFloor}},
      {"Groups", 12, 4, {9, 11}, 6, {.size = {2, 4}, .dilation = {2, 1}}, {.size = 1}, 2},
      {"Direct",
       19,
       8,
       {12, 10},
       16,
       {.size = 3, .padding = 1},
       pair,
       1,
       ConvolutionMethod::kDirect},
      {"Winograd", 17, 8, {12, 10}, 16, {.size = 3, .padding = 1}, pair},
      {"SeesWholeInput", 15, 3, {4, 5}, 6, {.size = {4, 5}}, {.size = 1}},
  };
}

class PooledConvolutionTest : public testing::TestWithParam<Case> {
 protected:
  PooledConvolutionTest() {
    const Case& c = GetParam();
    both_.convolution =
        MakeConvolutionGeometry(c.channels, c.input, c.filters, c.groups, c.window, "test");
    both_.method = c.method;
    both_.pooling = MakePoolingGeometry(c.filters, both_.convolution.output, c.pooling, "test");
    weights_ = RandomTensor(WeightShape(both_.convolution), 2);
  }

  ThreadPool serial_{1};
  PooledConvolution both_;
  int64_t batch_ = GetParam().batch;
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
          return output;
        },
        [](TensorView<const float>) { return testing::AssertionSuccess(); });
  }
}

TEST_P(PooledConvolutionTest, InputGradientHasTheBitsOfOneAfterTheOther) {
  const ConvolutionGeometry& g = both_.convolution;
  const Tensor<float> d_output = RandomTensor(OutputShape(both_.pooling, batch_), 4);
  const Tensor<float> values = RandomTensor(OutputShape(g, batch_), 5);
  std::vector<int32_t> winners(static_cast<size_t>(d_output.elements()));
  Tensor<float> pooled(d_output.shape());
  MaxPoolingForward(both_.pooling, values, Activation::kNone, pooled, winners, {serial_, {}});
  RunEverywhere(
      [&](int threads) {
        return PooledConvolutionInputGradientScratchBytes(both_, batch_, threads);
      },
      [&](const KernelContext& context) {
        Tensor<float> d_convolved(OutputShape(g, batch_)), expected(InputShape(g, batch_));
        RunKernel(serial_, ConvolutionInputGradientScratchBytes(g, batch_, 1, both_.method),
                  [&](const KernelContext& alone) {
                    MaxPoolingInputGradient(both_.pooling, d_output, winners, d_convolved, alone);
                    ConvolutionInputGradient(g, d_convolved, weights_, expected, alone,
                                             both_.method);
                  });
        GuardedTensor d_input(InputShape(g, batch_));
        PooledConvolutionInputGradient(both_, d_output, winners, weights_, d_input.view(), context);
        EXPECT_TRUE(SameBits(d_input.view().span(), expected.span()));
        return d_input;
      },
      [](TensorView<const float>) { return testing::AssertionSuccess(); });
}

TEST_P(PooledConvolutionTest, ScratchMemoryDoesNotShrinkAsTheBatchGrows) {
  for (const int threads : {1, 2, 3, 7}) {
    int64_t forward = 0, backward = 0;
    for (int64_t batch = 1; batch <= 60; ++batch) {
      EXPECT_GE(PooledConvolutionForwardScratchBytes(both_, batch, threads), forward) << batch;
      EXPECT_GE(PooledConvolutionInputGradientScratchBytes(both_, batch, threads), backward);
      forward = PooledConvolutionForwardScratchBytes(both_, batch, threads);
      backward = PooledConvolutionInputGradientScratchBytes(both_, batch, threads);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PooledConvolutionTest, testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace ocellus
