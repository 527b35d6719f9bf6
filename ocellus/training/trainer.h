// Training: batches in random order, loss, gradients, optimizer; again and again.
//
//   Trainer trainer(net, {.optimizer = Adam{.learning_rate = 0.001}, .epochs = 20});
//   TrainingResult result = trainer.Fit(*data.train, data.test.get());
//
// The same seed, data and options give the same parameters, bit by bit, for any number of threads,
// and however often the training was interrupted and resumed (checkpoint.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ocellus/data/dataset.h"
#include "ocellus/network/network.h"
#include "ocellus/training/checkpoint.h"
#include "ocellus/training/evaluate.h"
#include "ocellus/training/trainer_options.h"

namespace ocellus {

// What is known after a step. Steps and epochs count from 1.
struct StepReport {
  int64_t epoch = 0;
  int64_t epochs = 0;
  int64_t step = 0;
  int64_t steps = 0;         // that this training will have
  int64_t samples = 0;       // in this batch
  double loss = 0;           // of this batch, before the step
  double accuracy = 0;       // of this batch, before the step
  double learning_rate = 0;  // of this step
  double epochs_done = 0;    // with a fraction: the position on a curve
};

struct EpochReport {
  int64_t epoch = 0;
  int64_t epochs = 0;
  int64_t step = 0;
  double epochs_done = 0;
  double train_loss = 0;      // mean over the epoch's steps, while the network changed
  double train_accuracy = 0;  // likewise
  std::optional<Evaluation> test;
  bool is_complete = true;  // whether all samples of the epoch were used
  bool is_best = false;     // whether this complete epoch has the smallest loss so far: on the test
                            // data, or on the training data if there are no test data
};

enum class Verdict { kContinue, kStop };

struct TrainingCallbacks {
  // After each step, quickly. kStop ends the training, complete as far as it went.
  std::function<Verdict(const StepReport&)> on_step = {};
  // After each epoch, and after the last step if an epoch was not completed. The network may be
  // read (saved, for example), and its parameters are finite.
  std::function<void(const EpochReport&)> on_epoch = {};
  // When CheckpointOptions says so, and when on_step has said kStop, but not after the last step.
  // Comes after on_epoch if an epoch is complete, and before it if it is not: that call does not
  // belong to the training any more. Parameters are finite.
  std::function<void(const TrainingSnapshot&)> on_checkpoint = {};
};

struct TrainingResult {
  enum class End {
    kFinished,      // all epochs or max_steps done
    kStoppedEarly,  // by TrainerOptions::early_stopping
    kStopped,       // by a callback
    kDiverged,      // the loss or a parameter is no longer finite
  };
  End end = End::kFinished;
  int64_t steps = 0;
  std::string cause;  // of kDiverged: the first layer that is not finite
  std::optional<EpochReport> last_epoch;
};

class Trainer {
 public:
  // The network must outlive the trainer. Parameters without values are initialised. Throws Error
  // if an option is out of range.
  Trainer(Network& network, const TrainerOptions& options);

  // Throws Error if a data set does not fit the network; or, if there is a checkpoint, as Resume
  // does. For callers who want to know before they write anything.
  void CheckCanTrain(const Dataset& train, const Dataset* test, const Checkpoint* checkpoint) const;

  // Trains, and evaluates on `test` after each epoch unless it is nullptr. Throws Error before the
  // first step if a data set does not fit the network, and later if it has a label without output.
  // After kDiverged the parameters are useless.
  TrainingResult Fit(const Dataset& train, const Dataset* test,
                     const TrainingCallbacks& callbacks = {});

  // Goes on from a checkpoint, whose parameters the network gets: the result is bitwise that of the
  // training without interruption. Throws Error, saying what differs, if the checkpoint is of
  // another network, preprocessing, data set or other options.
  TrainingResult Resume(Checkpoint checkpoint, const Dataset& train, const Dataset* test,
                        const TrainingCallbacks& callbacks = {});

 private:
  class Run;

  Network& network_;
  TrainerOptions options_;
};

}  // namespace ocellus
