// Subsampling in double: the formula and its gradients.
#include "ocellus/reference/subsampling_reference.h"

#include <gtest/gtest.h>

#include "ocellus/tensor/check_shape.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/subsampling_cases.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

TEST(SubsamplingReference, ScalesTheSumOfEachWindowByItsMap) {
  const auto geometry = MakePoolingGeometry(2, {2, 4}, {.size = 2, .stride = 2}, "");
  const Tensor<double> input =
      TensorOf({1, 2, 2, 4}, {1, 2, 1, 0, 0, 1, 2, 3, 1, 0, 0, 0, 0, 0, 0, -5});
  Tensor<double> output({1, 2, 1, 2}, kNan);
  SubsamplingForward(geometry, input, TensorOf({2}, {0.5, -2}), TensorOf({2}, {10, 1}), output);
  EXPECT_TRUE(SameBits(output, TensorOf({1, 2, 1, 2}, {12, 13, -1, 11})));
}

TEST(SubsamplingReference, OverlappingWindowsAddUpInTheGradient) {
  const auto geometry = MakePoolingGeometry(1, {1, 4}, {.size = {1, 2}}, "");
  Tensor<double> d_input({1, 1, 1, 4}, kNan);
  SubsamplingInputGradient(geometry, TensorOf({1, 1, 1, 3}, {1, 10, 100}), TensorOf({1}, {3}),
                           d_input);
  EXPECT_TRUE(SameBits(d_input, TensorOf({1, 1, 1, 4}, {3, 33, 330, 300})));
}

TEST(SubsamplingReference, RefusesOperandsOfOtherShapes) {
  const auto geometry = MakePoolingGeometry(1, {4, 4}, {.size = 2, .stride = 2}, "");
  Tensor<double> input({1, 1, 4, 4}, 0.0), output({1, 1, 2, 2}, 0.0), maps({1}, 0.0);
  EXPECT_THROW(SubsamplingForward(geometry, output, maps, maps, output), CheckFailure);
  EXPECT_THROW(SubsamplingForward(geometry, input, input, maps, output), CheckFailure);
  EXPECT_THROW(SubsamplingForward(geometry, input, maps, input, output), CheckFailure);
  EXPECT_THROW(SubsamplingForward(geometry, input, maps, maps, input), CheckFailure);
  EXPECT_THROW(SubsamplingInputGradient(geometry, input, maps, input), CheckFailure);
  EXPECT_THROW(SubsamplingInputGradient(geometry, output, input, input), CheckFailure);
  EXPECT_THROW(SubsamplingInputGradient(geometry, output, maps, output), CheckFailure);
  EXPECT_THROW(AccumulateSubsamplingParameterGradient(geometry, output, output, maps, maps),
               CheckFailure);
  EXPECT_THROW(AccumulateSubsamplingParameterGradient(geometry, input, input, maps, maps),
               CheckFailure);
}

class SubsamplingReferenceCase : public testing::TestWithParam<PoolingCase> {};

TEST_P(SubsamplingReferenceCase, GradientsAreTheDifferenceQuotients) {
  const PoolingGeometry geometry = GetParam().geometry();
  Tensor<double> input = RandomTensor<double>(InputShape(geometry, GetParam().batch), 1);
  Tensor<double> weights = RandomTensor<double>({geometry.channels}, 2);
  Tensor<double> biases = RandomTensor<double>({geometry.channels}, 3);
  const Tensor<double> d_output = RandomTensor<double>(OutputShape(geometry, GetParam().batch), 4);
  const auto loss = [&] {
    Tensor<double> output(d_output.shape(), kNan);
    SubsamplingForward(geometry, input, weights, biases, output);
    return InnerProduct(output, d_output);
  };
  Tensor<double> d_input(input.shape(), kNan);
  SubsamplingInputGradient(geometry, d_output, weights, d_input);
  Tensor<double> d_weights({geometry.channels}, 1.0), d_biases({geometry.channels}, 2.0);
  AccumulateSubsamplingParameterGradient(geometry, input, d_output, d_weights, d_biases);
  for (int64_t c = 0; c < geometry.channels; ++c) {
    d_weights[c] -= 1;
    d_biases[c] -= 2;
  }
  const int64_t terms = d_output.elements() * geometry.window.size.area();
  const double tolerance = SumBound<double>(terms, 1.0) / kDifferenceStep;
  EXPECT_TRUE(AllNear(NumericalGradient(input, loss), d_input, tolerance));
  EXPECT_TRUE(AllNear(NumericalGradient(weights, loss), d_weights, tolerance));
  EXPECT_TRUE(AllNear(NumericalGradient(biases, loss), d_biases, tolerance));
}

INSTANTIATE_TEST_SUITE_P(Cases, SubsamplingReferenceCase, testing::ValuesIn(SubsamplingCases()),
                         PoolingCaseName);

}  // namespace
}  // namespace ocellus::reference
