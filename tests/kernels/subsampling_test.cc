// Subsampling in float against the reference.
#include "ocellus/kernels/subsampling.h"

#include <gtest/gtest.h>

#include "ocellus/reference/subsampling_reference.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/subsampling_cases.h"

namespace ocellus {
namespace {

class SubsamplingTest : public testing::TestWithParam<PoolingCase> {
 protected:
  const PoolingGeometry geometry_ = GetParam().geometry();
  const Shape input_shape_ = InputShape(geometry_, GetParam().batch);
  const Shape output_shape_ = OutputShape(geometry_, GetParam().batch);
  const Shape maps_{geometry_.channels};
  const Tensor<float> input_ = RandomTensor(input_shape_, 1);
  const Tensor<float> weights_ = RandomTensor(maps_, 2);
  const Tensor<float> biases_ = RandomTensor(maps_, 3);
  const Tensor<float> d_output_ = RandomTensor(output_shape_, 4);
  const int64_t window_terms_ = geometry_.window.size.area() + 2;  // and weight and bias
};

TEST_P(SubsamplingTest, ForwardIsThatOfTheReference) {
  Tensor<double> expected(output_shape_);
  reference::SubsamplingForward(geometry_, ConvertTo<double>(input_.view()),
                                ConvertTo<double>(weights_.view()),
                                ConvertTo<double>(biases_.view()), expected);
  const GuardedTensor input(input_), weights(weights_), biases(biases_);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(output_shape_);
        SubsamplingForward(geometry_, input.view(), weights.view(), biases.view(), output.view(),
                           context);
        return output;
      },
      [&](TensorView<const float> output) {
        return AllNear(output, expected, SumBound<float>(window_terms_, 1.0));
      });
}

TEST_P(SubsamplingTest, InputGradientIsThatOfTheReference) {
  Tensor<double> expected(input_shape_);
  reference::SubsamplingInputGradient(geometry_, ConvertTo<double>(d_output_.view()),
                                      ConvertTo<double>(weights_.view()), expected);
  const GuardedTensor d_output(d_output_), weights(weights_);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_input(input_shape_);
        SubsamplingInputGradient(geometry_, d_output.view(), weights.view(), d_input.view(),
                                 context);
        return d_input;
      },
      [&](TensorView<const float> d_input) {
        return AllNear(d_input, expected, SumBound<float>(window_terms_, 1.0));
      });
}

TEST_P(SubsamplingTest, ParameterGradientIsThatOfTheReference) {
  // One tensor for both gradients, which start with something to be added to.
  const Shape both{2, geometry_.channels};
  Tensor<double> expected = RandomTensor<double>(both, 5);
  const Tensor<float> start = ConvertTo<float>(expected.view());
  const auto half = [&](auto view, int64_t number) { return view.Sample(number); };
  reference::AccumulateSubsamplingParameterGradient(
      geometry_, ConvertTo<double>(input_.view()), ConvertTo<double>(d_output_.view()),
      half(expected.view(), 0), half(expected.view(), 1));
  const GuardedTensor input(input_), d_output(d_output_);
  const int64_t terms = d_output_.elements() / geometry_.channels + window_terms_;
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor gradients(start);
        AccumulateSubsamplingParameterGradient(geometry_, input.view(), d_output.view(),
                                               half(gradients.view(), 0), half(gradients.view(), 1),
                                               context);
        return gradients;
      },
      [&](TensorView<const float> gradients) {
        const auto window = static_cast<double>(geometry_.window.size.area());
        return AllNear(gradients, expected, SumBound<float>(terms, window));
      });
}

INSTANTIATE_TEST_SUITE_P(Cases, SubsamplingTest, testing::ValuesIn(SubsamplingCases()),
                         PoolingCaseName);

TEST(Subsampling, RefusesOperandsOfOtherShapes) {
  const auto geometry = MakePoolingGeometry(1, {4, 4}, {.size = 2, .stride = 2}, "");
  Tensor<float> input({1, 1, 4, 4}, 0.0f), output({1, 1, 2, 2}, 0.0f), maps({1}, 0.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(SubsamplingForward(geometry, output, maps, maps, output, context), CheckFailure);
  EXPECT_THROW(SubsamplingForward(geometry, input, input, maps, output, context), CheckFailure);
  EXPECT_THROW(SubsamplingForward(geometry, input, maps, input, output, context), CheckFailure);
  EXPECT_THROW(SubsamplingForward(geometry, input, maps, maps, input, context), CheckFailure);
  EXPECT_THROW(SubsamplingInputGradient(geometry, input, maps, input, context), CheckFailure);
  EXPECT_THROW(SubsamplingInputGradient(geometry, output, input, input, context), CheckFailure);
  EXPECT_THROW(SubsamplingInputGradient(geometry, output, maps, output, context), CheckFailure);
  EXPECT_THROW(
      AccumulateSubsamplingParameterGradient(geometry, output, output, maps, maps, context),
      CheckFailure);
  EXPECT_THROW(AccumulateSubsamplingParameterGradient(geometry, input, input, maps, maps, context),
               CheckFailure);
  EXPECT_THROW(
      AccumulateSubsamplingParameterGradient(geometry, input, output, input, maps, context),
      CheckFailure);
}

}  // namespace
}  // namespace ocellus
