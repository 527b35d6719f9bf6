// The comparators themselves.
#include "tests/support/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace ocellus {
namespace {

const float kNan = std::nanf("");

TEST(AllNear, AcceptsWithinTheToleranceOnly) {
  const std::vector<double> expected = {1, -2, 0};
  const Tolerance tolerance{.terms = 8, .magnitude = 1};
  EXPECT_TRUE(AllNear(std::vector<float>{1, -2, 0}, expected, tolerance));
  EXPECT_TRUE(AllNear(std::vector<float>{1, -2, 1e-6f}, expected, tolerance));
  EXPECT_FALSE(AllNear(std::vector<float>{1, -2, 1e-5f}, expected, tolerance));
  EXPECT_FALSE(AllNear(std::vector<float>{1, -2}, expected, tolerance));
}

TEST(AllNear, RefusesNanAndInfinityWhereverTheyAre) {
  const Tolerance tolerance{.terms = 8, .magnitude = 1};
  for (size_t i = 0; i < 3; ++i) {
    std::vector<float> found = {1, 2, 3};
    std::vector<double> expected = {1, 2, 3};
    found[i] = kNan;
    EXPECT_FALSE(AllNear(found, expected, tolerance));
    expected[i] = kNan;
    EXPECT_FALSE(AllNear(found, expected, tolerance));
    found[i] = INFINITY;
    EXPECT_FALSE(AllNear(found, std::vector<double>{1, 2, 3}, tolerance));
  }
}

TEST(SameBits, TellsZerosApartAndNanFromNumbers) {
  EXPECT_TRUE(SameBits(std::vector<float>{1, 0}, std::vector<float>{1, 0}));
  EXPECT_FALSE(SameBits(std::vector<float>{1, 0}, std::vector<float>{1, -0.0f}));
  EXPECT_FALSE(SameBits(std::vector<float>{1, 0}, std::vector<float>{1, kNan}));
  EXPECT_FALSE(SameBits(std::vector<float>{1}, std::vector<float>{1, 0}));
}

TEST(GuardedTensor, StartsAsNanAndNoticesWritesOutside) {
  GuardedTensor tensor({2, 3});
  for (const float value : tensor.span()) EXPECT_TRUE(std::isnan(value));
  EXPECT_TRUE(tensor.GuardsAreIntact());
  tensor.view().data()[6] = 0;
  EXPECT_FALSE(tensor.GuardsAreIntact());
  GuardedTensor other({2, 3});
  other.view().data()[-1] = kNan;
  EXPECT_FALSE(other.GuardsAreIntact());
}

TEST(RandomTensor, HasBothSignsAndZeros) {
  const Tensor<float> tensor = RandomTensor({1000}, 1);
  int negative = 0, zero = 0;
  for (const float value : tensor.span()) {
    negative += value < 0;
    zero += value == 0;
  }
  EXPECT_GT(negative, 300);
  EXPECT_LT(negative, 600);
  EXPECT_GT(zero, 60);
}

}  // namespace
}  // namespace ocellus
