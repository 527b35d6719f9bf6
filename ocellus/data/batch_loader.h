// The batches of a training: every sample once an epoch, in a new random order each time; cut,
// mirrored and coloured at random if asked for.
//
//   BatchLoader loader(*data.train, {.batch_size = 100, .seed = 1, .preprocessing = pixels});
//   for (int64_t step = 0; step < steps; ++step) {
//     const Batch batch = loader.Load(step);
//     Learn(batch.images, batch.labels);
//   }
//
// The last batch of an epoch may be smaller. (The chapter's book draws each batch with replacement,
// so that an epoch misses a third of the samples.) A batch is a function of data set, options and
// step, for any number of threads: a training that goes on after an interruption asks for the step
// it has come to.
//
// Files are read and decoded in the background, ahead of the training; what is in memory is read
// when it is asked for.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "ocellus/base/parallel.h"
#include "ocellus/data/augmentation.h"
#include "ocellus/data/dataset.h"
#include "ocellus/network/preprocessing.h"

namespace ocellus {

enum class SampleOrder {
  kShuffled,
  kSequential,  // 0, 1, 2, ... in every epoch
};

struct BatchLoaderOptions {
  int64_t batch_size = 100;  // at least 1
  SampleOrder order = SampleOrder::kShuffled;
  uint64_t seed = 1;  // of the order of samples and of the augmentation

  // C, H, W of the images of a batch. None: as those of the data set, which must be larger if the
  // augmentation crops.
  Shape image_shape = {};
  Augmentation augmentation = {};
  Preprocessing preprocessing = {};

  // Batches from this step on are not read ahead.
  int64_t end = std::numeric_limits<int64_t>::max();
  ThreadPool* pool = nullptr;  // nullptr: one pool for the whole process
};

// What a network is shown in one step.
struct Batch {
  TensorView<const float> images;  // n x C, H, W, preprocessed
  std::span<const int32_t> labels;

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
};

class BatchLoader {
 public:
  // The data set must outlive the loader. Throws Error if the images do not fit image_shape, or the
  // augmentation or preprocessing does not fit them.
  BatchLoader(const Dataset& dataset, const BatchLoaderOptions& options);

  // Waits for the samples that are being read.
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  // The number of samples in all batches but the last of an epoch: batch_size, or fewer if the data
  // set has fewer.
  int64_t batch_size() const;
  int64_t steps_per_epoch() const;

  // Returns the batch of a step, counted from 0, waiting for it if it is not ready. It is valid
  // until the next call. Throws what reading one of its samples threw.
  //
  // Meant for one step after the other. If the data set reads slowly, as many threads as the pool
  // has read ahead: with the batch in use, three batches are in memory, however large the data set
  // is. Otherwise there is one, the pool's threads fill it, and nothing is allocated.
  Batch Load(int64_t step);

 private:
  class Filler;
  class Background;
  struct Slot;

  ThreadPool* pool_;
  std::unique_ptr<Filler> filler_;
  std::unique_ptr<Slot> slot_;              // of a data set that reads quickly
  std::unique_ptr<Background> background_;  // of one that reads slowly, from the first call on
};

}  // namespace ocellus
