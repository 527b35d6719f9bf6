// Leaky ReLU in double.
#include "ocellus/reference/leaky_relu_reference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

TEST(LeakyReluReference, LetsAShareOfWhatIsNegativeThrough) {
  Tensor<double> values = TensorOf({2, 3}, {-1, 0, 2, -kInfinity, kInfinity, 1e-300});
  LeakyReluForward(values, 0.25, values);
  EXPECT_TRUE(SameBits(values, TensorOf({2, 3}, {-0.25, 0, 2, -kInfinity, kInfinity, 1e-300})));
  Tensor<double> nan({1}, kNan);
  LeakyReluForward(nan, 0.25, nan);
  EXPECT_TRUE(std::isnan(nan[0]));
}

TEST(LeakyReluReference, GradientPassesAShareWhereTheOutputIsNotPositive) {
  const Tensor<double> output = TensorOf({4}, {0, 2, -1, 1e-300});
  Tensor<double> d_output = TensorOf({4}, {4, -6, 8, 7});
  Tensor<double> d_input({4}, kNan);
  LeakyReluInputGradient(output, 0.25, d_output, d_input);
  EXPECT_TRUE(SameBits(d_input, TensorOf({4}, {1, -6, 2, 7})));
  LeakyReluInputGradient(output, 0.25, d_output, d_output);
  EXPECT_TRUE(SameBits(d_output, d_input)) << "in place";
}

TEST(LeakyReluReference, GradientIsTheDifferenceQuotient) {
  Tensor<double> input = TensorOf({2, 2}, {-0.5, 0.25, 3, -0.125});
  const Tensor<double> d_output = TensorOf({2, 2}, {1, -2, 3, 4});
  Tensor<double> output(input.shape()), d_input(input.shape());
  LeakyReluForward(input, 0.375, output);
  LeakyReluInputGradient(output, 0.375, d_output, d_input);
  const Tensor<double> numerical = NumericalGradient(input, [&] {
    LeakyReluForward(input, 0.375, output);
    return InnerProduct(output, d_output);
  });
  EXPECT_TRUE(AllNear(numerical, d_input, SumBound<double>(4, 12) / kDifferenceStep));
}

TEST(LeakyReluReference, RefusesOperandsOfOtherShapes) {
  Tensor<double> a({2, 2}, 0.0), b({4}, 0.0);
  EXPECT_THROW(LeakyReluForward(a, 1, b), CheckFailure);
  EXPECT_THROW(LeakyReluInputGradient(a, 1, b, a), CheckFailure);
  EXPECT_THROW(LeakyReluInputGradient(a, 1, a, b), CheckFailure);
}

}  // namespace
}  // namespace ocellus::reference
