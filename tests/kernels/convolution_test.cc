// Convolution kernels against the reference, for every parameter and in each direction.
#include "ocellus/kernels/convolution.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ocellus/kernels/simd_target.h"
#include "ocellus/reference/convolution_reference.h"
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
  int64_t groups;
  Window window;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> Cases() {
  const Rounding floor = Rounding::kFloor;
  return {
      {"Smallest", 1, 1, {1, 1}, 1, 1, {.size = 1}},
      {"OnePixelOut", 2, 3, {5, 3}, 4, 1, {.size = {5, 3}}},
      {"Chapter", 3, 1, {28, 28}, 30, 1, {.size = 5}},
      {"UnequalEverything",
       2,
       3,
       {11, 14},
       5,
       1,
       {.size = {3, 2},
        .stride = {2, 3},
        .padding = {1, 2},
        .dilation = {2, 1},
        .rounding = floor}},
      {"StrideWiderThanWindow",
       2,
       2,
       {9, 13},
       3,
       1,
       {.size = {2, 1}, .stride = {3, 4}, .rounding = floor}},
      {"PaddingWiderThanImage", 1, 2, {2, 1}, 3, 1, {.size = 3, .padding = {3, 4}}},
      {"Dilated", 2, 2, {13, 11}, 7, 1, {.size = 3, .padding = {2, 3}, .dilation = {2, 3}}},
      {"Groups", 2, 6, {7, 9}, 4, 2, {.size = 3, .padding = 1}},
      {"Depthwise", 2, 5, {6, 7}, 10, 5, {.size = {3, 2}, .padding = {1, 0}}},
      {"VectorMinusOne", 1, 2, {3, 17}, 9, 1, {.size = {2, 3}}},
      {"Vector", 1, 2, {3, 18}, 8, 1, {.size = {2, 3}}},
      {"VectorPlusOne", 1, 2, {3, 19}, 7, 1, {.size = {2, 3}}},
      {"PanelMinusOne", 1, 1, {1, 47}, 17, 1, {.size = 1}},
      {"PanelPlusOne", 1, 1, {1, 49}, 16, 1, {.size = 1}},
      {"Primes", 5, 7, {13, 11}, 23, 1, {.size = {5, 3}, .padding = {2, 1}}},
      {"SeveralDepthBlocks", 2, 47, {6, 5}, 13, 1, {.size = 3, .padding = 1}},
      {"ManyFilters", 1, 3, {6, 6}, 131, 1, {.size = 3}},
      {"AlexNetFirst", 1, 3, {35, 39}, 12, 1, {.size = 11, .stride = 4}},
      {"WholeInput", 7, 5, {4, 3}, 17, 1, {.size = {4, 3}}},
      {"WholeInputOfGroups", 3, 4, {4, 3}, 6, 2, {.size = {4, 3}}},
      {"FastBy3x3", 3, 16, {9, 10}, 18, 1, {.size = 3, .padding = 1}},
      {"Stride4", 2, 2, {13, 26}, 3, 1, {.size = 6, .stride = {3, 4}, .padding = {1, 2}}},
      {"LongDepthOfWeightGradient", 6, 2, {24, 23}, 5, 1, {.size = 3, .padding = 1}},
  };
}

class ConvolutionKernels : public testing::TestWithParam<Case> {
 protected:
  ConvolutionKernels()
      : geometry_(MakeConvolutionGeometry(GetParam().channels, GetParam().input, GetParam().filters,
                                          GetParam().groups, GetParam().window, "test")),
        batch_(GetParam().batch),
        input_shape_{batch_, geometry_.in_channels, geometry_.input.h, geometry_.input.w},
        output_shape_{batch_, geometry_.out_channels, geometry_.output.h, geometry_.output.w},
        weight_shape_{geometry_.out_channels, geometry_.in_channels_per_group(),
                      geometry_.window.size.h, geometry_.window.size.w},
        input_(RandomTensor(input_shape_, 1)),
        weights_(RandomTensor(weight_shape_, 2)),
        biases_(RandomTensor({geometry_.out_channels}, 3)),
        d_output_(RandomTensor(output_shape_, 4)) {}

