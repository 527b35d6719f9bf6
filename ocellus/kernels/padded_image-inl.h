// Some rows of one image with their padding, in scratch memory: what convolutions that do not pack
// patches read. With rows of `width` elements, output pixel (y, x) sees filter element (c, ky, kx)
// at
//
//   (y SH width + x SW) + (c H' width + ky DH width + kx DW)
//
// The second part, an offset for each filter element, is the same for all pixels.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <algorithm>
#include <cstdint>

#include "ocellus/kernels/padded_image.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_PADDED_IMAGE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_PADDED_IMAGE_INL_H_
#undef OCELLUS_KERNELS_PADDED_IMAGE_INL_H_
#else
#define OCELLUS_KERNELS_PADDED_IMAGE_INL_H_
#endif

#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

HWY_INLINE void ZeroVectors(int64_t count, float* HWY_RESTRICT to) {
  const hn::ScalableTag<float> d;
  for (int64_t i = 0; i < count; i += kLanes) hn::StoreU(hn::Zero(d), d, to + i);
}

// Copies the rows that output rows `rows` see, of all channels of a group; `input` is the first of
// them. Written in order, so that what vectors write beyond the end of something is overwritten by
// what follows.
HWY_INLINE void CopyPaddedImage(const ConvolutionGeometry& g, Range rows,
                                const float* HWY_RESTRICT input, float* HWY_RESTRICT to) {
  const int64_t width = PaddedImageWidth(g);
  // Columns [begin, end) of a row are inside the image. Padding is negative where it is cropped.
  const int64_t begin = std::clamp<int64_t>(g.window.padding.w, 0, width);
  const int64_t end = std::clamp<int64_t>(g.input.w + g.window.padding.w, begin, width);
  const int64_t first = rows.begin * g.window.stride.h - g.window.padding.h;
  const int64_t last = first + PaddedImageRows(g, rows.size());
  for (int64_t c = 0; c < g.in_channels_per_group(); ++c) {
    const float* plane = input + c * g.input.area() + begin - g.window.padding.w;
    for (int64_t iy = first; iy < last; ++iy, to += width) {
      if (iy < 0 || iy >= g.input.h) {
        ZeroVectors(width, to);
        continue;
      }
      ZeroVectors(begin, to);
      const float* row = plane + iy * g.input.w;
      ForEachRowVector(end - begin, (g.input.h - 1 - iy) * g.input.w,
                       [&](auto d, int64_t x)
                           HWY_ATTR { hn::StoreU(hn::LoadU(d, row + x), d, to + begin + x); });
      ZeroVectors(width - end, to + end);
    }
  }
  ZeroVectors(kBehindPaddedImage, to);
}

// The offsets of the filter elements of some channels, of an image for so many output rows; in the
// order of the weights, or from the end of each window if flipped.
HWY_INLINE void WriteFilterOffsets(const ConvolutionGeometry& g, int64_t output_rows,
                                   Range channels, bool flipped, int32_t* HWY_RESTRICT offsets) {
  const Window& w = g.window;
  const int64_t width = PaddedImageWidth(g);
  const int64_t plane = PaddedImageRows(g, output_rows) * width;
  for (int64_t c = channels.begin; c < channels.end; ++c) {
    for (int64_t ky = 0; ky < w.size.h; ++ky) {
      const int64_t row = (flipped ? w.size.h - 1 - ky : ky) * w.dilation.h * width;
      for (int64_t kx = 0; kx < w.size.w; ++kx) {
        const int64_t column = (flipped ? w.size.w - 1 - kx : kx) * w.dilation.w;
        *offsets++ = static_cast<int32_t>(c * plane + row + column);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
