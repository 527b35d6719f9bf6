// Random numbers: the published generator, and distributions that have the right shape.
#include "ocellus/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace ocellus {
namespace {

TEST(Philox, MatchesThePublishedTestVectors) {
  // Known answers of the authors' Random123 library for philox4x32-10. The third has every word of
  // counter and key set, which our (seed, stream, counter) covers completely.
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(Philox(0, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox(~0ull, ~0ull, ~0ull), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, IsTheSameForTheSameSeedAndStreamOnly) {
  Random a(1, 2), b(1, 2), other_seed(2, 2), other_stream(1, 3);
  const uint32_t first = a.Bits();
  EXPECT_EQ(b.Bits(), first);
  EXPECT_NE(other_seed.Bits(), first);
  EXPECT_NE(other_stream.Bits(), first);
}

TEST(Random, FromBeginsAnywhereInTheStream) {
  const Random start(5, 9);
  Random whole = start;
  for (uint64_t block = 0; block < 3; ++block) {
    Random part = start.From(block);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(part.Bits(), whole.Bits()) << block << " " << i;
  }
  Random normals = start, fourth_and_on = start.From(2);
  for (int i = 0; i < 4; ++i) normals.Normal();
  EXPECT_EQ(fourth_and_on.Normal(), normals.Normal());
  EXPECT_EQ(fourth_and_on.Normal(), normals.Normal());
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  Random random(7, 0);
  constexpr int kCount = 200000;
  double uniform_sum = 0, sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < kCount; ++i) {
    const double uniform = random.Uniform();
    ASSERT_TRUE(uniform >= 0 && uniform < 1);
    uniform_sum += uniform;
    const double normal = random.Normal();
    sum += normal;
    squares += normal * normal;
    fourth += normal * normal * normal * normal;
  }
  // Five standard errors each.
  EXPECT_NEAR(uniform_sum / kCount, 0.5, 5 * std::sqrt(1.0 / 12 / kCount));
  EXPECT_NEAR(sum / kCount, 0.0, 5 * std::sqrt(1.0 / kCount));
  EXPECT_NEAR(squares / kCount, 1.0, 5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(fourth / kCount, 3.0, 5 * std::sqrt(96.0 / kCount));
}

TEST(Random, ShuffleKeepsEveryElementAndEveryOrderIsEquallyLikely) {
  Random random(3, 0);
  std::vector<int> counts(6);
  for (int trial = 0; trial < 6000; ++trial) {
    std::vector<int> order = {0, 1, 2};
    random.Shuffle(std::span(order));
    ++counts[static_cast<size_t>(order[0] * 2 + (order[1] > order[2] ? 1 : 0))];
    ASSERT_EQ(std::accumulate(order.begin(), order.end(), 0), 3);
  }
  for (const int count : counts) EXPECT_NEAR(count, 1000, 5 * std::sqrt(1000.0));
}

}  // namespace
}  // namespace ocellus
