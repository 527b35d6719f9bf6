// The comparators: what they let pass, what not, and what they say.
#include "tests/support/compare.h"

#include <gmock/gmock.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

template <typename T = double>
Tensor<T> Vector(std::initializer_list<double> values) {
  return TensorOf<T>({std::ssize(values)}, values);
}

TEST(AllNear, AllowsTheToleranceAndNoMore) {
  EXPECT_TRUE(AllNear(Vector({1.0, -2.25}), Vector({1.0, -2.0}), 0.25));
  EXPECT_FALSE(AllNear(Vector({1.0, -2.25}), Vector({1.0, -2.0}), 0.2499));
  EXPECT_TRUE(AllNear(Vector({3.0}), Vector({3.0}), 0.0));
  EXPECT_FALSE(AllNear(Vector({3.0}), Vector({std::nextafter(3.0, 4.0)}), 0.0));
}

TEST(AllNear, ComparesFloatWithDouble) {
  EXPECT_TRUE(AllNear(Vector<float>({0.1}), Vector({0.1}), 2e-9));
  EXPECT_FALSE(AllNear(Vector<float>({0.1}), Vector({0.1}), 1e-9));
}

TEST(AllNear, NanFailsOnEitherSideAndAsTolerance) {
  EXPECT_FALSE(AllNear(Vector({0.0, kNan}), Vector({0.0, 1.0}), 1e30));
  EXPECT_FALSE(AllNear(Vector({0.0, 1.0}), Vector({0.0, kNan}), 1e30));
  EXPECT_FALSE(AllNear(Vector({kNan}), Vector({kNan}), 1e30));
  EXPECT_FALSE(AllNear(Vector<float>({kNan}), Vector({0.0}), 1e30));
  EXPECT_FALSE(AllNear(Vector({1.0}), Vector({1.0}), kNan));
  EXPECT_FALSE(AllNear(Vector({1.0}), Vector({2.0}), kInfinity));
}

TEST(AllNear, AnInfinityAllNearToItselfOnly) {
  EXPECT_TRUE(AllNear(Vector({kInfinity, -kInfinity}), Vector({kInfinity, -kInfinity}), 0.0));
  EXPECT_FALSE(AllNear(Vector({kInfinity}), Vector({-kInfinity}), 1e30));
  EXPECT_FALSE(AllNear(Vector({kInfinity}), Vector({1.0}), 1e30));
  EXPECT_FALSE(AllNear(Vector({1.0}), Vector({kInfinity}), 1e30));
}

TEST(AllNear, AnotherShapeFails) {
  const Tensor<double> a({2, 3}, 0.0), b({3, 2}, 0.0);
  EXPECT_FALSE(AllNear(a, b, 1.0));
  EXPECT_THAT(AllNear(a, b, 1.0).message(), HasSubstr("found shape 2x3, expected 3x2"));
}

TEST(AllNear, ShowsTheWorstElement) {
  Tensor<double> actual({2, 1, 3}, 1.0);
  const Tensor<double> expected({2, 1, 3}, 1.0);
  actual.At(0, 0, 1) = 1.5;
  actual.At(1, 0, 2) = -1.0;
  const std::string message = AllNear(actual, expected, 0.25).message();
  EXPECT_THAT(message, HasSubstr("2 of 6 elements differ, the worst at [1, 0, 2] of 2x1x3: found "
                                 "-1, expected 1, difference -2, bound 0.25; OCELLUS_TEST_SEED="));
  EXPECT_THAT(message, HasSubstr(std::to_string(TestSeed())));
}

TEST(AllNear, ANanIsTheWorstElement) {
  EXPECT_THAT(AllNear(Vector({9.0, kNan, 9.0}), Vector({0.0, 0.0, 0.0}), 1.0).message(),
              HasSubstr("3 of 3 elements differ, the worst at [1] of 3: found nan"));
}

TEST(SameBits, SeesASingleBit) {
  EXPECT_TRUE(SameBits(Vector({1.0, 2.0}), Vector({1.0, 2.0})));
  EXPECT_FALSE(SameBits(Vector({1.0, 2.0}), Vector({1.0, std::nextafter(2.0, 3.0)})));
  const float next = std::nextafter(2.0f, 3.0f);
  EXPECT_FALSE(SameBits(Vector<float>({2.0}), Vector<float>({double{next}})));
  EXPECT_FALSE(SameBits(Vector({0.0}), Vector({-0.0})));
}

