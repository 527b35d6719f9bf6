// Everything that decides how a network is trained.
#pragma once

#include <cstdint>

#include "ocellus/base/json_fwd.h"
#include "ocellus/base/parallel.h"
#include "ocellus/data/augmentation.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/training/optimizer.h"
#include "ocellus/training/schedule.h"

namespace ocellus {

// When the callback for checkpoints is called, besides when a training is stopped. 0: never.
struct CheckpointOptions {
  int64_t every_steps = 0;
  double every_minutes = 0;
};

struct TrainerOptions {
  OptimizerOptions optimizer = Adam{};
  GradientOptions gradient = {};
  Schedule schedule = ConstantRate{};
  int64_t warmup_steps = 0;  // in which the learning rate grows from almost 0
  int64_t batch_size = 100;
  int64_t epochs = 20;
  int64_t max_steps = 0;       // ends the training earlier; 0: no limit
  int64_t early_stopping = 0;  // ends it after so many epochs without a smaller loss; 0: never
  uint64_t seed = 1;           // of the order of samples, and of parameters that have no values yet
  Preprocessing preprocessing = {};
  Augmentation augmentation = {};  // of the training images
  CheckpointOptions checkpoint = {};
  ThreadPool* pool = nullptr;  // nullptr: one pool for the whole process
};

// Throws Error if an option is out of range for any network.
void CheckOptions(const TrainerOptions& options);

// All options that decide about the result, except the preprocessing, which belongs to the model;
// neither the pool nor when checkpoints are written does.
Json ToJson(const TrainerOptions& options);

}  // namespace ocellus
