// Changes of training images at random that leave their class what it is, so that a network sees
// more than there is (Krizhevsky, Sutskever, Hinton 2012, section 4.1).
//
//   const Augmentation augmentation{.crop = true, .colour_sigma = 0.1, .colours = pixels};
//   const AugmentationDraw draw = Draw(augmentation, {3, 256, 256}, {3, 227, 227}, random);
//   Augment(image, draw, input);
#pragma once

#include <array>
#include <cstdint>

#include "ocellus/base/json_fwd.h"
#include "ocellus/base/random.h"
#include "ocellus/data/pixel_statistics.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

struct Augmentation {
  // Images are larger than what the network takes; a part of them is cut out at random.
  bool crop = false;

  // Left and right are exchanged in every other image.
  bool mirror = false;

  // To all pixels of an image is added the same colour: the sum over the principal components of
  // the training set's colours of component * normal(0, colour_sigma). It changes the brightness
  // and tint of the light. The components are as long as the data's standard deviation along them.
  // (The paper multiplies by the eigenvalue, a variance, which would depend on the unit of pixels;
  // its square root does not.) 0: none; the paper: 0.1.
  double colour_sigma = 0;
  PixelStatistics colours = {};

  // Throws Error unless colour_sigma is 0 or a positive number and the colours have so many
  // channels, of which there are at most 3.
  void Validate(int64_t channels) const;

  bool is_on() const { return crop || mirror || colour_sigma > 0; }
};

// {"crop": true, "mirror": true, "colour_sigma": 0.1}, for people to read.
Json ToJson(const Augmentation& augmentation);

// What chance decided for one image.
struct AugmentationDraw {
  int64_t top = 0;
  int64_t left = 0;
  bool mirrored = false;
  std::array<float, 3> colour{};  // is added to the channels
};

// Decides for one image of shape `image`, of which a part of shape `input` is wanted (both C, H,
// W). Place and side are the same whatever else is switched on.
AugmentationDraw Draw(const Augmentation& augmentation, const Shape& image, const Shape& input,
                      Random& random);

// Overwrites `input`, {C, h, w}, with a part of `image`, {C, H, W}, as drawn for these shapes.
void Augment(TensorView<const float> image, const AugmentationDraw& draw, TensorView<float> input);

}  // namespace ocellus
