// A network's outputs for every sample of a data set, batch by batch.
//
//   float highest = 0;
//   const auto look = [&](const ScannedBatch& batch) {
//     for (const float score : batch.outputs.span()) highest = std::max(highest, score);
//   };
//   ScanDataset(model.network, *data.test, model.preprocessing, {}, look);
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/base/function_ref.h"
#include "ocellus/data/dataset.h"
#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/view/run_options.h"

namespace ocellus {

struct ScannedBatch {
  std::span<const int64_t> samples;  // their numbers in the data set, ascending
  std::span<const int32_t> labels;
  TensorView<const float> outputs;  // n x output_shape
};

// Calls visit for each batch, in order; its contents are gone afterwards. Memory does not depend on
// the size of the data set. Throws Error if the images have another shape than the network's input
// or an option is out of range.
void ScanDataset(const Network& network, const Dataset& dataset, const Preprocessing& preprocessing,
                 const RunOptions& options, FunctionRef<void(const ScannedBatch& batch)> visit);

}  // namespace ocellus
