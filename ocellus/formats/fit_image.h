// A picture of any size and colour, brought to the shape that a network takes.
//
//   Image input = FitImage(ReadImage("photo.jpg"), {.shape = {3, 227, 227}, .crop_from = 256});
//
// All functions may be called concurrently.
#pragma once

#include <string>

#include "ocellus/formats/image.h"
#include "ocellus/tensor/shape.h"

namespace ocellus {

struct ImageFit {
  // C, H, W of the result: 1 channel, grey, or 3, colour.
  Shape shape;
  // 0: height and width are each changed to H and W, whatever that does to proportions. Otherwise
  // proportions are kept: the shorter side is changed to so many pixels (at least that of the
  // shape), and what sticks out over H x W is cut off, on both sides alike.
  int64_t crop_from = 0;

  // What is left of a picture if the larger image, before its centre is cut out, is wanted: for
  // crops at random (Krizhevsky 2012). The shape with sides in the same proportion, the shorter one
  // crop_from; the shape itself if crop_from is 0.
  Shape UncroppedShape() const;

  // Throws Error, beginning with `where`, unless the shape is that of a grey or colour image and
  // crop_from is 0 or not below its shorter side.
  void Validate(const std::string& where) const;
};

// Returns the picture with fit.shape. The fit must be valid. Takes little memory beyond that of the
// picture, whatever its proportions. Throws Error if the picture is empty.
Image FitImage(const Image& picture, const ImageFit& fit);

// Returns the part of the picture that is left in FitImage(picture, fit), with its own pixels and
// colours: what to lay over a picture that was made from the fitted one. The fit must be valid.
// Throws Error if the picture is empty.
Image PartInFit(const Image& picture, const ImageFit& fit);

}  // namespace ocellus
