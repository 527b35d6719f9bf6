// Schedules: how the learning rate changes over a training.
//
//   TrainerOptions options{.schedule = StepDecay{.every_epochs = 10}, .warmup_steps = 500};
//
// The rate of a step is the optimizer's learning rate times RateFactor.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "ocellus/base/json_fwd.h"

namespace ocellus {

struct ConstantRate {};

// The rate is multiplied by `factor` after every `every_epochs` epochs.
struct StepDecay {
  int64_t every_epochs = 10;
  double factor = 0.1;
};

// factor = (1 + cos(pi * step / steps)) / 2 for steps 0, 1, ...: from 1 down to almost 0 at the end
// of the training (Loshchilov and Hutter 2017, eq. 5, with one period and a lowest rate of 0).
struct CosineDecay {};

// The rate is multiplied by `factor` when the loss has not become smaller for `patience` epochs,
// and then each time it has not for as many more (Krizhevsky et al. 2012, section 5, did this by
// hand). The loss is that on the test data, or on the training data if there are no test data.
struct PlateauDecay {
  int64_t patience = 3;
  double factor = 0.1;
};

using Schedule = std::variant<ConstantRate, StepDecay, CosineDecay, PlateauDecay>;

// Where a training stands, for its schedule.
struct SchedulePosition {
  int64_t step = 0;   // steps done
  int64_t steps = 1;  // that the training will have
  int64_t steps_per_epoch = 1;
  int64_t plateaus = 0;  // how often the loss stayed for PlateauDecay::patience epochs
};

// The factor of the step to come. In the first `warmup_steps` steps of any schedule it grows
// linearly: it is multiplied by (step + 1) / warmup_steps (Goyal et al. 2017, section 2.2).
double RateFactor(const Schedule& schedule, int64_t warmup_steps, const SchedulePosition& position);

// Throws Error if an option is out of range.
void CheckSchedule(const Schedule& schedule, int64_t warmup_steps);

// "constant", "step", "cosine", "plateau". ScheduleFromName throws Error, with a suggestion, for
// another name; the options then have their defaults.
std::string ScheduleName(const Schedule& schedule);
Schedule ScheduleFromName(const std::string& name);

// {"name": "step", "every_epochs": 10, "factor": 0.1}
Json ToJson(const Schedule& schedule);

}  // namespace ocellus
