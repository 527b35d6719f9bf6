// Learning rates over time, against numbers written out.
#include "ocellus/training/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/base/json.h"
#include "ocellus/training/training_state.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

double Factor(const Schedule& schedule, const SchedulePosition& position, int64_t warmup = 0) {
  return RateFactor(schedule, warmup, position);
}

TEST(Schedule, ConstantIsOne) {
  EXPECT_EQ(Factor(ConstantRate{}, {.step = 0, .steps = 10}), 1);
  EXPECT_EQ(Factor(ConstantRate{}, {.step = 9, .steps = 10, .plateaus = 3}), 1);
}

TEST(Schedule, StepFallsAfterEveryFewEpochs) {
  const StepDecay decay{.every_epochs = 2, .factor = 0.5};
  const auto after = [&](int64_t step) {
    return Factor(decay, {.step = step, .steps = 100, .steps_per_epoch = 5});
  };
  EXPECT_EQ(after(0), 1);
  EXPECT_EQ(after(9), 1);
  EXPECT_EQ(after(10), 0.5);
  EXPECT_EQ(after(19), 0.5);
  EXPECT_EQ(after(20), 0.25);
}

TEST(Schedule, CosineGoesFromOneToAlmostZero) {
  const auto after = [&](int64_t step) {
    return Factor(CosineDecay{}, {.step = step, .steps = 12});
  };
  EXPECT_EQ(after(0), 1);
  EXPECT_NEAR(after(4), 0.75, 1e-15);
  EXPECT_NEAR(after(6), 0.5, 1e-15);
  EXPECT_NEAR(after(11), (1 + std::cos(std::acos(-1.0) * 11 / 12)) / 2, 1e-15);
}

TEST(Schedule, PlateauFallsWithEachPlateau) {
  const PlateauDecay decay{.patience = 2, .factor = 0.1};
  EXPECT_EQ(Factor(decay, {.plateaus = 0}), 1);
  EXPECT_EQ(Factor(decay, {.plateaus = 1}), 0.1);
  EXPECT_DOUBLE_EQ(Factor(decay, {.plateaus = 2}), 0.01);
}

TEST(Schedule, WarmUpGrowsLinearlyWithAnySchedule) {
  for (const int64_t step : {0, 1, 2, 3}) {
    EXPECT_EQ(Factor(ConstantRate{}, {.step = step, .steps = 8}, 4),
              static_cast<double>(step + 1) / 4);
  }
  EXPECT_EQ(Factor(ConstantRate{}, {.step = 4, .steps = 8}, 4), 1);
  const StepDecay decay{.every_epochs = 1, .factor = 0.5};
  EXPECT_EQ(Factor(decay, {.step = 2, .steps = 8, .steps_per_epoch = 1}, 4), 0.25 * 0.75);
}

TEST(LossHistory, CountsEpochsWithoutASmallerLoss) {
  LossHistory history;
  const auto add = [&](double loss) { return history.Add(loss, /*patience=*/2); };
  EXPECT_TRUE(add(3));
  EXPECT_TRUE(add(2));
  EXPECT_FALSE(add(2));
  EXPECT_EQ(history.plateaus, 0);
  EXPECT_FALSE(add(5));
  EXPECT_EQ(history.plateaus, 1) << "two epochs";
  EXPECT_FALSE(add(2.5));
  EXPECT_EQ(history.plateaus, 1);
  EXPECT_FALSE(add(2.5));
  EXPECT_EQ(history.plateaus, 2) << "two more epochs";
  EXPECT_EQ(history.epochs_since_best, 4);
  EXPECT_FALSE(add(2.5));
  EXPECT_TRUE(add(1));
  EXPECT_EQ(history.epochs_since_best, 0);
  EXPECT_EQ(history.best, 1);
  EXPECT_FALSE(add(1));
  EXPECT_EQ(history.plateaus, 2) << "the smaller loss began a new count";
}

TEST(LossHistory, HasNoPlateausWithoutPatience) {
  LossHistory history;
  for (int i = 0; i < 5; ++i) history.Add(1, /*patience=*/0);
  EXPECT_EQ(history.plateaus, 0);
  EXPECT_EQ(history.epochs_since_best, 4);
}

TEST(Schedule, RefusesOptionsThatAreOutOfRange) {
  const auto error = [](const Schedule& schedule, int64_t warmup = 0) {
    return ErrorText([&] { CheckSchedule(schedule, warmup); });
  };
  EXPECT_EQ(error(ConstantRate{}), "no error");
  EXPECT_EQ(error(ConstantRate{}, -1), "warm-up: expected 0 or more steps, found -1");
  EXPECT_EQ(error(StepDecay{.every_epochs = 0}),
            "schedule step: epochs between decays: expected 1 or more, found 0");
  EXPECT_EQ(error(StepDecay{.factor = 1.5}),
            "schedule step: factor: expected more than 0 and at most 1, found 1.5");
  EXPECT_EQ(error(PlateauDecay{.patience = -2}),
            "schedule plateau: patience in epochs: expected 1 or more, found -2");
  EXPECT_EQ(error(PlateauDecay{.factor = std::nan("")}),
            "schedule plateau: factor: expected more than 0 and at most 1, found nan");
}

TEST(Schedule, IsKnownByName) {
  for (const std::string name : {"constant", "step", "cosine", "plateau"}) {
    EXPECT_EQ(ScheduleName(ScheduleFromName(name)), name);
  }
  EXPECT_EQ(ErrorText([] { ScheduleFromName("cosin"); }),
            "unknown schedule 'cosin'; did you mean 'cosine'?");
  EXPECT_EQ(ToJson(Schedule(StepDecay{.every_epochs = 3, .factor = 0.5})).dump(),
            R"({"name":"step","every_epochs":3,"factor":0.5})");
  EXPECT_EQ(ToJson(Schedule(PlateauDecay{.patience = 4, .factor = 0.25})).dump(),
            R"({"name":"plateau","patience":4,"factor":0.25})");
  EXPECT_EQ(ToJson(Schedule(CosineDecay{})).dump(), R"({"name":"cosine"})");
}

}  // namespace
}  // namespace ocellus
