// Cutting, mirroring and tinting.
#include "ocellus/data/augmentation.h"

#include <algorithm>
#include <cmath>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {

void Augmentation::Validate(int64_t channels) const {
  if (!(colour_sigma >= 0) || !std::isfinite(colour_sigma)) {
    Fail("augmentation: colour: expected a standard deviation of 0 or more, found {}",
         colour_sigma);
  }
  if (colour_sigma > 0 && (colours.channels != channels || channels > 3)) {
    Fail(
        "augmentation: colour: expected the colours of a data set of 1 to 3 channels, like the "
        "images with {}, found {}",
        channels, colours.channels);
  }
}

Json ToJson(const Augmentation& augmentation) {
  return {{"crop", augmentation.crop},
          {"mirror", augmentation.mirror},
          {"colour_sigma", augmentation.colour_sigma}};
}

AugmentationDraw Draw(const Augmentation& augmentation, const Shape& image, const Shape& input,
                      Random& random) {
  AugmentationDraw draw;
  draw.top = static_cast<int64_t>(random.Below(static_cast<uint64_t>(image[1] - input[1] + 1)));
  draw.left = static_cast<int64_t>(random.Below(static_cast<uint64_t>(image[2] - input[2] + 1)));
  const bool mirrored = random.Below(2) == 1;
  draw.mirrored = augmentation.mirror && mirrored;
  if (augmentation.colour_sigma == 0) return draw;
  const auto channels = static_cast<size_t>(input[0]);
  std::array<double, 3> sum{};
  for (size_t k = 0; k < channels; ++k) {
    const double amount = augmentation.colour_sigma * random.Normal();
    for (size_t c = 0; c < channels; ++c) {
      sum[c] += amount * augmentation.colours.components[k * channels + c];
    }
  }
  std::ranges::transform(sum, draw.colour.begin(), [](double x) { return static_cast<float>(x); });
  return draw;
}

void Augment(TensorView<const float> image, const AugmentationDraw& draw, TensorView<float> input) {
  const int64_t channels = input.shape()[0], height = input.shape()[1], width = input.shape()[2];
  const int64_t image_height = image.shape()[1], image_width = image.shape()[2];
  OCELLUS_CHECK(draw.top >= 0 && draw.top + height <= image_height && draw.left >= 0 &&
                    draw.left + width <= image_width && image.shape()[0] == channels,
                "{} at {}, {} of {}", input.shape().ToString(), draw.top, draw.left,
                image.shape().ToString());
  for (int64_t c = 0; c < channels; ++c) {
    const float colour = c < 3 ? draw.colour[static_cast<size_t>(c)] : 0.0f;
    for (int64_t y = 0; y < height; ++y) {
      const float* from =
          image.data() + (c * image_height + draw.top + y) * image_width + draw.left;
      float* to = input.data() + (c * height + y) * width;
      if (draw.mirrored) {
        for (int64_t x = 0; x < width; ++x) to[x] = from[width - 1 - x] + colour;
      } else {
        for (int64_t x = 0; x < width; ++x) to[x] = from[x] + colour;
      }
    }
  }
}

}  // namespace ocellus
