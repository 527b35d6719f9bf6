// A convolution's patches as an operand of the matrix product: the im2col matrix that never exists.
//
// Its element (k, p) is the input that filter element k (of C * FH * FW of a group, in that order)
// sees at output pixel p (of N * OH * OW of the whole batch), or 0 in the padding. It is the b of
// the forward pass, with filter elements as depth, and the a of the weight gradient, with pixels as
// depth; both want runs of pixels, which for stride 1 are copies of image rows.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <algorithm>
#include <cstdint>

#include "ocellus/tensor/geometry.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_IMAGE_PATCHES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_IMAGE_PATCHES_INL_H_
#undef OCELLUS_KERNELS_IMAGE_PATCHES_INL_H_
#else
#define OCELLUS_KERNELS_IMAGE_PATCHES_INL_H_
#endif

#include "ocellus/kernels/matrix_product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

struct ImagePatches {
  static constexpr bool kDepthMinor = true;
  const ConvolutionGeometry& geometry;
  const float* input;  // the first channel of the group in the first sample

  HWY_INLINE void PackDepthMajor(Range depths, Range lanes, float* HWY_RESTRICT to,
                                 int64_t stride) const {
    Pack(depths, lanes, to, stride);
  }

  HWY_INLINE void PackDepthMinor(Range depths, Range lanes, float* HWY_RESTRICT to,
                                 int64_t stride) const {
    Pack(lanes, depths, to, stride);
  }

 private:
  // to[(k - elements.begin) * stride + (p - pixels.begin)] = element(k, p)
  HWY_INLINE void Pack(Range elements, Range pixels, float* HWY_RESTRICT to, int64_t stride) const {
    const Extent output = geometry.output;
    int64_t n = pixels.begin / output.area();
    int64_t oy = pixels.begin % output.area() / output.w;
    int64_t ox = pixels.begin % output.w;
    for (int64_t done = 0; done < pixels.size();) {
      const int64_t count = std::min(output.w - ox, pixels.size() - done);
      PackRow(elements, n, oy, {ox, ox + count}, to + done, stride);
      done += count;
      ox = 0;
      if (++oy == output.h) {
        oy = 0;
        ++n;
      }
    }
  }

  // The pixels ox of output row oy of sample n, for each filter element.
  HWY_INLINE void PackRow(Range elements, int64_t n, int64_t oy, Range ox, float* HWY_RESTRICT to,
                          int64_t stride) const {
    const Window& window = geometry.window;
    const Extent size = geometry.input;
    const float* image = input + n * geometry.input_elements();
    int64_t ic = elements.begin / window.size.area();
    int64_t ky = elements.begin % window.size.area() / window.size.w;
    int64_t kx = elements.begin % window.size.w;
    for (int64_t k = elements.begin; k < elements.end; ++k, to += stride) {
      const int64_t iy = oy * window.stride.h + ky * window.dilation.h - window.padding.h;
      const int64_t ix = ox.begin * window.stride.w + kx * window.dilation.w - window.padding.w;
      if (iy < 0 || iy >= size.h) {
        ZeroFloats(ox.size(), to);
      } else {
        CopyRow(image + (ic * size.h + iy) * size.w, ix, ox.size(), to);
      }
      if (++kx == window.size.w) {
        kx = 0;
        if (++ky == window.size.h) {
          ky = 0;
          ++ic;
        }
      }
    }
  }

  // Copies row[ix], row[ix + stride], ...: `count` elements, 0 outside the row.
  HWY_INLINE void CopyRow(const float* HWY_RESTRICT row, int64_t ix, int64_t count,
                          float* HWY_RESTRICT to) const {
    const int64_t step = geometry.window.stride.w;
    const int64_t width = geometry.input.w;
    const int64_t before = ix >= 0 ? 0 : std::min(count, (-ix + step - 1) / step);
    const int64_t first = ix + before * step;
    const int64_t inside =
        first >= width ? 0 : std::min(count - before, (width - first + step - 1) / step);
    if (before > 0) ZeroFloats(before, to);
    if (step == 1) {
      CopyFloats(row + first, inside, to + before);
    } else {
      for (int64_t i = 0; i < inside; ++i) to[before + i] = row[first + i * step];
    }
    const int64_t after = count - before - inside;
    if (after > 0) ZeroFloats(after, to + before + inside);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
