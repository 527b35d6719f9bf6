// Learning rates over time.
#include "ocellus/training/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {
namespace {

// In the order of Schedule.
const std::array<std::string, 4> kScheduleNames = {"constant", "step", "cosine", "plateau"};

double Factor(const ConstantRate&, const SchedulePosition&) { return 1; }

double Factor(const StepDecay& decay, const SchedulePosition& position) {
  const int64_t epochs = position.step / position.steps_per_epoch;
  const int64_t decays = epochs / decay.every_epochs;  // so far
  return std::pow(decay.factor, static_cast<double>(decays));
}

double Factor(const CosineDecay&, const SchedulePosition& position) {
  const double done = static_cast<double>(position.step) / static_cast<double>(position.steps);
  return (1 + std::cos(std::numbers::pi * done)) / 2;
}

double Factor(const PlateauDecay& decay, const SchedulePosition& position) {
  return std::pow(decay.factor, static_cast<double>(position.plateaus));
}

void CheckFactor(const char* name, double factor) {
  if (!(factor > 0 && factor <= 1)) {
    Fail("schedule {}: factor: expected more than 0 and at most 1, found {}", name, factor);
  }
}

void CheckEpochs(const char* what, int64_t epochs) {
  if (epochs < 1) Fail("schedule {}: expected 1 or more, found {}", what, epochs);
}

}  // namespace

double RateFactor(const Schedule& schedule, int64_t warmup_steps,
                  const SchedulePosition& position) {
  const double factor = std::visit([&](const auto& s) { return Factor(s, position); }, schedule);
  if (position.step >= warmup_steps) return factor;
  return factor * static_cast<double>(position.step + 1) / static_cast<double>(warmup_steps);
}

void CheckSchedule(const Schedule& schedule, int64_t warmup_steps) {
  if (warmup_steps < 0) Fail("warm-up: expected 0 or more steps, found {}", warmup_steps);
  if (const auto* step = std::get_if<StepDecay>(&schedule)) {
    CheckEpochs("step: epochs between decays", step->every_epochs);
    CheckFactor("step", step->factor);
  }
  if (const auto* plateau = std::get_if<PlateauDecay>(&schedule)) {
    CheckEpochs("plateau: patience in epochs", plateau->patience);
    CheckFactor("plateau", plateau->factor);
  }
}

std::string ScheduleName(const Schedule& schedule) { return kScheduleNames[schedule.index()]; }

Schedule ScheduleFromName(const std::string& name) {
  if (name == kScheduleNames[0]) return ConstantRate{};
  if (name == kScheduleNames[1]) return StepDecay{};
  if (name == kScheduleNames[2]) return CosineDecay{};
  if (name == kScheduleNames[3]) return PlateauDecay{};
  Fail("unknown schedule '{}'{}", name, DidYouMean(name, kScheduleNames));
}

Json ToJson(const Schedule& schedule) {
  Json json = {{"name", ScheduleName(schedule)}};
  if (const auto* step = std::get_if<StepDecay>(&schedule)) {
    json["every_epochs"] = step->every_epochs;
    json["factor"] = step->factor;
  }
  if (const auto* plateau = std::get_if<PlateauDecay>(&schedule)) {
    json["patience"] = plateau->patience;
    json["factor"] = plateau->factor;
  }
  return json;
}

}  // namespace ocellus
