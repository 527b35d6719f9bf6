// The part of a batch of images that some of a convolution's patches are cut from, as it lies in
// scratch memory: one plane for each channel, and in it, sample after sample, the rows that the
// patches see, padding included.
//
// The elements of a row are sorted by their position modulo stride, so that the pixels ox, ox + 1,
// ... of an output row always see neighbours: with stride 3, a row 0 1 2 3 4 5 6 7 lies there as
// 0 3 6 | 1 4 7 | 2 5 -, three phases of the same length.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ocellus/base/checked_math.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

// Patches are packed for at most so many pixels at a time.
inline constexpr int64_t kMaxPatchPixels = 576;

class ImageRegion {
 public:
  ImageRegion() = default;

  // What the output pixels p (of N * OH * OW) see.
  ImageRegion(const ConvolutionGeometry& geometry, Range pixels)
      : window_(geometry.window),
        output_(geometry.output),
        samples_{pixels.begin / output_.area(), (pixels.end - 1) / output_.area() + 1},
        first_oy_(pixels.begin % output_.area() / output_.w),
        last_oy_((pixels.end - 1) % output_.area() / output_.w),
        phase_elements_(
            ((output_.w - 1) * window_.stride.w + window_.span().w - 1) / window_.stride.w + 1),
        row_elements_(phase_elements_ * window_.stride.w) {}

  Range samples() const { return samples_; }

  // Floats from one phase of a row to the next, from row to row and from plane to plane.
  int64_t phase_elements() const { return phase_elements_; }
  int64_t row_elements() const { return row_elements_; }
  int64_t plane_elements() const {
    return (FirstRow(samples_.end - 1) + InputRows(samples_.end - 1).size()) * row_elements();
  }

  // The rows of sample n, counted in the image: some may lie above or below it.
  Range InputRows(int64_t n) const {
    const int64_t begin = FirstOutputRow(n) * window_.stride.h - window_.padding.h;
    const int64_t last = n == samples_.end - 1 ? last_oy_ : output_.h - 1;
    return {begin, last * window_.stride.h - window_.padding.h + window_.span().h};
  }

  // The number of rows in a plane before those of sample n.
  int64_t FirstRow(int64_t n) const {
    if (n == samples_.begin) return 0;
    const int64_t complete = (output_.h - 1) * window_.stride.h + window_.span().h;
    return (n - samples_.begin) * complete - first_oy_ * window_.stride.h;
  }

  // Writes where filter elements are (in the order of the weights, counted from the first one of
  // the first plane) relative to that one.
  void WriteOffsets(Range elements, int32_t* offsets) const {
    const Extent size = window_.size;
    int64_t ic = elements.begin / size.area();
    int64_t ky = elements.begin % size.area() / size.w;
    int64_t kx = elements.begin % size.w;
    // kx * dilation, divided by stride; without a division in the loop.
    const int64_t quotient = window_.dilation.w / window_.stride.w;
    const int64_t remainder = window_.dilation.w % window_.stride.w;
    int64_t column = kx * window_.dilation.w / window_.stride.w;
    int64_t phase = kx * window_.dilation.w % window_.stride.w;
    const int64_t plane = plane_elements();
    for (int64_t i = 0; i < elements.size(); ++i) {
      offsets[i] = static_cast<int32_t>(ic * plane + ky * window_.dilation.h * row_elements_ +
                                        phase * phase_elements_ + column);
      column += quotient;
      phase += remainder;
      if (phase >= window_.stride.w) {
        phase -= window_.stride.w;
        ++column;
      }
      if (++kx < size.w) continue;
      kx = column = phase = 0;
      if (++ky < size.h) continue;
      ky = 0;
      ++ic;
    }
  }

  // Calls body(what a channel's first filter element sees at the first pixel, as an offset in the
  // plane; number of pixels before these; number of pixels) for all runs of neighbours.
  template <typename Body>
  void ForEachRun(Range pixels, const Body& body) const {
    int64_t n = pixels.begin / output_.area();
    int64_t oy = pixels.begin % output_.area() / output_.w;
    int64_t ox = pixels.begin % output_.w;
    for (int64_t done = 0; done < pixels.size(); ox = 0) {
      const int64_t count = std::min(output_.w - ox, pixels.size() - done);
      const int64_t row = FirstRow(n) + (oy - FirstOutputRow(n)) * window_.stride.h;
      body(row * row_elements() + ox, done, count);
      done += count;
      if (++oy == output_.h) {
        oy = 0;
        ++n;
      }
    }
  }

 private:
  int64_t FirstOutputRow(int64_t n) const { return n == samples_.begin ? first_oy_ : 0; }

  Window window_;
  Extent output_;
  Range samples_{0, 0};
  int64_t first_oy_ = 0;
  int64_t last_oy_ = 0;
  int64_t phase_elements_ = 0;
  int64_t row_elements_ = 0;
};

// Rows with their padding, before their elements are sorted: so many at a time, at this distance,
// with what an interleaved load may read behind them. A multiple of a cache line.
inline constexpr int64_t kPaddedRows = 16;
inline int64_t PaddedImageRowStride(const ConvolutionGeometry& geometry) {
  return RoundUp(ImageRegion(geometry, {0, 1}).row_elements(), 16) + 16;
}
inline int64_t PaddedRowsElements(const ConvolutionGeometry& geometry) {
  return kPaddedRows * PaddedImageRowStride(geometry) + 64;
}

// Floats that are enough for the regions (and the padded rows) of all blocks of at most so many
// filter elements and pixels; does not shrink as they grow.
int64_t ImageRegionElements(const ConvolutionGeometry& geometry, int64_t elements, int64_t pixels);

}  // namespace ocellus