TEST(SameBits, DistinguishesNansByTheirBits) {
  EXPECT_TRUE(SameBits(Vector({kNan}), Vector({kNan})));
  EXPECT_FALSE(SameBits(Vector({kNan}), Vector({-kNan})));
  EXPECT_FALSE(SameBits(Vector({kNan}), Vector({1.0})));
}

TEST(SameBits, AnotherShapeFailsAndTheFirstDifferenceIsShown) {
  EXPECT_FALSE(SameBits(Tensor<float>({1, 2}, 0.0f), Tensor<float>({2, 1}, 0.0f)));
  EXPECT_THAT(SameBits(Vector({1.0, 5.0, 5.0}), Vector({1.0, 2.0, 3.0})).message(),
              HasSubstr("2 of 3 elements differ, the worst at [1] of 3: found 5, expected 2"));
}

TEST(Largest, IsOfMagnitudes) { EXPECT_EQ(Largest(Vector({1.0, -3.0, 2.0})), 3.0); }

TEST(SumBound, GrowsWithEpsilonTermsAndMagnitude) {
  EXPECT_EQ(SumBound<float>(10, 2.0), 20 * std::ldexp(1.0, -23));
  EXPECT_EQ(SumBound<double>(10, 2.0), 20 * std::ldexp(1.0, -52));
}

TEST(SumBound, HoldsForARandomSumAndNotForOneTermMore) {
  const Tensor<double> terms = RandomTensor<double>({1000}, 1);
  float sum = 0;
  double exact = 0;
  for (const double term : terms.span()) {
    sum += static_cast<float>(term);
    exact += term;
  }
  const double bound = SumBound<float>(terms.elements(), Largest(terms));
  EXPECT_TRUE(AllNear(Vector<float>({sum}), Vector({exact}), bound));
  EXPECT_FALSE(AllNear(Vector<float>({sum}), Vector({exact + 0.01}), bound));
}

TEST(Tolerance, GrowsWithTermsAndMagnitude) {
  EXPECT_EQ((Tolerance{.terms = 8, .magnitude = 2}.bound()), 20 * std::ldexp(1.0, -23));
}

TEST(AllNear, ComparesArraysAndTheirSizes) {
  const Tolerance tolerance{.terms = 8, .magnitude = 1};
  const std::vector<double> expected = {1, -2, 0};
  EXPECT_TRUE(AllNear(std::vector<float>{1, -2, 1e-6f}, expected, tolerance));
  EXPECT_FALSE(AllNear(std::vector<float>{1, -2, 1e-5f}, expected, tolerance));
  EXPECT_FALSE(AllNear(std::vector<float>{1, -2}, expected, tolerance));
  EXPECT_FALSE(AllNear(std::vector<float>{}, expected, tolerance));
  EXPECT_TRUE(AllNear(std::vector<float>{}, std::vector<double>{}, tolerance));
}

TEST(SameBits, ComparesArraysAndTheirSizes) {
  const std::vector<float> array = {1, 0};
  EXPECT_TRUE(SameBits(array, std::vector<float>{1, 0}));
  EXPECT_FALSE(SameBits(array, std::vector<float>{1, -0.0f}));
  EXPECT_FALSE(SameBits(array, std::vector<float>{1}));
  EXPECT_TRUE(SameBits(std::vector<float>{}, std::vector<float>{}));
}

TEST(RandomTensor, HasBothSignsAndZerosUpToOneAndDependsOnTheSeed) {
  const Tensor<float> tensor = RandomTensor({1000}, 1);
  EXPECT_GT(std::ranges::count_if(tensor.span(), [](float x) { return x > 0; }), 300);
  EXPECT_GT(std::ranges::count_if(tensor.span(), [](float x) { return x < 0; }), 300);
  EXPECT_GT(std::ranges::count(tensor.span(), 0.0f), 60);
  EXPECT_LE(Largest(tensor), 1.0);
  EXPECT_GT(Largest(tensor), 0.9);
  EXPECT_TRUE(SameBits(tensor, RandomTensor({1000}, 1)));
  EXPECT_FALSE(SameBits(tensor, RandomTensor({1000}, 2)));
}

TEST(RandomWholeNumbers, AreFromMinusTwoToTwo) {
  const Tensor<double> tensor = RandomWholeNumbers<double>({1000}, 1);
  for (int value = -2; value <= 2; ++value) {
    EXPECT_GT(std::ranges::count(tensor.span(), value), 100) << value;
  }
  EXPECT_EQ(Largest(tensor), 2.0);
}

}  // namespace
}  // namespace ocellus
