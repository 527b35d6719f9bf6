// Lowest and highest, and what does not count.
#include "ocellus/view/value_range.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/support/special_values.h"

namespace ocellus {
namespace {

TEST(ValueRange, LeavesOutWhatIsNotFinite) {
  const auto infinity = static_cast<float>(kInfinity);
  const std::vector<float> values = {kNan, 2, -3, infinity, 0.5f, -infinity};
  const ValueRange range(values);
  EXPECT_EQ(range.low, -3);
  EXPECT_EQ(range.high, 2);
  EXPECT_EQ(range.largest(), 3);
  EXPECT_EQ(range.not_finite, 3);
  EXPECT_FALSE(range.empty());
}

TEST(ValueRange, IsEmptyWithoutFiniteValues) {
  ValueRange range;
  EXPECT_TRUE(range.empty());
  range.Add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(range.empty());
  EXPECT_EQ(range.largest(), 0);
  range.Add(-2);
  EXPECT_EQ(range.low, -2);
  EXPECT_EQ(range.high, -2);
}

}  // namespace
}  // namespace ocellus
