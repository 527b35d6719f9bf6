// The occlusion map: how a class loses when a square hides a part of the picture.
//
//   const OcclusionMap map = Occlude(model.network, input, /*target=*/3);
//   const double need = map.probability - map.occluded.At(y, x);  // of the class for what is there
//
// Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks" (2014),
// section 4.2. The square has the mean colour of the picture, where theirs was grey.
#pragma once

#include <cstdint>

#include "ocellus/network/network.h"
#include "ocellus/view/run_options.h"

namespace ocellus {

struct OcclusionOptions {
  int64_t size = 0;    // of the square, in pixels; 0: a quarter of the shorter side
  int64_t stride = 0;  // from one square to the next; 0: about 28 squares along the shorter side
  RunOptions run = {};
};

struct OcclusionMap {
  double probability = 0;  // of the class for the whole picture
  // Its probability with the centre of the square in the middle of each cell of stride x stride
  // pixels, {ceil(H / stride), ceil(W / stride)}. Near the edge, a part of the square is outside.
  Tensor<float> occluded;
  int64_t size = 0;  // as they were used
  int64_t stride = 0;
};

// `input` is one sample, {1, C, H, W}, as the network takes it. Throws Error if it has another
// shape, the network's output is not one row of scores, `target` is not the number of one of its
// classes, or an option is out of range.
OcclusionMap Occlude(const Network& network, TensorView<const float> input, int64_t target,
                     const OcclusionOptions& options = {});

}  // namespace ocellus
