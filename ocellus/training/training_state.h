// What a training remembers from one step to the next, besides the parameters of the network and
// what the optimizer remembers.
//
// Plain numbers: with them, a training that was interrupted goes on as if it had not been. Where it
// stands in the data follows from the number of steps, since batches and everything random in a
// step are functions of seed and step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ocellus/base/json_fwd.h"

namespace ocellus {

// Over the steps since the epoch began.
struct EpochSums {
  double loss = 0;  // of all samples
  int64_t correct = 0;
  int64_t samples = 0;
};

// How the loss went from epoch to epoch: on the test data, or on the training data if there are no
// test data.
struct LossHistory {
  std::optional<double> best;  // the smallest
  int64_t epochs_since_best = 0;
  int64_t epochs_on_plateau = 0;  // since the best loss or the last plateau's end
  int64_t plateaus = 0;           // times that `patience` epochs went by without a smaller loss

  // Takes the loss of an epoch. Returns whether it is the smallest so far. `patience` ends a
  // plateau; 0: never.
  bool Add(double loss, int64_t patience);
};

struct TrainingState {
  int64_t step = 0;  // steps done
  EpochSums epoch;
  LossHistory history;
};

// TrainingStateFromJson throws Error, with `where` in front, for anything that ToJson does not
// write.
Json ToJson(const TrainingState& state);
TrainingState TrainingStateFromJson(const Json& json, const std::string& where);

}  // namespace ocellus
