// Pictures of another size, in grey or in colour: what a network expects from a photo.
//
//   Image digit = Resize(ToGrey(ReadImage("photo.jpg")), {28, 28});
//
// All functions may be called concurrently.
#pragma once

#include "ocellus/formats/image.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

// Returns the picture with another height and width, each changed on its own.
//
// An output pixel is the weighted mean of the input pixels around its centre. The weights are a
// triangle whose half-width is one input pixel when enlarging (bilinear interpolation) and one
// output pixel when shrinking (so that every input pixel counts and nothing fine turns into false
// patterns). This is PIL's Image.BILINEAR. Sums are exact until the end, then rounded once.
// Throws Error if the picture is empty or a size is below 1.
Image Resize(const Image& image, Extent size);

// Returns the picture with one channel: luma by ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded.
Image ToGrey(const Image& image);

// Returns the picture with three channels; those of a grey picture are equal.
Image ToColour(const Image& image);

}  // namespace ocellus
