// Copying and transposing rows of floats, which is what packing is made of.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <hwy/highway.h>

#include <cstdint>

// Per-target include guard.
#if defined(OCELLUS_KERNELS_COPIES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_COPIES_INL_H_
#undef OCELLUS_KERNELS_COPIES_INL_H_
#else
#define OCELLUS_KERNELS_COPIES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr int64_t kLanes = hn::MaxLanes(hn::ScalableTag<float>());
inline constexpr int64_t kFloatsOfCacheLine = 16;

// Copies count floats. Most copies are rows of small images: too short for the call of memcpy.
HWY_INLINE void CopyFloats(const float* HWY_RESTRICT from, int64_t count, float* HWY_RESTRICT to) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> d4;
  int64_t i = 0;
  if (count >= kLanes) {
    for (; i + kLanes <= count; i += kLanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    // The rest once more together with some of what was there before.
    if (i < count) hn::StoreU(hn::LoadU(d, from + count - kLanes), d, to + count - kLanes);
    return;
  }
  constexpr int64_t kFour = hn::MaxLanes(d4);
  if (count >= kFour) {
    for (; i + kFour <= count; i += kFour) hn::StoreU(hn::LoadU(d4, from + i), d4, to + i);
    if (i < count) hn::StoreU(hn::LoadU(d4, from + count - kFour), d4, to + count - kFour);
    return;
  }
  for (; i < count; ++i) to[i] = from[i];
}

HWY_INLINE void ZeroFloats(int64_t count, float* HWY_RESTRICT to) {
  const hn::ScalableTag<float> d;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(hn::Zero(d), d, to + i);
  for (; i < count; ++i) to[i] = 0.0f;
}

#if HWY_TARGET != HWY_SCALAR
// Four numbers at `from` for each 128-bit block of the vector, from row_stride further on for each.
template <class D>
HWY_INLINE hn::Vec<D> LoadBlocks(D d, const float* HWY_RESTRICT from, int64_t row_stride) {
  if constexpr (hn::MaxLanes(D()) <= 4) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    const auto blocks = static_cast<int64_t>(hn::MaxLanes(half)) / 4;
    return hn::Combine(d, LoadBlocks(half, from + blocks * row_stride, row_stride),
                       LoadBlocks(half, from, row_stride));
  }
}

// Transposes as many rows as the vector has lanes, for complete groups of 4 columns: in each
// 128-bit block a square of 4 x 4. Larger squares need more shuffles for an element.
template <class D>
HWY_INLINE int64_t TransposeRows(D d, const float* HWY_RESTRICT from, int64_t from_stride,
                                 int64_t columns, float* HWY_RESTRICT to, int64_t to_stride) {
  const hn::Repartition<double, D> pairs;
  int64_t c = 0;
  for (; c + 4 <= columns; c += 4) {
    const auto v0 = LoadBlocks(d, from + c, 4 * from_stride);
    const auto v1 = LoadBlocks(d, from + from_stride + c, 4 * from_stride);
    const auto v2 = LoadBlocks(d, from + 2 * from_stride + c, 4 * from_stride);
    const auto v3 = LoadBlocks(d, from + 3 * from_stride + c, 4 * from_stride);
    const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, v0, v1));
    const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, v2, v3));
    const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, v0, v1));
    const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, v2, v3));
    float* row = to + c * to_stride;
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, row);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, row + to_stride);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, row + 2 * to_stride);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, row + 3 * to_stride);
  }
  return c;
}
#endif

// to[c * to_stride + r] = from[r * from_stride + c] for all r below rows and c below columns, with
// vectors of up to kMaxLanes: stores of complete ones that straddle cache lines take longer than
// their four quarters, so those are for a result that is aligned.
template <int64_t kMaxLanes>
HWY_INLINE void Transpose(const float* HWY_RESTRICT from, int64_t from_stride, int64_t rows,
                          int64_t columns, float* HWY_RESTRICT to, int64_t to_stride) {
  int64_t r = 0;
#if HWY_TARGET != HWY_SCALAR
  const auto transpose = [&](auto d) HWY_ATTR {
    const auto lanes = static_cast<int64_t>(hn::MaxLanes(d));
    for (; r + lanes <= rows; r += lanes) {
      const float* first = from + r * from_stride;
      int64_t c = TransposeRows(d, first, from_stride, columns, to + r, to_stride);
      for (; c < columns; ++c) {
        for (int64_t i = 0; i < lanes; ++i) to[c * to_stride + r + i] = first[i * from_stride + c];
      }
    }
  };
  if constexpr (kMaxLanes > 4) transpose(hn::CappedTag<float, kMaxLanes>());
  transpose(hn::FixedTag<float, 4>());
#endif
  for (; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) to[c * to_stride + r] = from[r * from_stride + c];
  }
}

// The same with rows of `width` in the result, which are filled up with zeros. What is computed in
// these lanes is thrown away; but it must not be slow, as arithmetic with tiny numbers is.
HWY_INLINE void TransposeIntoPanel(const float* HWY_RESTRICT from, int64_t from_stride,
                                   int64_t rows, int64_t columns, float* HWY_RESTRICT to,
                                   int64_t width) {
  Transpose<kLanes>(from, from_stride, rows, columns, to, width);
  for (int64_t c = 0; c < columns && rows < width; ++c) {
    for (int64_t r = rows; r < width; ++r) to[c * width + r] = 0.0f;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
