// Softmax of a row of scores: positive numbers whose sum is 1.
//
//   network.Add(Affine{.units = 10}).Add(Softmax{});
//
// input and output  N x classes
//
//   output[n, k]  = exp(input[n, k]) / sum over j of exp(input[n, j])
//   d_input[n, k] = output[n, k] * (d_output[n, k] - sum over j of output[n, j] * d_output[n, j])
//
// The largest score of a row is subtracted first, so nothing overflows.
//
// A network that is trained as a classifier does not end with this layer: SoftmaxWithLoss, which
// stands behind the network, has a softmax of its own and takes the scores.
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"

namespace ocellus {

struct Softmax {};

std::unique_ptr<Layer> MakeLayer(const Softmax& options);

}  // namespace ocellus
