// Grad-CAM: which places of a picture speak for a class, seen by one layer.
//
//   const int layer = CamLayer(model.network);
//   const Tensor<float> map = GradCam(model.network, input, layer, /*target=*/3);
//
// With the maps A_k of the layer for this picture, and the score y of the class before softmax,
//
//   alpha_k = 1 / (H W) * sum over i, j of dy / dA_k[i, j]          how much map k speaks for it
//   map     = ReLU(sum over k of alpha_k A_k)
//
// Source: Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra, "Grad-CAM: visual explanations from
// deep networks via gradient-based localization" (2017), equations 1 and 2.
#pragma once

#include <cstdint>

#include "ocellus/network/network.h"

namespace ocellus {

// Returns the map {H, W} of the node's output size; all values are 0 or above, and all 0 if nothing
// the layer sees speaks for the class. `input` is one sample, {1, ...}, as the network takes it.
// Layers behave as in prediction. Throws Error if the node's output is no image, the network's
// output is not one row of scores, or `target` is not the number of one of its classes.
Tensor<float> GradCam(const Network& network, TensorView<const float> input, int node,
                      int64_t target, ThreadPool* pool = nullptr);

// The layer that is usually taken: the last convolution, with the elementwise layers (such as ReLU)
// behind it. Throws Error if the network has no convolution.
int CamLayer(const Network& network);

}  // namespace ocellus
