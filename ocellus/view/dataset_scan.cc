// The loop over a data set.
#include "ocellus/view/dataset_scan.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/network/workspace.h"

namespace ocellus {

void ScanDataset(const Network& network, const Dataset& dataset, const Preprocessing& preprocessing,
                 const RunOptions& options, FunctionRef<void(const ScannedBatch& batch)> visit) {
  if (dataset.image_shape() != network.input_shape()) {
    Fail("{}: images have shape {}, the network expects {}", dataset.source(),
         dataset.image_shape().ToString(), network.input_shape().ToString());
  }
  if (options.batch_size < 1) {
    Fail("batch size: expected 1 or more, found {}", options.batch_size);
  }
  preprocessing.Validate(network.input_shape()[0], dataset.source());
  const int64_t batch_size = std::min(options.batch_size, dataset.size());
  Workspace<float> workspace(
      network, {.max_batch = batch_size, .constant_parameters = true, .pool = options.pool});
  Tensor<float> images(network.input_shape().Batch(batch_size));
  std::vector<int64_t> samples(static_cast<size_t>(batch_size));
  std::vector<int32_t> labels(static_cast<size_t>(batch_size));
  for (int64_t first = 0; first < dataset.size(); first += batch_size) {
    const int64_t n = std::min(batch_size, dataset.size() - first);
    const std::span<int64_t> numbers = std::span(samples).first(static_cast<size_t>(n));
    const std::span<int32_t> their_labels = std::span(labels).first(static_cast<size_t>(n));
    std::iota(numbers.begin(), numbers.end(), first);
    const TensorView<float> batch = images.view().Samples(0, n);
    dataset.Read(numbers, batch, their_labels);
    preprocessing.Apply(batch);
    network.Forward(batch, workspace);
    visit({.samples = numbers, .labels = their_labels, .outputs = workspace.output()});
    if (options.progress) options.progress(first + n, dataset.size());
  }
}

}  // namespace ocellus
