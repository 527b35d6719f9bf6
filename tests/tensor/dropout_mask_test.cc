// Dropout masks: a function of seed, stream and position, with the right share of zeros.
#include "ocellus/tensor/dropout_mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "ocellus/base/random.h"
#include "tests/support/check_failure.h"

namespace ocellus {
namespace {

std::vector<uint8_t> Mask(double ratio, uint64_t seed, uint64_t stream, size_t size) {
  std::vector<uint8_t> kept(size, 0xFF);
  DropoutMask(ratio, seed, stream, /*first=*/0, kept);
  return kept;
}

TEST(DropoutMask, ComparesTheWordsOfTheGenerator) {
  const std::vector<uint8_t> kept = Mask(0.25, 3, 9, 10);
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i], Philox(3, 9, i / 4)[i % 4] >= 0x40000000u ? 1 : 0) << i;
  }
}

TEST(DropoutMask, IsTheSameInAnyPieces) {
  const std::vector<uint8_t> whole = Mask(0.5, 1, 2, 1003);
  std::vector<uint8_t> pieces(whole.size(), 0xFF);
  const size_t bounds[] = {0, 4, 12, 512, 1000, 1003};
  for (size_t i = std::size(bounds) - 1; i-- > 0;) {
    DropoutMask(0.5, 1, 2, static_cast<int64_t>(bounds[i]),
                std::span(pieces).subspan(bounds[i], bounds[i + 1] - bounds[i]));
  }
  EXPECT_EQ(pieces, whole);
}

TEST(DropoutMask, AnotherSeedOrStreamGivesAnotherMask) {
  EXPECT_EQ(Mask(0.5, 1, 2, 200), Mask(0.5, 1, 2, 200));
  EXPECT_NE(Mask(0.5, 1, 2, 200), Mask(0.5, 2, 2, 200));
  EXPECT_NE(Mask(0.5, 1, 2, 200), Mask(0.5, 1, 3, 200));
}

TEST(DropoutMask, DropsTheGivenShare) {
  constexpr size_t kCount = 100000;
  for (const double ratio : {0.1, 0.5, 0.9}) {
    const std::vector<uint8_t> kept = Mask(ratio, 1, 2, kCount);
    const double share = std::accumulate(kept.begin(), kept.end(), 0.0) / kCount;
    EXPECT_NEAR(share, 1 - ratio, 5 * std::sqrt(ratio * (1 - ratio) / kCount));
  }
  EXPECT_EQ(std::ranges::count(Mask(0, 1, 2, kCount), 1), static_cast<int64_t>(kCount));
}

TEST(DropoutMask, RefusesToBeginInTheMiddleOfABlock) {
  std::vector<uint8_t> kept(4);
  EXPECT_THROW(DropoutMask(0.5, 1, 2, /*first=*/2, kept), CheckFailure);
}

}  // namespace
}  // namespace ocellus
