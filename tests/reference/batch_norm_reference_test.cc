// Batch normalisation in double: the numbers of NumPy, and gradients by difference quotients.
#include "ocellus/reference/batch_norm_reference.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

const Shape kShape{3, 2, 2, 5};

// From NumPy:
//   x = np.array([[[1.0, -2.0]], [[0.5, 4.0]]]); m = x.mean((0, 2)); v = x.var((0, 2))
//   print(m, v, 1.5 * (x - m) / np.sqrt(v + 0.25) - 0.5)
TEST(BatchNormReference, GivesTheNumbersOfNumpy) {
  const Tensor<double> input = TensorOf({2, 1, 2}, {1.0, -2.0, 0.5, 4.0});
  Tensor<double> mean({1}), variance({1}), output(input.shape());
  BatchNormStatistics(input, mean, variance);
  EXPECT_TRUE(AllNear(mean, TensorOf({1}, {0.875}), kEpsilon));
  EXPECT_TRUE(AllNear(variance, TensorOf({1}, {4.546875}), 8 * kEpsilon));
  BatchNormForward(input, mean, variance, TensorOf({1}, {1.5}), TensorOf({1}, {-0.5}), 0.25,
                   output);
  EXPECT_TRUE(AllNear(output,
                      TensorOf({2, 1, 2}, {-0.41439047816969754, -2.469019002096956,
                                           -0.7568285654909073, 1.640238045757561}),
                      8 * kEpsilon));
}

TEST(BatchNormReference, EachChannelGetsMeanZeroAndVarianceOne) {
  const Tensor<double> input = RandomTensor<double>(kShape, 1);
  const Tensor<double> ones({2}, 1.0), zeros({2}, 0.0);
  Tensor<double> mean({2}), variance({2}), output(kShape);
  BatchNormStatistics(input, mean, variance);
  BatchNormForward(input, mean, variance, ones, zeros, 1e-300, output);
  BatchNormStatistics(output, mean, variance);
  EXPECT_TRUE(AllNear(mean, zeros, SumBound<double>(30, 3)));
  EXPECT_TRUE(AllNear(variance, ones, SumBound<double>(60, 9)));
}

// A loss behind a batch normalisation, and its gradients by the difference quotient.
class BatchNormGradientTest : public testing::Test {
 protected:
  static constexpr double kNormEpsilon = 0.0625;

  // The statistics are those of the batch unless they are frozen.
  double Loss(bool frozen) {
    if (!frozen) BatchNormStatistics(input_, mean_, variance_);
    BatchNormForward(input_, mean_, variance_, scale_, shift_, kNormEpsilon, output_);
    return InnerProduct(output_, d_output_);
  }

  void ExpectNear(TensorView<double> values, const Tensor<double>& gradient, bool frozen) {
    // Third derivatives are some (deviation + epsilon)^-3 < 100 times the terms.
    const double tolerance =
        100 * kDifferenceStep * kDifferenceStep + SumBound<double>(60, 3) / kDifferenceStep;
    const Tensor<double> numerical = NumericalGradient(values, [&] { return Loss(frozen); });
    EXPECT_GT(Largest(numerical), 0.1);
    EXPECT_TRUE(AllNear(gradient, numerical, tolerance));
  }

  Tensor<double> input_ = RandomTensor<double>(kShape, 1);
  Tensor<double> d_output_ = RandomTensor<double>(kShape, 2);
  Tensor<double> mean_ = TensorOf({2}, {0.25, -0.5});
  Tensor<double> variance_ = TensorOf({2}, {0.5, 2});
  Tensor<double> scale_ = TensorOf({2}, {1.5, -0.75});
  Tensor<double> shift_ = TensorOf({2}, {0.5, 2});
  Tensor<double> output_{kShape};
};

TEST_F(BatchNormGradientTest, OfTheInputKnowsThatTheStatisticsDependOnIt) {
  Loss(false);
  Tensor<double> d_input(kShape, std::numeric_limits<double>::quiet_NaN());
  BatchNormInputGradient(input_, mean_, variance_, scale_, kNormEpsilon, d_output_, d_input);
  ExpectNear(input_, d_input, /*frozen=*/false);
}

TEST_F(BatchNormGradientTest, OfTheInputWithFrozenStatistics) {
  Tensor<double> d_input(kShape, std::numeric_limits<double>::quiet_NaN());
  BatchNormFrozenInputGradient(variance_, scale_, kNormEpsilon, d_output_, d_input);
  ExpectNear(input_, d_input, /*frozen=*/true);
}

TEST_F(BatchNormGradientTest, OfTheParametersIsAddedToWhatIsThere) {
  for (const bool frozen : {true, false}) {
    Loss(frozen);
    Tensor<double> d_scale({2}, 1.0), d_shift({2}, -1.0);
    AccumulateBatchNormParameterGradients(input_, mean_, variance_, kNormEpsilon, d_output_,
                                          d_scale, d_shift);
    for (double& value : d_scale.span()) value -= 1;
    for (double& value : d_shift.span()) value += 1;
    ExpectNear(scale_, d_scale, frozen);
    ExpectNear(shift_, d_shift, frozen);
  }
}

TEST(BatchNormReference, RefusesOperandsOfOtherShapes) {
  Tensor<double> x({2, 3}, 0.0), other({3, 2}, 0.0), c({3}, 1.0), two({2}, 1.0);
  EXPECT_THROW(BatchNormStatistics(x, two, c), CheckFailure);
  EXPECT_THROW(BatchNormStatistics(x, c, two), CheckFailure);
  EXPECT_THROW(BatchNormForward(x, c, c, c, c, 1, other), CheckFailure);
  EXPECT_THROW(BatchNormForward(x, c, c, two, c, 1, x), CheckFailure);
  EXPECT_THROW(AccumulateBatchNormParameterGradients(x, c, c, 1, other, c, c), CheckFailure);
  EXPECT_THROW(AccumulateBatchNormParameterGradients(x, c, c, 1, x, two, c), CheckFailure);
  EXPECT_THROW(BatchNormInputGradient(x, c, c, c, 1, x, other), CheckFailure);
  EXPECT_THROW(BatchNormInputGradient(x, c, c, two, 1, x, x), CheckFailure);
  EXPECT_THROW(BatchNormFrozenInputGradient(c, c, 1, x, other), CheckFailure);
  EXPECT_THROW(BatchNormFrozenInputGradient(two, c, 1, x, x), CheckFailure);
}

}  // namespace
}  // namespace ocellus::reference
