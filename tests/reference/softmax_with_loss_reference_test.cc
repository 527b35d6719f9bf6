// Softmax with cross entropy in double: the book's numbers, extreme scores, and the gradient.
#include "ocellus/reference/softmax_with_loss_reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

// From NumPy:
//   s = np.array([[0.3, 2.9, 4.0], [-1.0, 0.0, 1.0]]); e = np.exp(s)
//   y = e / e.sum(1, keepdims=True); print(y, -np.log(y[[0, 1], [2, 0]]).mean())
TEST(SoftmaxWithLossReference, GivesTheNumbersOfNumpy) {
  const Tensor<double> scores = TensorOf({2, 3}, {0.3, 2.9, 4.0, -1.0, 0.0, 1.0});
  const Tensor<double> expected =
      TensorOf({2, 3}, {0.018211273295547534, 0.2451918129350739, 0.7365969137693785,
                        0.09003057317038048, 0.24472847105479767, 0.6652409557748219});
  Tensor<double> probabilities({2, 3});
  const std::vector<int32_t> labels = {2, 0};
  EXPECT_NEAR(SoftmaxWithLossForward(scores, labels, probabilities), 1.3566602146284161,
              8 * kEpsilon);
  EXPECT_TRUE(AllNear(probabilities, expected, 8 * kEpsilon));
  Tensor<double> in_place = scores.Clone();
  SoftmaxForward(in_place, in_place);
  EXPECT_TRUE(SameBits(in_place, probabilities));
}

TEST(SoftmaxWithLossReference, LargeScoresDoNotOverflow) {
  Tensor<double> probabilities({1, 3});
  SoftmaxForward(TensorOf({1, 3}, {1010, 1000, 990}), probabilities);
  const double e10 = std::exp(-10.0), e20 = std::exp(-20.0), sum = 1 + e10 + e20;
  // log-sum-exp is near 1010 and rounded there.
  EXPECT_TRUE(
      AllNear(probabilities, TensorOf({1, 3}, {1 / sum, e10 / sum, e20 / sum}), 1024 * kEpsilon));
}

TEST(SoftmaxWithLossReference, TheLossOfAVanishingProbabilityIsFinite) {
  Tensor<double> probabilities({1, 2});
  const std::vector<int32_t> labels = {1};
  EXPECT_EQ(SoftmaxWithLossForward(TensorOf({1, 2}, {2000, 0}), labels, probabilities), 2000.0);
  EXPECT_TRUE(SameBits(probabilities, TensorOf({1, 2}, {1, 0})));
}

TEST(SoftmaxWithLossReference, ANanScoreIsNotHidden) {
  Tensor<double> probabilities({1, 3});
  const std::vector<int32_t> labels = {0};
  for (int64_t place = 0; place < 3; ++place) {
    Tensor<double> scores({1, 3}, 1.0);
    scores[place] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(std::isnan(SoftmaxWithLossForward(scores, labels, probabilities))) << place;
  }
}

TEST(SoftmaxWithLossReference, GradientIsTheDifferenceQuotientAndSumsToZero) {
  Tensor<double> scores = RandomTensor<double>({5, 7}, 1);
  Tensor<double> probabilities(scores.shape());
  const std::vector<int32_t> labels = {6, 0, 3, 3, 1};
  const auto loss = [&] { return SoftmaxWithLossForward(scores, labels, probabilities); };
  loss();
  Tensor<double> d_scores(scores.shape());
  SoftmaxWithLossInputGradient(probabilities, labels, d_scores);
  // The third derivative of log-sum-exp is below 1, so the quotient is off by less than h^2 / 6.
  const double tolerance =
      kDifferenceStep * kDifferenceStep / 6 + SumBound<double>(5 * 8, 1.0) / kDifferenceStep;
  EXPECT_TRUE(AllNear(NumericalGradient(scores, loss), d_scores, tolerance));
  for (int64_t n = 0; n < 5; ++n) {
    const auto row = std::as_const(d_scores).view().Sample(n).span();
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 0.0, 8 * kEpsilon);
  }
}

TEST(SoftmaxWithLossReference, GradientOfSoftmaxAloneIsTheDifferenceQuotientAlsoInPlace) {
  Tensor<double> scores = RandomTensor<double>({5, 7}, 1);
  Tensor<double> d_probabilities = RandomTensor<double>({5, 7}, 2);
  Tensor<double> probabilities(scores.shape()), d_scores(scores.shape());
  const auto loss = [&] {
    SoftmaxForward(scores, probabilities);
    return InnerProduct(probabilities, d_probabilities);
  };
  loss();
  SoftmaxInputGradient(probabilities, d_probabilities, d_scores);
  const double tolerance =
      kDifferenceStep * kDifferenceStep + SumBound<double>(5 * 8, 1.0) / kDifferenceStep;
  EXPECT_TRUE(AllNear(NumericalGradient(scores, loss), d_scores, tolerance));
  loss();
  SoftmaxInputGradient(probabilities, d_probabilities, d_probabilities);
  EXPECT_TRUE(SameBits(d_probabilities, d_scores)) << "in place";
}

TEST(SoftmaxWithLossReference, GradientMayReplaceTheProbabilities) {
  Tensor<double> values = TensorOf({2, 2}, {0.25, 0.75, 0.5, 0.5});
  const std::vector<int32_t> labels = {1, 0};
  SoftmaxWithLossInputGradient(values, labels, values);
  EXPECT_TRUE(SameBits(values, TensorOf({2, 2}, {0.125, -0.125, -0.25, 0.25})));
}

TEST(SoftmaxWithLossReference, RefusesOperandsOfOtherShapes) {
  Tensor<double> scores({2, 3}, 0.0), transposed({3, 2}, 0.0);
  const std::vector<int32_t> labels = {1, 0};
  EXPECT_THROW(SoftmaxForward(scores, transposed), CheckFailure);
  EXPECT_THROW(SoftmaxInputGradient(scores, transposed, scores), CheckFailure);
  EXPECT_THROW(SoftmaxInputGradient(scores, scores, transposed), CheckFailure);
  EXPECT_THROW(SoftmaxWithLossForward(scores, labels, transposed), CheckFailure);
  EXPECT_THROW(SoftmaxWithLossInputGradient(scores, labels, transposed), CheckFailure);
}

}  // namespace
}  // namespace ocellus::reference
