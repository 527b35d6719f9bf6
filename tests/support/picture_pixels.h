// What a picture shows at some place.
//
//   EXPECT_EQ(PixelAt(picture, 10, 20), colours::kBlue);
//   EXPECT_GT(CountInk(picture, {.x = 0, .y = 0, .width = 100, .height = 40}), 50);
#pragma once

#include <cstdint>
#include <ostream>

#include "ocellus/formats/image.h"
#include "ocellus/view/canvas.h"

namespace ocellus {

// The colour at column x of row y of a colour picture.
inline Colour PixelAt(const Image& image, int64_t x, int64_t y) {
  return {image.At(0, y, x), image.At(1, y, x), image.At(2, y, x)};
}

// How many pixels in the rectangle have exactly this colour.
inline int64_t CountColour(const Image& image, const Rectangle& area, Colour colour) {
  int64_t count = 0;
  for (auto y = static_cast<int64_t>(area.y); y < static_cast<int64_t>(area.y + area.height); ++y)
    for (auto x = static_cast<int64_t>(area.x); x < static_cast<int64_t>(area.x + area.width); ++x)
      count += PixelAt(image, x, y) == colour;
  return count;
}

// How many pixels in the rectangle are not white.
inline int64_t CountInk(const Image& image, const Rectangle& area) {
  return static_cast<int64_t>(area.width) * static_cast<int64_t>(area.height) -
         CountColour(image, area, colours::kWhite);
}

// For messages of failed tests.
inline void PrintTo(const Colour& colour, std::ostream* out) {
  *out << '(' << int{colour.red} << ", " << int{colour.green} << ", " << int{colour.blue} << ')';
}

}  // namespace ocellus
