// Batch normalisation of each channel (Ioffe and Szegedy 2015). For an input {C, H, W} the elements
// of a channel are those of all its pixels; for a row of values {C} each value is a channel.
//
//   network.Add(Convolution{.filters = 8, .kernel_size = 3, .biases = false})
//       .Add(BatchNorm{}).Add(Relu{});
//
//   output = scale * (input - mean) / sqrt(variance + epsilon) + shift
//
// In training, mean and variance are those of the batch; in prediction, running means of them:
//
//   running = momentum * running + (1 - momentum) * that of the batch
//
// with the variance of the batch times m / (m - 1), m its number of elements in a channel (the
// paper's algorithm 2); where m is 1, there is no such estimate, and the running variance stays.
// Formulas of the gradients: reference/batch_norm_reference.h.
//
// Right behind a layer with biases, it takes away what they add: their gradient is zero. Such a
// layer needs none (Convolution{.biases = false}).
//
// momentum is the share that stays, as in the chapter's book and in ONNX; PyTorch calls 1 -
// momentum by this name.
//
// Parameters, each {C}: scale (at first 1), shift (0), both trained; running_mean (0) and
// running_variance (1), statistics.
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {

struct BatchNorm {
  double momentum = 0.9;  // 0 or more and less than 1
  double epsilon = 1e-5;  // finite, above 0
};

std::unique_ptr<Layer> MakeLayer(const BatchNorm& options);
BatchNorm BatchNormFromJson(OptionReader& options);

}  // namespace ocellus
