// Cameras store pictures as the sensor saw them, and in EXIF data how to turn them upright.
//
//   Image upright = Orient(stored, ExifOrientation(exif));
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/formats/image.h"

namespace ocellus {

// Returns the orientation, 1 to 8, from EXIF data (beginning with its TIFF header, "II" or "MM").
// 1, upright, if it says nothing or is damaged: cameras are careless with it, and the pixels are
// fine.
int ExifOrientation(std::span<const uint8_t> exif);

// Returns the picture turned upright. `orientation` is EXIF's (standard 2.3, tag 274), 1 to 8:
// where the first row and the first column of the stored picture belong in the upright one.
//
//   1 top, left      2 top, right     3 bottom, right  4 bottom, left
//   5 left, top      6 right, top     7 right, bottom  8 left, bottom
Image Orient(Image stored, int orientation);

}  // namespace ocellus
