// Colour maps: straight lines between a few colours.
#include "ocellus/view/colour_map.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

namespace ocellus {
namespace {

constexpr Colour kSigned[] = {{5, 48, 97},     {33, 113, 181}, {124, 181, 222}, {255, 255, 255},
                              {250, 176, 104}, {217, 95, 14},  {127, 39, 4}};
constexpr Colour kHeat[] = {{0, 0, 4},      {31, 12, 72},   {85, 15, 109},
                            {136, 34, 106}, {186, 54, 85},  {227, 89, 51},
                            {249, 140, 10}, {249, 201, 50}, {252, 255, 164}};
constexpr Colour kNoHeat{128, 128, 128};

uint8_t MixChannel(uint8_t a, uint8_t b, double share) {
  return static_cast<uint8_t>(std::lround(a + (b - a) * share));
}

// The colour at `place`, 0 to 1, of colours at equal distances.
Colour Between(std::span<const Colour> colours, double place) {
  const double position = std::clamp(place, 0.0, 1.0) * static_cast<double>(colours.size() - 1);
  const size_t first = std::min(static_cast<size_t>(position), colours.size() - 2);
  return Mix(colours[first], colours[first + 1], position - static_cast<double>(first));
}

}  // namespace

Colour Mix(Colour a, Colour b, double share) {
  return {MixChannel(a.red, b.red, share), MixChannel(a.green, b.green, share),
          MixChannel(a.blue, b.blue, share)};
}

Colour SignedColour(double value) {
  return std::isnan(value) ? Colour{} : Between(kSigned, (value + 1) / 2);
}

Colour HeatColour(double value) { return std::isnan(value) ? kNoHeat : Between(kHeat, value); }

Image SignedPicture(TensorView<const float> plane, double largest) {
  Image picture(3, plane.shape()[0], plane.shape()[1]);
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      const double value = plane.At(y, x);
      const Colour colour = SignedColour(largest > 0         ? value / largest
                                         : std::isnan(value) ? value
                                                             : 0);
      picture.At(0, y, x) = colour.red;
      picture.At(1, y, x) = colour.green;
      picture.At(2, y, x) = colour.blue;
    }
  }
  return picture;
}

}  // namespace ocellus
