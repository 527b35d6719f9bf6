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

#include "ocellus/kernels/copies-inl.h"

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
    first_plane_ = scratch_;
    if (geometry_.window.stride.w > 1) {
      padded_rows_ = scratch_;
      first_plane_ += PaddedRowsElements(geometry_);
      ZeroVectors(first_plane_ - padded_rows_, padded_rows_);
    }
    float* plane = first_plane_;
    for (int64_t ic = channels.begin; ic < channels.end; ++ic, plane += region_.plane_elements()) {
      for (int64_t n = region_.samples().begin; n < region_.samples().end; ++n) {
        LoadPlane(n, input_ + n * geometry_.input_elements() + ic * geometry_.input.area(), plane);
      }
    }
    first_element_ = elements.begin;
    const int64_t before = channels.begin * area;
    region_.WriteOffsets({elements.begin - before, elements.end - before}, offsets_);
  }

  // to[(k - elements.begin) * stride + (p - pixels.begin)] = element (k, p) for a part of what has
  // been loaded.
  HWY_INLINE void Pack(Range elements, Range pixels, float* HWY_RESTRICT to, int64_t stride) const {
    // The same vectors are copied for each filter element.
    struct Copy {
      int32_t from, to;
    };
    Copy copies[kMaxPatchPixels];
    int64_t count = 0;
    region_.ForEachRun(pixels, [&](int64_t from, int64_t before, int64_t run) {
      for (int64_t i = 0; i < run; i += kLanes) {
        copies[count++] = {static_cast<int32_t>(from + i), static_cast<int32_t>(before + i)};
      }
    });
    const hn::ScalableTag<float> d;
    for (int64_t k = elements.begin; k < elements.end; ++k, to += stride) {
      const float* HWY_RESTRICT from = first_plane_ + offsets_[k - first_element_];
      for (int64_t i = 0; i < count; ++i) {
        hn::StoreU(hn::LoadU(d, from + copies[i].from), d, to + copies[i].to);
      }
    }
  }

 private:
  // Sample n of one channel, into that channel's plane of the region. Like all that follows, this
  // may write a vector too much, into what will be written next.
  HWY_INLINE void LoadPlane(int64_t n, const float* HWY_RESTRICT image,
                            float* HWY_RESTRICT plane) const {
    const Range rows = region_.InputRows(n);
    float* to = plane + region_.FirstRow(n) * region_.row_elements();
    // The row's elements inside the image, and how many columns of padding there are before them.
    const int64_t padding = geometry_.window.padding.w;
    const int64_t before = std::clamp<int64_t>(padding, 0, region_.row_elements());
    const int64_t first = before - padding;
    const int64_t inside =
        std::clamp<int64_t>(geometry_.input.w - first, 0, region_.row_elements() - before);
    const int64_t after = region_.row_elements() - before - inside;
    const bool sorts = geometry_.window.stride.w > 1;
    const int64_t padded_stride = PaddedImageRowStride(geometry_);
    int64_t waiting = 0;  // rows in padded_rows_, to be sorted into the region
    for (int64_t iy = rows.begin; iy < rows.end; ++iy, to += region_.row_elements()) {
      const float* HWY_RESTRICT row = image + iy * geometry_.input.w + first;
      if (iy < 0 || iy >= geometry_.input.h) {
        SortRows(waiting, to);
        waiting = 0;
        ZeroVectors(region_.row_elements(), to);
      } else if (sorts) {
        CopyFloats(row, inside, padded_rows_ + waiting * padded_stride + before);
        if (++waiting < kPaddedRows) continue;
        SortRows(waiting, to + region_.row_elements());
        waiting = 0;
      } else {
        ZeroVectors(before, to);
        CopyFloats(row, inside, to + before);
        ZeroVectors(after, to + before + inside);
      }
    }
    SortRows(waiting, to);
  }

  static HWY_INLINE void ZeroVectors(int64_t count, float* HWY_RESTRICT to) {
    const hn::ScalableTag<float> d;
    for (int64_t i = 0; i < count; i += kLanes) hn::StoreU(hn::Zero(d), d, to + i);
  }

  // Copies the first rows of padded_rows_, sorted by x modulo stride, to where the rows before
  // `end` are in the region. Several at a time, since what has just been stored in pieces can be
  // loaded in one only after it has arrived in the cache.
  HWY_INLINE void SortRows(int64_t count, float* HWY_RESTRICT end) const {
    const hn::ScalableTag<float> d;
    const int64_t step = geometry_.window.stride.w;
    const int64_t each = region_.phase_elements();
    const int64_t padded_stride = PaddedImageRowStride(geometry_);
    const float* HWY_RESTRICT from = padded_rows_;
    float* HWY_RESTRICT to = end - count * region_.row_elements();
    for (int64_t row = 0; row < count; ++row, from += padded_stride, to += region_.row_elements()) {
      if (step == 4) {
        for (int64_t i = 0; i < each; i += kLanes) {
          hn::Vec<decltype(d)> v[4];
          hn::LoadInterleaved4(d, from + 4 * i, v[0], v[1], v[2], v[3]);
          const auto inside = hn::FirstN(d, static_cast<size_t>(std::min(kLanes, each - i)));
          for (int64_t phase = 0; phase < 4; ++phase) {
            hn::BlendedStore(v[phase], inside, d, to + phase * each + i);
          }
        }
        continue;
      }
      for (int64_t phase = 0; phase < step; ++phase) {
        for (int64_t i = 0; i < each; ++i) to[phase * each + i] = from[i * step + phase];
      }
    }
  }

  const ConvolutionGeometry& geometry_;
  const float* input_;
  float* scratch_;
  float* padded_rows_ = nullptr;
  float* first_plane_ = nullptr;
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
