// The constants of a local response normalisation and its window of channels: the one place where
// they are worked out. Formulas: layers/local_response_norm_layer.h.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ocellus {

// Channels begin, ..., end - 1.
struct ChannelRange {
  int64_t begin = 0;
  int64_t end = 0;
};

struct ResponseNorm {
  int64_t size = 5;    // of the window
  double scale = 0;    // of the sum of squares: alpha, or alpha / size
  double beta = 0.75;  // the power
  double k = 1;

  // The window of channel c: floor((size - 1) / 2) channels before it and ceil((size - 1) / 2)
  // after it, as far as they exist.
  ChannelRange WindowOf(int64_t c, int64_t channels) const {
    return {std::max<int64_t>(0, c - before()), std::min(channels, c + after() + 1)};
  }

  // The other direction: the channels whose windows contain channel c.
  ChannelRange ReadersOf(int64_t c, int64_t channels) const {
    return {std::max<int64_t>(0, c - after()), std::min(channels, c + before() + 1)};
  }

 private:
  int64_t before() const { return (size - 1) / 2; }
  int64_t after() const { return size / 2; }
};

}  // namespace ocellus
