// Ranges and names of the options of a training.
#include "ocellus/training/trainer_options.h"

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {

void CheckOptions(const TrainerOptions& options) {
  if (options.batch_size < 1) Fail("batch size: expected 1 or more, found {}", options.batch_size);
  if (options.epochs < 1) Fail("epochs: expected 1 or more, found {}", options.epochs);
  if (options.max_steps < 0) Fail("max steps: expected 0 or more, found {}", options.max_steps);
  if (options.early_stopping < 0) {
    Fail("early stopping: expected 0 or more epochs, found {}", options.early_stopping);
  }
  if (options.checkpoint.every_steps < 0) {
    Fail("checkpoints: expected every 0 or more steps, found {}", options.checkpoint.every_steps);
  }
  if (!(options.checkpoint.every_minutes >= 0)) {
    Fail("checkpoints: expected every 0 or more minutes, found {}",
         options.checkpoint.every_minutes);
  }
  CheckOptimizer(options.optimizer, options.gradient);
  CheckSchedule(options.schedule, options.warmup_steps);
}

Json ToJson(const TrainerOptions& options) {
  Json json = {{"optimizer", ToJson(options.optimizer)},
               {"decay_biases", options.gradient.decay_biases},
               {"clip_norm", options.gradient.max_norm},
               {"schedule", ToJson(options.schedule)},
               {"warmup_steps", options.warmup_steps},
               {"batch_size", options.batch_size},
               {"epochs", options.epochs},
               {"max_steps", options.max_steps},
               {"early_stopping", options.early_stopping},
               {"seed", options.seed}};
  if (options.augmentation.is_on()) json["augmentation"] = ToJson(options.augmentation);
  return json;
}

}  // namespace ocellus
