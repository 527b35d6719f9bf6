// Round numbers.
#include "ocellus/view/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/check_failure.h"

namespace ocellus {
namespace {

std::vector<std::string> Labels(const Axis& axis) {
  std::vector<std::string> labels;
  for (const Tick& tick : axis.ticks) labels.push_back(tick.label);
  return labels;
}

using Texts = std::vector<std::string>;

TEST(LinearAxis, HasRoundTicksAtMostTen) {
  EXPECT_EQ(Labels(MakeLinearAxis(0, 20, AxisEnds::kExact)), (Texts{"0", "5", "10", "15", "20"}));
  EXPECT_EQ(Labels(MakeLinearAxis(0.13, 0.31, AxisEnds::kExact)),
            (Texts{"0.15", "0.20", "0.25", "0.30"}));
  EXPECT_EQ(Labels(MakeLinearAxis(-0.1, 0.12, AxisEnds::kRound, "%")),
            (Texts{"-0.10%", "-0.05%", "0.00%", "0.05%", "0.10%", "0.15%"}));
  for (double span = 1e-5; span < 1e9; span *= 1.7) {
    const size_t count = MakeLinearAxis(3, 3 + span, AxisEnds::kRound).ticks.size();
    EXPECT_TRUE(count >= 4 && count <= 10) << count << " ticks for a span of " << span;
  }
}

TEST(LinearAxis, EndsWhereItIsTold) {
  const Axis exact = MakeLinearAxis(0.13, 0.31, AxisEnds::kExact);
  EXPECT_EQ(exact.low, 0.13);
  EXPECT_EQ(exact.high, 0.31);
  const Axis round = MakeLinearAxis(0.13, 0.31, AxisEnds::kRound);
  EXPECT_DOUBLE_EQ(round.low, 0.10);
  EXPECT_DOUBLE_EQ(round.high, 0.35);
}

TEST(LinearAxis, MovesEqualEndsApart) {
  for (const double value : {0.0, 7.0, -1e-5, 1e300, -std::numeric_limits<double>::max()}) {
    const Axis axis = MakeLinearAxis(value, value, AxisEnds::kRound);
    EXPECT_LT(axis.low, axis.high) << value;
    EXPECT_GE(axis.ticks.size(), 2u) << value;
    EXPECT_TRUE(std::isfinite(axis.Place(value))) << value;
  }
}

TEST(LinearAxis, PlacesValuesBetweenItsEnds) {
  const Axis axis = MakeLinearAxis(10, 30, AxisEnds::kExact);
  EXPECT_EQ(axis.Place(10), 0);
  EXPECT_EQ(axis.Place(25), 0.75);
  EXPECT_EQ(axis.Place(31), 1);
  EXPECT_EQ(axis.Place(-1e9), 0);
}

TEST(LogarithmicAxis, EndsAtRoundNumbers) {
  EXPECT_EQ(Labels(MakeLogarithmicAxis(0.03, 2.3)),
            (Texts{"0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"}));
  EXPECT_EQ(Labels(MakeLogarithmicAxis(1, 10)), (Texts{"1", "2", "5", "10"}));
  EXPECT_EQ(Labels(MakeLogarithmicAxis(1, 1)), (Texts{"1", "2"}));
  EXPECT_EQ(Labels(MakeLogarithmicAxis(0.0006, 6)), (Texts{"0.001", "0.01", "0.1", "1", "10"}));
}

TEST(LogarithmicAxis, LeavesOutPowersWhenThereAreMany) {
  const Axis axis = MakeLogarithmicAxis(1e-30, 1e30);
  EXPECT_TRUE(axis.ticks.size() >= 4 && axis.ticks.size() <= 10) << axis.ticks.size();
}

TEST(LogarithmicAxis, PlacesByRatio) {
  const Axis axis = MakeLogarithmicAxis(0.01, 100);
  EXPECT_DOUBLE_EQ(axis.Place(1), 0.5);
  EXPECT_DOUBLE_EQ(axis.Place(0.1), 0.25);
  EXPECT_EQ(axis.Place(1e-5), 0);
}

TEST(Axes, RefuseWhatHasNoPlace) {
  EXPECT_THROW(MakeLogarithmicAxis(0, 1), CheckFailure);
  EXPECT_THROW(MakeLinearAxis(2, 1, AxisEnds::kRound), CheckFailure);
  EXPECT_THROW(MakeLinearAxis(0, std::numeric_limits<double>::infinity(), AxisEnds::kRound),
               CheckFailure);
}

}  // namespace
}  // namespace ocellus
