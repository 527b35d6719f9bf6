// Between the pixels that people see and the values that a network takes.
//
//   const PixelRange range = PixelRangeOf(model.preprocessing, /*channels=*/1);
//   const Image picture = ToPicture(input.view().Sample(0), range);
#pragma once

#include <cstdint>
#include <vector>

#include "ocellus/formats/image.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// For each channel, what black and white (raw values 0 and 255) are for the network.
struct PixelRange {
  std::vector<float> black;
  std::vector<float> white;

  // The network's value for a raw value, 0 to 255 and between.
  float FromRaw(size_t channel, double raw) const {
    return static_cast<float>(black[channel] + (white[channel] - black[channel]) * raw / 255);
  }
};

PixelRange PixelRangeOf(const Preprocessing& preprocessing, int64_t channels);

// A network's input {C, H, W} as a picture, grey for one channel and colour for three. Values
// outside of the range are black or white. Throws Error for other numbers of channels, and if the
// range is not of as many.
Image ToPicture(TensorView<const float> input, const PixelRange& range);

}  // namespace ocellus
