// The way back from preprocessed values to pixels.
#include "ocellus/view/pixel_range.h"

#include <algorithm>
#include <cmath>

#include "ocellus/base/error.h"

namespace ocellus {

PixelRange PixelRangeOf(const Preprocessing& preprocessing, int64_t channels) {
  Tensor<float> ends({2, channels, 1, 1});
  ends.view().Sample(0).Fill(0.0f);
  ends.view().Sample(1).Fill(255.0f);
  preprocessing.Apply(ends.view());
  const auto values = [&](int64_t sample) {
    const std::span<const float> span = ends.view().Sample(sample).span();
    return std::vector<float>(span.begin(), span.end());
  };
  return {.black = values(0), .white = values(1)};
}

Image ToPicture(TensorView<const float> input, const PixelRange& range) {
  const Shape& shape = input.shape();
  if (std::ssize(range.black) != shape[0] || std::ssize(range.white) != shape[0]) {
    Fail("picture: expected a range of pixels for each of {} channels, found {} and {}", shape[0],
         range.black.size(), range.white.size());
  }
  Image picture(shape[0], shape[1], shape[2]);
  const int64_t plane = shape[1] * shape[2];
  for (int64_t i = 0; i < input.elements(); ++i) {
    const auto c = static_cast<size_t>(i / plane);
    const double raw =
        255.0 * (input[i] - range.black[c]) / (double{range.white[c]} - range.black[c]);
    picture.pixels[static_cast<size_t>(i)] =
        std::isnan(raw) ? 0 : static_cast<uint8_t>(std::lround(std::clamp(raw, 0.0, 255.0)));
  }
  return picture;
}

}  // namespace ocellus
