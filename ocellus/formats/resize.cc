// Resampling along one axis after the other, and changes between grey and colour.
#include "ocellus/formats/resize.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// Output element i is the sum of weights[k] * input[first + k].
struct Taps {
  int64_t first = 0;
  std::vector<double> weights;  // their sum is 1
};

Taps TriangleTaps(int64_t in_size, int64_t out_size, int64_t i) {
  const double scale = static_cast<double>(in_size) / static_cast<double>(out_size);
  const double half_width = std::max(scale, 1.0);
  // Element k covers [k, k + 1) and has its centre at k + 0.5.
  const double centre = (static_cast<double>(i) + 0.5) * scale;
  const auto first = static_cast<int64_t>(std::floor(centre - half_width));
  const auto last = static_cast<int64_t>(std::ceil(centre + half_width));
  Taps taps{.first = std::max<int64_t>(first, 0), .weights = {}};
  double sum = 0;
  for (int64_t k = taps.first; k < std::min(last, in_size); ++k) {
    const double distance = std::abs(static_cast<double>(k) + 0.5 - centre);
    taps.weights.push_back(std::max(0.0, 1 - distance / half_width));
    sum += taps.weights.back();
  }
  for (double& weight : taps.weights) weight /= sum;
  return taps;
}

void RequirePixels(const Image& image, const char* where) {
  if (image.pixels.empty()) Fail("{}: the picture is empty", where);
}

}  // namespace

Image Resize(const Image& image, Extent size) {
  RequirePixels(image, "Resize");
  Image resized(image.channels, size.h, size.w);
  if (size == Extent(image.height, image.width)) return image;
  std::vector<Taps> columns;
  for (int64_t ox = 0; ox < size.w; ++ox) columns.push_back(TriangleTaps(image.width, size.w, ox));
  // Rows first: the only scratch memory is one row, however high the picture is.
  std::vector<double> row(static_cast<size_t>(image.width));
  for (int64_t oy = 0; oy < size.h; ++oy) {
    const Taps rows = TriangleTaps(image.height, size.h, oy);
    for (int64_t c = 0; c < image.channels; ++c) {
      std::ranges::fill(row, 0.0);
      for (size_t k = 0; k < rows.weights.size(); ++k) {
        const uint8_t* from = &image.pixels[static_cast<size_t>(
            (c * image.height + rows.first + static_cast<int64_t>(k)) * image.width)];
        for (size_t x = 0; x < row.size(); ++x) row[x] += rows.weights[k] * from[x];
      }
      uint8_t* to = &resized.At(c, oy, 0);
      for (const Taps& taps : columns) {
        double sum = 0;
        for (size_t k = 0; k < taps.weights.size(); ++k) {
          sum += taps.weights[k] * row[static_cast<size_t>(taps.first) + k];
        }
        *to++ = static_cast<uint8_t>(std::lround(sum));
      }
    }
  }
  return resized;
}

Image ToGrey(const Image& image) {
  RequirePixels(image, "ToGrey");
  if (image.channels == 1) return image;
  Image grey(1, image.height, image.width);
  const size_t area = grey.pixels.size();
  for (size_t i = 0; i < area; ++i) {
    const int red = image.pixels[i];
    const int green = image.pixels[area + i];
    const int blue = image.pixels[2 * area + i];
    grey.pixels[i] = static_cast<uint8_t>((299 * red + 587 * green + 114 * blue + 500) / 1000);
  }
  return grey;
}

Image ToColour(const Image& image) {
  RequirePixels(image, "ToColour");
  if (image.channels == 3) return image;
  Image colour = image;
  colour.channels = 3;
  colour.pixels.reserve(3 * image.pixels.size());
  for (int copy = 0; copy < 2; ++copy)
    colour.pixels.insert(colour.pixels.end(), image.pixels.begin(), image.pixels.end());
  return colour;
}

}  // namespace ocellus
