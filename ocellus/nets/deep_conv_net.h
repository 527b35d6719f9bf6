// DeepConvNet, of the chapter after the book's CNN chapter: small filters, three times two
// convolutions, dropout.
//
//   Network network = MakeDeepConvNet();
//   LoadParameters("deep_convnet_params.pkl", network);      // the book's W1, b1, ... W8, b8
//
//   layer           output
//   input           1 x 28 x 28
//   conv1, conv2    16 x 28 x 28    3x3, padding 1; ReLU behind each convolution
//   pool1           16 x 14 x 14    max, 2x2
//   conv3           32 x 14 x 14    3x3, padding 1
//   conv4           32 x 16 x 16    3x3, padding 2
//   pool2           32 x 8 x 8
//   conv5, conv6    64 x 8 x 8      3x3, padding 1
//   pool3           64 x 4 x 4
//   affine1         50              ReLU, dropout 0.5
//   affine2         10              dropout 0.5
//
// As in the book, dropout follows the last Affine too, and scales in prediction: there the scores
// are halved, which changes the loss but no prediction. All weights start as He et al. propose.
#pragma once

#include <cstdint>

#include "ocellus/network/network.h"

namespace ocellus {

// Without parameter values, as all networks here. Throws Error if classes is below 1.
Network MakeDeepConvNet(int64_t classes = 10);

}  // namespace ocellus
