// Images with their channels as lanes: between planes in memory (C, H, W) and vectors that hold one
// pixel of several channels.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <algorithm>
#include <cstdint>

#include "ocellus/tensor/geometry.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_CHANNEL_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_CHANNEL_LANES_INL_H_
#undef OCELLUS_KERNELS_CHANNEL_LANES_INL_H_
#else
#define OCELLUS_KERNELS_CHANNEL_LANES_INL_H_
#endif

#include "ocellus/kernels/copies-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// In each block of four lanes, the transposed of the 4x4 matrix that the four vectors are there.
template <class V>
HWY_INLINE void TransposeBlocks(const V from[4], V to[4]) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t j = 0; j < 4; ++j) to[j] = from[j];
#else
  const hn::ScalableTag<float> d;
  const hn::Repartition<double, decltype(d)> pairs;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, from[0], from[1]));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, from[2], from[3]));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, from[0], from[1]));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, from[2], from[3]));
  to[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
  to[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
  to[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
  to[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
#endif
}

// Four columns of a matrix: lane r of columns[j] is from[r * stride + j]. If there are fewer than
// kLanes rows, the lanes behind them repeat the last one. kAllRows says that there are kLanes.
template <bool kAllRows, class V>
HWY_INLINE void LoadFourColumns(const float* HWY_RESTRICT from, [[maybe_unused]] int64_t stride,
                                [[maybe_unused]] int64_t rows, V columns[4]) {
  const hn::ScalableTag<float> d;
#if HWY_TARGET == HWY_SCALAR
  for (int64_t j = 0; j < 4; ++j) columns[j] = hn::Set(d, from[j]);
#else
  const hn::RebindToSigned<decltype(d)> di;
  const auto blocks = hn::ShiftRight<2>(hn::Iota(di, 0));
  V quads[4];  // of vector j, block b: four columns of row 4 * b + j
#pragma GCC unroll 4
  for (int64_t b = 0; b < kLanes / 4; ++b) {
    const auto is_block = hn::RebindMask(d, hn::Eq(blocks, hn::Set(di, static_cast<int32_t>(b))));
    const float* const first = from + (kAllRows ? 4 * b : 0) * stride;
#pragma GCC unroll 4
    for (int64_t j = 0; j < 4; ++j) {
      const float* const row = first + (kAllRows ? j : std::min(4 * b + j, rows - 1)) * stride;
      const V quad = hn::LoadDup128(d, row);
      quads[j] = b == 0 ? quad : hn::IfThenElse(is_block, quad, quads[j]);
    }
  }
  TransposeBlocks(quads, columns);
#endif
}

#if HWY_TARGET != HWY_SCALAR
// Blocks of four lanes, `stride` apart.
template <class D>
HWY_INLINE void StoreBlocks(D d, hn::Vec<D> vector, float* HWY_RESTRICT to, int64_t stride) {
  if constexpr (hn::MaxLanes(d) <= 4) {
    hn::StoreU(vector, d, to);
  } else {
    const hn::Half<D> half;
    StoreBlocks(half, hn::LowerHalf(half, vector), to, stride);
    StoreBlocks(half, hn::UpperHalf(half, vector), to + hn::MaxLanes(d) / 8 * stride, stride);
  }
}
#endif

// The first `count` of four columns, for the first `rows` lanes: to[r * stride + j] is lane r of
// columns[j].
template <class V>
HWY_INLINE void StoreFourColumns(const V columns[4], int64_t rows, int64_t count, int64_t stride,
                                 float* HWY_RESTRICT to) {
  const hn::ScalableTag<float> d;
#if HWY_TARGET != HWY_SCALAR
  if (rows == kLanes && count == 4) {
    V quads[4];
    TransposeBlocks(columns, quads);
#pragma GCC unroll 4
    for (int64_t j = 0; j < 4; ++j) StoreBlocks(d, quads[j], to + j * stride, 4 * stride);
    return;
  }
#endif
  HWY_ALIGN float memory[4 * kLanes];
  for (int64_t j = 0; j < 4; ++j) hn::Store(columns[j], d, memory + j * kLanes);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < count; ++j) to[r * stride + j] = memory[j * kLanes + r];
  }
}

// Neighbouring pixels of up to kLanes channels whose planes are `stride` apart: pixel x at
// to[x * kLanes].
template <bool kAllChannels>
HWY_INLINE void LoadPixelRow(const float* HWY_RESTRICT from, int64_t stride, int64_t channels,
                             int64_t count, float* HWY_RESTRICT to) {
  const hn::ScalableTag<float> d;
  if (count < 4) {
    for (int64_t x = 0; x < count; ++x) {
      HWY_ALIGN float pixel[kLanes];
      for (int64_t c = 0; c < kLanes; ++c) pixel[c] = from[std::min(c, channels - 1) * stride + x];
      hn::Store(hn::Load(d, pixel), d, to + x * kLanes);
    }
    return;
  }
  for (int64_t x = 0; x < count; x += 4) {
    const int64_t first = std::min(x, count - 4);  // the last four may overlap those before
    hn::Vec<decltype(d)> pixels[4];
    LoadFourColumns<kAllChannels>(from + first, stride, channels, pixels);
#pragma GCC unroll 4
    for (int64_t j = 0; j < 4; ++j) hn::Store(pixels[j], d, to + (first + j) * kLanes);
  }
}

HWY_INLINE void ZeroPixels(int64_t count, float* HWY_RESTRICT to) {
  const hn::ScalableTag<float> d;
  for (int64_t x = 0; x < count; ++x) hn::Store(hn::Zero(d), d, to + x * kLanes);
}

// A rectangle of the pixels of up to kLanes channels, zero outside their image: pixel (y, x) of the
// rectangle at to[(y * columns.size() + x) * kLanes]. Lanes behind the channels repeat the last.
HWY_INLINE void LoadPixels(const float* HWY_RESTRICT image, Extent size, int64_t channels,
                           Range rows, Range columns, float* HWY_RESTRICT to) {
  const int64_t begin = std::clamp<int64_t>(0, columns.begin, columns.end);
  const int64_t end = std::clamp(size.w, begin, columns.end);
  for (int64_t y = rows.begin; y < rows.end; ++y, to += columns.size() * kLanes) {
    if (y < 0 || y >= size.h) {
      ZeroPixels(columns.size(), to);
      continue;
    }
    const float* from = image + y * size.w + begin;
    float* const inside = to + (begin - columns.begin) * kLanes;
    ZeroPixels(begin - columns.begin, to);
    if (channels == kLanes) {
      LoadPixelRow<true>(from, size.area(), channels, end - begin, inside);
    } else {
      LoadPixelRow<false>(from, size.area(), channels, end - begin, inside);
    }
    ZeroPixels(columns.end - end, to + (end - columns.begin) * kLanes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
