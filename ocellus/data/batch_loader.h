// The batches of a training: every sample once an epoch, in a new random order each time.
//
//   BatchLoader loader(*data.train, {.batch_size = 100, .seed = 1, .preprocessing = pixels});
//   for (int64_t step = 0; step < steps; ++step) {
//     const Batch batch = loader.Load(step);
//     ...
//   }
//
// The last batch of an epoch may be smaller. (The chapter's book draws each batch with replacement,
// so that an epoch misses a third of the samples.) A batch is a function of data set, options and
// step: a training that goes on after an interruption asks for the step it has come to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ocellus/data/dataset.h"
#include "ocellus/network/preprocessing.h"

namespace ocellus {

struct BatchLoaderOptions {
  int64_t batch_size = 100;  // at least 1
  uint64_t seed = 1;         // of the order of samples
  Preprocessing preprocessing;
};

// What a network is shown in one step.
struct Batch {
  TensorView<const float> images;  // n x C, H, W, preprocessed
  std::span<const int32_t> labels;

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
};

class BatchLoader {
 public:
  // The data set must outlive the loader. Takes memory for one batch.
  BatchLoader(const Dataset& dataset, const BatchLoaderOptions& options);

  // The number of samples in all batches but the last of an epoch: batch_size, or fewer if the data
  // set has fewer.
  int64_t batch_size() const { return batch_size_; }
  int64_t steps_per_epoch() const { return steps_per_epoch_; }

  // Reads the batch of a step, counted from 0. It is valid until the next call. Fastest, and
  // without allocation, for one step after the other.
  Batch Load(int64_t step);

 private:
  void ShuffleFor(int64_t epoch);

  const Dataset& dataset_;
  BatchLoaderOptions options_;
  int64_t batch_size_;
  int64_t steps_per_epoch_;
  Tensor<float> images_;
  std::vector<int32_t> labels_;
  std::vector<int64_t> order_;  // of the samples in epoch_
  int64_t epoch_ = -1;
};

}  // namespace ocellus
