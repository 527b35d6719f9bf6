// Tanh in double.
#include "ocellus/reference/tanh_reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

// From NumPy: np.tanh(np.array([-2.0, -0.5, 0.0, 1.0, 40.0]))
TEST(TanhReference, GivesTheNumbersOfNumpyAlsoInPlace) {
  Tensor<double> values = TensorOf({5}, {-2.0, -0.5, 0.0, 1.0, 40.0});
  const Tensor<double> input = values.Clone();
  Tensor<double> output({5}, std::numeric_limits<double>::quiet_NaN());
  TanhForward(input, output);
  EXPECT_TRUE(AllNear(
      output,
      TensorOf({5}, {-0.9640275800758169, -0.46211715726000973, 0.0, 0.7615941559557649, 1.0}),
      2 * kEpsilon));
  TanhForward(values, values);
  EXPECT_TRUE(SameBits(values, output)) << "in place";
}

TEST(TanhReference, TakesAnyNumber) {
  Tensor<double> values = TensorOf({4}, {-800, -kInfinity, kInfinity, 800});
  TanhForward(values, values);
  EXPECT_TRUE(AllNear(values, TensorOf({4}, {-1, -1, 1, 1}), 1e-300));
  Tensor<double> nan({1}, std::numeric_limits<double>::quiet_NaN());
  TanhForward(nan, nan);
  EXPECT_TRUE(std::isnan(nan[0]));
}

TEST(TanhReference, GradientIsTheDifferenceQuotientAlsoInPlace) {
  Tensor<double> input = RandomTensor<double>({3, 7}, 1);
  Tensor<double> d_output = RandomTensor<double>({3, 7}, 2);
  Tensor<double> output(input.shape()), d_input(input.shape());
  const auto loss = [&] {
    TanhForward(input, output);
    return InnerProduct(output, d_output);
  };
  loss();
  TanhInputGradient(output, d_output, d_input);
  // The third derivative is at most 2.
  const double tolerance =
      kDifferenceStep * kDifferenceStep / 3 + SumBound<double>(21, 1) / kDifferenceStep;
  EXPECT_TRUE(AllNear(NumericalGradient(input, loss), d_input, tolerance));
  loss();
  TanhInputGradient(output, d_output, d_output);
  EXPECT_TRUE(SameBits(d_output, d_input)) << "in place";
}

TEST(TanhReference, RefusesOperandsOfOtherShapes) {
  Tensor<double> a({2, 2}, 0.0), b({4}, 0.0);
  EXPECT_THROW(TanhForward(a, b), CheckFailure);
  EXPECT_THROW(TanhInputGradient(a, b, a), CheckFailure);
  EXPECT_THROW(TanhInputGradient(a, a, b), CheckFailure);
}

}  // namespace
}  // namespace ocellus::reference
