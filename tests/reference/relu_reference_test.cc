// ReLU in double.
#include "ocellus/reference/relu_reference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

TEST(ReluReference, KeepsWhatIsNotNegative) {
  Tensor<double> values = TensorOf({2, 3}, {-1, 0, 2, -kInfinity, kInfinity, 1e-300});
  ReluForward(values, values);
  EXPECT_TRUE(SameBits(values, TensorOf({2, 3}, {0, 0, 2, 0, kInfinity, 1e-300})));
}

TEST(ReluReference, NanStaysNan) {
  EXPECT_TRUE(std::isnan(Activate(Activation::kRelu, kNan)));
  EXPECT_TRUE(std::isnan(Activate(Activation::kRelu, -kNan)));
}

TEST(ReluReference, GradientPassesWhereTheOutputIsPositiveOnly) {
  const Tensor<double> output = TensorOf({4}, {0, 2, 0, 1e-300});
  Tensor<double> d_output = TensorOf({4}, {5, -6, 7, 8});
  Tensor<double> d_input({4}, kNan);
  ReluInputGradient(output, d_output, d_input);
  EXPECT_TRUE(SameBits(d_input, TensorOf({4}, {0, -6, 0, 8})));
  ReluInputGradient(output, d_output, d_output);
  EXPECT_TRUE(SameBits(d_output, d_input)) << "in place";
}

TEST(ReluReference, GradientIsTheDifferenceQuotient) {
  Tensor<double> input = TensorOf({2, 2}, {-0.5, 0.25, 3, -0.125});
  const Tensor<double> d_output = TensorOf({2, 2}, {1, -2, 3, 4});
  Tensor<double> output(input.shape()), d_input(input.shape());
  ReluForward(input, output);
  ReluInputGradient(output, d_output, d_input);
  const Tensor<double> numerical = NumericalGradient(input, [&] {
    ReluForward(input, output);
    return InnerProduct(output, d_output);
  });
  EXPECT_TRUE(AllNear(numerical, d_input, SumBound<double>(4, 12) / kDifferenceStep));
}

TEST(ReluReference, RefusesOperandsOfOtherShapes) {
  Tensor<double> a({2, 2}, 0.0), b({4}, 0.0);
  EXPECT_THROW(ReluForward(a, b), CheckFailure);
  EXPECT_THROW(ReluInputGradient(a, b, a), CheckFailure);
  EXPECT_THROW(ReluInputGradient(a, a, b), CheckFailure);
}

}  // namespace
}  // namespace ocellus::reference
