// What every layer of a network computes for one picture.
//
//   for (const LayerOutput& layer : ComputeFeatures(model.network, input)) {
//     fmt::print("{}: {}\n", layer.name, layer.values.shape().ToString());
//   }
#pragma once

#include <string>
#include <vector>

#include "ocellus/network/network.h"

namespace ocellus {

struct LayerOutput {
  std::string name;      // "conv1"; "input" for the network's input
  std::string type;      // "Convolution"; "" for the input
  Tensor<float> values;  // of the one sample: C x H x W, or a vector
};

// Returns the input and the outputs of all layers, in the order in which data flows. `input` is one
// sample, {1, ...}, as the network takes it. Layers behave as in prediction. Throws Error if the
// shape is wrong.
std::vector<LayerOutput> ComputeFeatures(const Network& network, TensorView<const float> input);

}  // namespace ocellus
