// From numbers to colours.
//
//   const Colour colour = SignedColour(activation / largest);  // blue, white, orange
//   const Colour heat = HeatColour(probability);               // black, red, yellow
//
// Both change in lightness as well as in hue, so that they survive a print in grey and are told
// apart by every kind of colour vision.
#pragma once

#include "ocellus/tensor/tensor.h"
#include "ocellus/view/canvas.h"

namespace ocellus {

// From -1 (deep blue) by 0 (white) to 1 (deep orange). Values outside are at the nearer end; NaN is
// black.
Colour SignedColour(double value);

// From 0 (nearly black) by violet and red to 1 (pale yellow): the inferno map of Smith and van der
// Walt (2015) at nine points. Values outside are at the nearer end; NaN is grey.
Colour HeatColour(double value);

// A colour between two: `share` 0 is a, 1 is b.
Colour Mix(Colour a, Colour b, double share);

// A plane {H, W} as a colour picture in which `largest` and -largest are the ends of SignedColour.
Image SignedPicture(TensorView<const float> plane, double largest);

}  // namespace ocellus
