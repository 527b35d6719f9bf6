// Shuffles, reads, preprocesses.
#include "ocellus/data/batch_loader.h"

#include <algorithm>
#include <numeric>

#include "ocellus/base/check.h"
#include "ocellus/base/checked_math.h"
#include "ocellus/base/random.h"

namespace ocellus {
namespace {

// Streams of random numbers: parameters use 0, 1, ...; epoch e is shuffled with this plus e.
constexpr uint64_t kShuffleStream = uint64_t{1} << 32;

}  // namespace

BatchLoader::BatchLoader(const Dataset& dataset, const BatchLoaderOptions& options)
    : dataset_(dataset),
      options_(options),
      batch_size_(std::min(options.batch_size, dataset.size())),
      steps_per_epoch_(CeilDivide(dataset.size(), batch_size_)),
      images_(dataset.image_shape().Batch(batch_size_)),
      labels_(static_cast<size_t>(batch_size_)),
      order_(static_cast<size_t>(dataset.size())) {}

void BatchLoader::ShuffleFor(int64_t epoch) {
  if (epoch == epoch_) return;
  epoch_ = epoch;
  std::iota(order_.begin(), order_.end(), int64_t{0});
  Random(options_.seed, kShuffleStream + static_cast<uint64_t>(epoch)).Shuffle(std::span(order_));
}

Batch BatchLoader::Load(int64_t step) {
  OCELLUS_CHECK(step >= 0, "step {}", step);
  ShuffleFor(step / steps_per_epoch_);
  const int64_t first = step % steps_per_epoch_ * batch_size_;
  const int64_t n = std::min(batch_size_, dataset_.size() - first);
  const TensorView<float> images = images_.view().Samples(0, n);
  const std::span<int32_t> labels = std::span(labels_).first(static_cast<size_t>(n));
  dataset_.Read(std::span(order_).subspan(static_cast<size_t>(first), labels.size()), images,
                labels);
  options_.preprocessing.Apply(images);
  return {.images = images, .labels = labels};
}

}  // namespace ocellus
