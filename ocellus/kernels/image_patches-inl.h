// A convolution's patches as an operand of the matrix product: the im2col matrix that never exists.
//
// Its element (k, p) is the input that filter element k (of C * FH * FW of a group, in that order)
// sees at output pixel p (of N * OH * OW of the whole batch), or 0 in the padding. It is the b of
// the forward pass, with filter elements as depth, and the a of the weight gradient, with pixels as
// depth; both want runs of pixels.
//
// Before a block of it is packed, the part of the images that the block sees is copied once, with
// its padding (image_region.h). Then every run of pixels is a copy of complete vectors without a
// question: each element of an image goes into FH * FW patches, so what the first copy decides
// (is this padding? where does the stride lead?) is not decided again.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <algorithm>
#include <cstdint>

#include "ocellus/kernels/image_region.h"
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

class ImagePatches {
 public:
  // `input` is the first channel of the group in the first sample. `scratch` is for regions of all
  // blocks that will be packed: ImageRegionElements.
  HWY_INLINE ImagePatches(const ConvolutionGeometry& geometry, const float* input, float* scratch)
      : geometry_(geometry), input_(input), scratch_(scratch) {}

  // Copies what the elements (k, p) are taken from: at most kMaxDepthBlock of each.
  HWY_INLINE void Load(Range elements, Range pixels) {
    const int64_t area = geometry_.window.size.area();
    const Range channels{elements.begin / area, (elements.end - 1) / area + 1};
    region_ = ImageRegion(geometry_, pixels);
    for (int64_t ic = channels.begin; ic < channels.end; ++ic) {
      float* plane = scratch_ + (ic - channels.begin) * region_.plane_elements();
      for (int64_t n = region_.samples().begin; n < region_.samples().end; ++n) {
        LoadPlane(n, input_ + n * geometry_.input_elements() + ic * geometry_.input.area(), plane);
      }
    }
    first_element_ = elements.begin;
    for (int64_t k = elements.begin; k < elements.end; ++k) {
      offsets_[k - elements.begin] = static_cast<int32_t>(
          (k / area - channels.begin) * region_.plane_elements() +
          region_.Offset(k % area / geometry_.window.size.w, k % geometry_.window.size.w));
    }
  }

  // to[(k - elements.begin) * stride + (p - pixels.begin)] = element (k, p) for a part of what has
  // been loaded.
  HWY_INLINE void Pack(Range elements, Range pixels, float* HWY_RESTRICT to, int64_t stride) const {
    // The same vectors are copied for each filter element.
    struct Copy {
      int32_t from, to;
    };
    Copy copies[kMaxDepthBlock];
    int64_t count = 0;
    region_.ForEachRun(pixels, [&](int64_t from, int64_t before, int64_t run) {
      for (int64_t i = 0; i < run; i += kLanes) {
        copies[count++] = {static_cast<int32_t>(from + i), static_cast<int32_t>(before + i)};
      }
    });
    const hn::ScalableTag<float> d;
    for (int64_t k = elements.begin; k < elements.end; ++k, to += stride) {
      const float* HWY_RESTRICT from = scratch_ + offsets_[k - first_element_];
      for (int64_t i = 0; i < count; ++i) {
        hn::StoreU(hn::LoadU(d, from + copies[i].from), d, to + copies[i].to);
      }
    }
  }

 private:
  // Sample n of one channel, into that channel's plane of the region.
  HWY_INLINE void LoadPlane(int64_t n, const float* HWY_RESTRICT image,
                            float* HWY_RESTRICT plane) const {
    const Range rows = region_.InputRows(n);
    float* to = plane + region_.FirstRow(n) * region_.row_elements();
    for (int64_t iy = rows.begin; iy < rows.end; ++iy, to += region_.row_elements()) {
      if (iy < 0 || iy >= geometry_.input.h) {
        ZeroFloats(region_.row_elements(), to);
      } else {
        LoadRow(image + iy * geometry_.input.w, to);
      }
    }
  }

  // One row, sorted by x modulo stride.
  HWY_INLINE void LoadRow(const float* HWY_RESTRICT row, float* HWY_RESTRICT to) const {
    const int64_t step = geometry_.window.stride.w;
    const int64_t width = geometry_.input.w;
    const int64_t each = region_.phase_elements();
    for (int64_t phase = 0; phase < step; ++phase, to += each) {
      const int64_t ix = phase - geometry_.window.padding.w;
      const int64_t before = ix >= 0 ? 0 : std::min(each, (-ix + step - 1) / step);
      const int64_t first = ix + before * step;
      const int64_t inside =
          first >= width ? 0 : std::min(each - before, (width - first + step - 1) / step);
      ZeroFloats(before, to);
      if (step == 1) {
        CopyFloats(row + first, inside, to + before);
      } else {
        for (int64_t i = 0; i < inside; ++i) to[before + i] = row[first + i * step];
      }
      ZeroFloats(each - before - inside, to + before + inside);
    }
  }

  const ConvolutionGeometry& geometry_;
  const float* input_;
  float* scratch_;
  ImageRegion region_;
  int64_t first_element_ = 0;
  int32_t offsets_[kMaxDepthBlock];  // of filter elements, in the region
};

// The patches as b: a column for each pixel.
struct PatchColumns {
  ImagePatches patches;

  HWY_INLINE void Prepare(Range depths, Range lanes) { patches.Load(depths, lanes); }
  HWY_INLINE void PackDepthMajor(Range depths, Range lanes, float* to, int64_t stride) const {
    patches.Pack(depths, lanes, to, stride);
  }
};

// The patches as a: a row for each filter element, with the pixels as depth.
struct PatchRows {
  static constexpr bool kDepthMinor = true;
  ImagePatches patches;

  HWY_INLINE void Prepare(Range depths, Range lanes) { patches.Load(lanes, depths); }
  HWY_INLINE void PackDepthMinor(Range depths, Range lanes, float* to, int64_t stride) const {
    patches.Pack(lanes, depths, to, stride);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