  Tensor<float> Forward(ThreadPool& pool, bool with_biases, Activation activation) {
    GuardedTensor output(output_shape_);
    const int64_t scratch = ConvolutionForwardScratchBytes(geometry_, batch_, pool.threads());
    RunKernel(pool, scratch, [&](const KernelContext& context) {
      ConvolutionForward(geometry_, input_, weights_,
                         with_biases ? biases_.view() : TensorView<float>(), activation,
                         output.view(), context);
    });
    EXPECT_TRUE(output.GuardsAreIntact());
    return ConvertTo<float>(output.view());
  }

  Tensor<float> InputGradient(ThreadPool& pool) {
    GuardedTensor d_input(input_shape_);
    const int64_t scratch = ConvolutionInputGradientScratchBytes(geometry_, batch_, pool.threads());
    RunKernel(pool, scratch, [&](const KernelContext& context) {
      ConvolutionInputGradient(geometry_, d_output_, weights_, d_input.view(), context);
    });
    EXPECT_TRUE(d_input.GuardsAreIntact());
    return ConvertTo<float>(d_input.view());
  }

  // Weights and biases; both start as 0.5.
  std::pair<Tensor<float>, Tensor<float>> ParameterGradients(ThreadPool& pool) {
    GuardedTensor d_weights(weight_shape_), d_biases({geometry_.out_channels});
    d_weights.view().Fill(0.5f);
    d_biases.view().Fill(0.5f);
    const int64_t scratch =
        ConvolutionWeightGradientScratchBytes(geometry_, batch_, pool.threads());
    RunKernel(pool, scratch, [&](const KernelContext& context) {
      AccumulateConvolutionWeightGradient(geometry_, input_, d_output_, d_weights.view(),
                                          d_biases.view(), context);
    });
    EXPECT_TRUE(d_weights.GuardsAreIntact() && d_biases.GuardsAreIntact());
    return {ConvertTo<float>(d_weights.view()), ConvertTo<float>(d_biases.view())};
  }

  // All magnitudes are at most 1, so a sum of n products has at most magnitude n.
  static Tolerance Sum(int64_t terms) {
    return {.terms = terms, .magnitude = static_cast<double>(terms)};
  }

  ConvolutionGeometry geometry_;
  int64_t batch_;
  Shape input_shape_, output_shape_, weight_shape_;
  Tensor<float> input_, weights_, biases_, d_output_;
};

TEST_P(ConvolutionKernels, ForwardMatchesTheReferenceOnEveryTarget) {
  const Tensor<double> input = ConvertTo<double>(input_.view());
  const Tensor<double> weights = ConvertTo<double>(weights_.view());
  const Tensor<double> biases = ConvertTo<double>(biases_.view());
  for (const bool with_biases : {false, true}) {
    for (const Activation activation : {Activation::kNone, Activation::kRelu}) {
      Tensor<double> expected(output_shape_);
      reference::ConvolutionForward(geometry_, input, weights,
                                    with_biases ? biases.view() : TensorView<const double>(),
                                    activation, expected);
      for (const std::string& target : SupportedSimdTargets()) {
        SetSimdTarget(target);
        ThreadPool pool(2);
        EXPECT_TRUE(AllNear(Forward(pool, with_biases, activation).span(), expected.span(),
                            Sum(geometry_.filter_elements() + 1)))
            << target;
      }
      SetSimdTarget("");
    }
  }
}

TEST_P(ConvolutionKernels, InputGradientMatchesTheReferenceOnEveryTarget) {
  Tensor<double> expected(input_shape_);
  reference::ConvolutionInputGradient(geometry_, ConvertTo<double>(d_output_.view()),
                                      ConvertTo<double>(weights_.view()), expected);
  const int64_t terms = geometry_.out_channels_per_group() * geometry_.window.size.area();
  for (const std::string& target : SupportedSimdTargets()) {
    SetSimdTarget(target);
    ThreadPool pool(2);
    EXPECT_TRUE(AllNear(InputGradient(pool).span(), expected.span(), Sum(terms))) << target;
  }
  SetSimdTarget("");
}

