// AlexNet (Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional
// neural networks"), and a small one of the same build for pictures of 32 x 32.
//
//   Network network = MakeAlexnet(1000);
//
//   layer   alexnet                         output        parameters   biases start at
//   input                                   3 x 227 x 227
//   conv1   96 filters 11x11 stride 4       96 x 55 x 55       34,944   0
//           ReLU, norm, pool 3x3 stride 2   96 x 27 x 27
//   conv2   256 filters 5x5, 2 groups       256 x 27 x 27     307,456   1
//           ReLU, norm, pool 3x3 stride 2   256 x 13 x 13
//   conv3   384 filters 3x3                 384 x 13 x 13     885,120   0
//   conv4   384 filters 3x3, 2 groups       384 x 13 x 13     663,936   1
//   conv5   256 filters 3x3, 2 groups       256 x 13 x 13     442,624   1
//           ReLU, pool 3x3 stride 2         256 x 6 x 6
//   fc6     4096 units, ReLU, dropout       4096           37,752,832   1
//   fc7     4096 units, ReLU, dropout       4096           16,781,312   1
//   fc8     one unit for each class         1000            4,097,000   0
//                                                          60,965,224
//
// norm is local response normalisation with the paper's constants. The groups are the halves of the
// network that ran on two graphics cards. The paper says 224 x 224, which does not work out; 227 is
// what its code did. Dropout scales in prediction, as in the paper (section 4.2).
//
// The small initial weights are made for raw pixels around 0, as the paper has them: see
// AlexnetPreprocessing.
//
// The paper trained with momentum 0.9, weight decay 0.0005, batches of 128 and a rate of 0.01 that
// was divided by 10 whenever the validation error stood still, on random 227 x 227 crops and mirror
// images of 256 x 256 pictures, with noise in their colours.
//
// A few hundred pictures of a few classes are learned in tens of steps that way, or by Adam with
// kAlexnetAdamRate.
#pragma once

#include <cstdint>

#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"

namespace ocellus {

// Without parameter values, as all networks here. Throws Error if classes is below 1.
Network MakeAlexnet(int64_t classes = 1000);

// Raw pixels less 128, so from -128 to 127: the paper subtracts the mean of its training images and
// changes nothing else (section 2). From pixels between 0 and 1 hardly anything would be left
// behind five layers with weights of deviation 0.01, and the training would stand still.
Preprocessing AlexnetPreprocessing();

// A learning rate for Adam, a tenth of its own. Adam's first steps change every weight by the
// learning rate, all those of a unit in the same direction if its inputs have one sign. Behind a
// ReLU they do, and fc6 has 9216: steps of 0.001 make the loss of the second step 65.
inline constexpr double kAlexnetAdamRate = 0.0001;

// The same eight layers with fewer and smaller filters, for input 3 x 32 x 32: 0.4 million
// parameters and a fiftieth of the work for a picture. He initialisation takes the place of small
// normal weights and biases of 1, which are made for pixels of another scale.
Network MakeAlexnetSmall(int64_t classes = 10);

}  // namespace ocellus
