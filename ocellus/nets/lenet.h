// LeNet-5, the first CNN (LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to
// document recognition", section II.B), and the same network as one would build it today.
//
//   Network classic = MakeLenet();
//   Network modern = MakeLenetModern();
//
// Input is 1 x 28 x 28, padded by 2 to the paper's 32 x 32.
//
//   layer   lenet                          output        parameters   lenet-modern
//   C1      6 filters 5x5, sigmoid         6 x 28 x 28          156   ReLU
//   S2      subsampling 2x2, sigmoid       6 x 14 x 14           12   max pooling 2x2
//   C3      16 filters 5x5, each on some   16 x 10 x 10        1516   each on all maps: 2416; ReLU
//           of the maps of S2, sigmoid
//   S4      subsampling 2x2, sigmoid       16 x 5 x 5            32   max pooling 2x2
//   C5      120 filters 5x5, sigmoid       120 x 1 x 1        48120   ReLU
//   F6      84 units, sigmoid              84                 10164   ReLU
//   output  one unit for each class        10                   850
//
// What differs from the paper: the last layer is Affine, for softmax with cross entropy as in the
// chapter, where the paper has distances to drawn characters; and the squashing function is the
// chapter's sigmoid 1 / (1 + exp(-x)), where the paper has the scaled tanh 1.7159 tanh(2x/3).
#pragma once

#include <cstdint>

#include "ocellus/network/network.h"

namespace ocellus {

// Without parameter values, as all networks here. Throws Error if classes is below 1.
Network MakeLenet(int64_t classes = 10);
Network MakeLenetModern(int64_t classes = 10);

}  // namespace ocellus
