// Operands for benchmarks: the same on every machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ocellus/base/random.h"
#include "ocellus/formats/named_array.h"
#include "ocellus/network/network.h"

namespace ocellus::bench {

// Values from -1 to 1.
inline Tensor<float> RandomValues(const Shape& shape, uint64_t stream) {
  Random random(/*seed=*/1, stream);
  Tensor<float> tensor(shape);
  for (float& value : tensor.span()) value = static_cast<float>(2 * random.Uniform() - 1);
  return tensor;
}

// Images as networks see them, and their classes.
struct Batch {
  Tensor<float> images;
  std::vector<int32_t> labels;

  int64_t size() const { return images.shape()[0]; }
};

// For a network whose output is one row of scores.
inline Batch RandomBatch(const Network& network, int64_t size) {
  Batch batch{RandomValues(network.input_shape().Batch(size), 0), {}};
  Random random(/*seed=*/1, /*stream=*/1);
  const auto classes = static_cast<uint64_t>(network.output_shape()[0]);
  for (int64_t i = 0; i < size; ++i) {
    batch.labels.push_back(static_cast<int32_t>(random.Below(classes)));
  }
  return batch;
}

// The batch under the names of bench/peers/peer.py.
inline std::vector<NamedArray> BatchArrays(const Batch& batch) {
  Tensor<float> labels({batch.size()});
  std::ranges::copy(batch.labels, labels.data());
  std::vector<NamedArray> arrays;
  arrays.push_back({"images", batch.images.Clone()});
  arrays.push_back({"labels", std::move(labels)});
  return arrays;
}

}  // namespace ocellus::bench