TEST_P(ConvolutionKernels, ParameterGradientsAreAddedAndMatchTheReferenceOnEveryTarget) {
  Tensor<double> d_weights(weight_shape_, 0.5), d_biases({geometry_.out_channels}, 0.5);
  reference::AccumulateConvolutionWeightGradient(geometry_, ConvertTo<double>(input_.view()),
                                                 ConvertTo<double>(d_output_.view()), d_weights,
                                                 d_biases);
  const int64_t terms = batch_ * geometry_.output.area() + 1;
  for (const std::string& target : SupportedSimdTargets()) {
    SetSimdTarget(target);
    ThreadPool pool(2);
    const auto [found_weights, found_biases] = ParameterGradients(pool);
    EXPECT_TRUE(AllNear(found_weights.span(), d_weights.span(), Sum(terms))) << target;
    EXPECT_TRUE(AllNear(found_biases.span(), d_biases.span(), Sum(terms))) << target;
  }
  SetSimdTarget("");
}

TEST_P(ConvolutionKernels, AllDirectionsGiveTheSameBitsForAnyNumberOfThreads) {
  ThreadPool one(1);
  const Tensor<float> output = Forward(one, true, Activation::kRelu);
  const Tensor<float> d_input = InputGradient(one);
  const auto [d_weights, d_biases] = ParameterGradients(one);
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    EXPECT_TRUE(SameBits(Forward(pool, true, Activation::kRelu).span(), output.span())) << threads;
    EXPECT_TRUE(SameBits(InputGradient(pool).span(), d_input.span())) << threads;
    const auto [again_weights, again_biases] = ParameterGradients(pool);
    EXPECT_TRUE(SameBits(again_weights.span(), d_weights.span())) << threads;
    EXPECT_TRUE(SameBits(again_biases.span(), d_biases.span())) << threads;
  }
}

TEST_P(ConvolutionKernels, ForwardAndInputGradientAreAdjoint) {
  ThreadPool pool(2);
  const Tensor<float> output = Forward(pool, false, Activation::kNone);
  const Tensor<float> d_input = InputGradient(pool);
  double left = 0, right = 0, magnitude = 0;
  for (int64_t i = 0; i < output.elements(); ++i) left += double{output[i]} * d_output_[i];
  for (int64_t i = 0; i < d_input.elements(); ++i) right += double{d_input[i]} * input_[i];
  for (int64_t i = 0; i < output.elements(); ++i) magnitude += std::abs(double{output[i]});
  const double terms =
      static_cast<double>(geometry_.filter_elements() + geometry_.out_channels * 25);
  EXPECT_NEAR(left, right, 1.2e-7 * terms * (magnitude + 1));
}

TEST_P(ConvolutionKernels, ASampleGetsTheSameBitsInAnyBatch) {
  ThreadPool pool(2);
  const Tensor<float> output = Forward(pool, true, Activation::kNone);
  for (int64_t n = 0; n < batch_; ++n) {
    Tensor<float> alone(output_shape_.Sample().Batch(1));
    const int64_t scratch = ConvolutionForwardScratchBytes(geometry_, 1, pool.threads());
    RunKernel(pool, scratch, [&](const KernelContext& context) {
      ConvolutionForward(geometry_, input_.view().Samples(n, 1), weights_, biases_,
                         Activation::kNone, alone, context);
    });
    EXPECT_TRUE(SameBits(alone.span(), output.view().Sample(n).span())) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionKernels, testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST(ConvolutionScratch, DoesNotShrinkAsTheBatchGrows) {
  const ConvolutionGeometry geometry =
      MakeConvolutionGeometry(3, {24, 20}, 7, 1, {.size = 3}, "test");
  for (int threads = 1; threads <= 8; ++threads) {
    int64_t forward = 0, input_gradient = 0, weight_gradient = 0;
    for (int64_t batch = 1; batch <= 130; ++batch) {
      EXPECT_GE(ConvolutionForwardScratchBytes(geometry, batch, threads), forward);
      EXPECT_GE(ConvolutionInputGradientScratchBytes(geometry, batch, threads), input_gradient);
      EXPECT_GE(ConvolutionWeightGradientScratchBytes(geometry, batch, threads), weight_gradient);
      forward = ConvolutionForwardScratchBytes(geometry, batch, threads);
      input_gradient = ConvolutionInputGradientScratchBytes(geometry, batch, threads);
      weight_gradient = ConvolutionWeightGradientScratchBytes(geometry, batch, threads);
    }
  }
}

}  // namespace
}  // namespace ocellus
