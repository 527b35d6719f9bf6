// The transforms of Winograd's F(4x4, 3x3), for vectors of tiles or of filters.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <algorithm>
#include <cstdint>

#include "ocellus/kernels/convolution_filters.h"
#include "ocellus/kernels/winograd_plan.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_
#undef OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_
#else
#define OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_
#endif

#include "ocellus/kernels/matrix_product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

using VectorTag = hn::ScalableTag<float>;
using Vector = hn::Vec<VectorTag>;

// y = G x
//        6  0  0
//       -4 -4 -4
//   1/24 -4  4 -4
//        1  2  4
//        1 -2  4
//        0  0 24
template <typename D, typename V>
HWY_INLINE void TransformFilter(D d, const V x[3], V y[6]) {
  const V outer = hn::Mul(hn::Set(d, -1.0f / 6), hn::Add(x[0], x[2]));
  const V middle = hn::Mul(hn::Set(d, 1.0f / 6), x[1]);
  const V far = hn::MulAdd(hn::Set(d, 1.0f / 24), x[0], hn::Mul(hn::Set(d, 1.0f / 6), x[2]));
  const V half = hn::Mul(hn::Set(d, 0.5f), middle);
  y[0] = hn::Mul(hn::Set(d, 0.25f), x[0]);
  y[1] = hn::Sub(outer, middle);
  y[2] = hn::Add(outer, middle);
  y[3] = hn::Add(far, half);
  y[4] = hn::Sub(far, half);
  y[5] = x[2];
}

// y = B^T x
//   4  0 -5  0  1  0
//   0 -4 -4  1  1  0
//   0  4 -4 -1  1  0
//   0 -2 -1  2  1  0
//   0  2 -1 -2  1  0
//   0  4  0 -5  0  1
HWY_INLINE void TransformInput(const Vector x[6], Vector y[6]) {
  const VectorTag d;
  const Vector two = hn::Set(d, 2.0f), four = hn::Set(d, 4.0f), minus_five = hn::Set(d, -5.0f);
  const Vector even = hn::NegMulAdd(four, x[2], x[4]), odd = hn::NegMulAdd(four, x[1], x[3]);
  const Vector even2 = hn::Sub(x[4], x[2]), odd2 = hn::Sub(x[3], x[1]);
  y[0] = hn::MulAdd(four, x[0], hn::MulAdd(minus_five, x[2], x[4]));
  y[1] = hn::Add(even, odd);
  y[2] = hn::Sub(even, odd);
  y[3] = hn::MulAdd(two, odd2, even2);
  y[4] = hn::NegMulAdd(two, odd2, even2);
  y[5] = hn::MulAdd(four, x[1], hn::MulAdd(minus_five, x[3], x[5]));
}

// y = A^T x
//   1  1  1  1  1  0
//   0  1 -1  2 -2  0
//   0  1  1  4  4  0
//   0  1 -1  8 -8  1
HWY_INLINE void TransformOutput(const Vector x[6], Vector y[4]) {
  const VectorTag d;
  const Vector sum = hn::Add(x[1], x[2]), difference = hn::Sub(x[1], x[2]);
  const Vector sum2 = hn::Add(x[3], x[4]), difference2 = hn::Sub(x[3], x[4]);
  y[0] = hn::Add(hn::Add(x[0], sum), sum2);
  y[1] = hn::MulAdd(hn::Set(d, 2.0f), difference2, difference);
  y[2] = hn::MulAdd(hn::Set(d, 4.0f), sum2, sum);
  y[3] = hn::Add(hn::MulAdd(hn::Set(d, 8.0f), difference2, difference), x[5]);
}

// U of one tile of filters: element (product i, channel, row) at
//   transformed[i * FilterTileElements(channels, kWidth) + channel * kWidth + row]
template <int64_t kWidth>
HWY_INLINE void TransformFilterTile(const ConvolutionFilters& filters, int64_t group, Range rows,
                                    int64_t channels, float* HWY_RESTRICT transformed) {
  // Rows are lanes; the last vector may hang over.
  const hn::CappedTag<float, kWidth <= kMaxTileRows ? kMaxTileRows : kWidth> d;
  constexpr auto kRowLanes = static_cast<int64_t>(hn::MaxLanes(d));
  constexpr int64_t kTaps = 9 * kWidth;
  constexpr int64_t kChannels = 8;  // at a time: stores have to arrive before they are loaded
  HWY_ALIGN float taps[kChannels * kTaps + kRowLanes] = {};
  const int64_t stride = FilterTileElements(channels, kWidth);
  const float* from =
      filters.data + group * filters.group_stride + rows.begin * filters.filter_stride;
  for (int64_t first = 0; first < channels; first += kChannels) {
    const int64_t last = std::min(first + kChannels, channels);
    for (int64_t c = first; c < last; ++c) {
      Transpose(from + c * filters.channel_stride, filters.filter_stride, rows.size(), 9,
                taps + (c - first) * kTaps, kWidth);
    }
    for (int64_t c = first; c < last; ++c) {
      for (int64_t r = 0; r < kWidth; r += kRowLanes) {
        const float* tap = taps + (c - first) * kTaps + r;
        hn::Vec<decltype(d)> columns[3][6];  // G g, by columns
        for (int64_t x = 0; x < 3; ++x) {
          hn::Vec<decltype(d)> column[3];
          for (int64_t y = 0; y < 3; ++y) {
            const int64_t t = y * 3 + x;
            column[y] = hn::LoadU(d, tap + (filters.flipped ? 8 - t : t) * kWidth);
          }
          TransformFilter(d, column, columns[x]);
        }
        for (int64_t y = 0; y < 6; ++y) {
          const hn::Vec<decltype(d)> row[3] = {columns[0][y], columns[1][y], columns[2][y]};
          hn::Vec<decltype(d)> u[6];
          TransformFilter(d, row, u);
          for (int64_t x = 0; x < 6; ++x) {
            hn::StoreU(u[x], d, transformed + (y * 6 + x) * stride + c * kWidth + r);
          }
        }
      }
    }
  }
}

// V of one channel and one vector of tiles: 36 vectors, `from_stride` and `to_stride` apart. The
// lanes from `tiles` on count as 0: they are thrown away, but arithmetic with tiny numbers is slow.
HWY_INLINE void TransformInputVector(const float* HWY_RESTRICT from, int64_t from_stride,
                                     int64_t tiles, float* HWY_RESTRICT to, int64_t to_stride) {
  const VectorTag d;
  const auto is_tile = hn::FirstN(d, static_cast<size_t>(std::min(tiles, kLanes)));
  Vector rows[6][6];  // d B, by rows
  for (int64_t y = 0; y < 6; ++y) {
    Vector row[6];
    for (int64_t x = 0; x < 6; ++x) {
      row[x] = hn::IfThenElseZero(is_tile, hn::LoadU(d, from + (y * 6 + x) * from_stride));
    }
    TransformInput(row, rows[y]);
  }
  for (int64_t x = 0; x < 6; ++x) {
    const Vector column[6] = {rows[0][x], rows[1][x], rows[2][x],
                              rows[3][x], rows[4][x], rows[5][x]};
    Vector v[6];
    TransformInput(column, v);
    for (int64_t y = 0; y < 6; ++y) hn::StoreU(v[y], d, to + (y * 6 + x) * to_stride);
  }
}

// The 4x4 outputs of a vector of tiles or of filters, from their 36 products, `stride` apart.
HWY_INLINE void TransformOutputVector(const float* HWY_RESTRICT products, int64_t stride,
                                      Vector start, bool relu, Vector out[4][4]) {
  const VectorTag d;
  Vector columns[6][4];  // A^T M, by columns
  for (int64_t x = 0; x < 6; ++x) {
    Vector column[6];
    for (int64_t y = 0; y < 6; ++y) column[y] = hn::LoadU(d, products + (y * 6 + x) * stride);
    TransformOutput(column, columns[x]);
  }
  for (int64_t y = 0; y < kTileOut; ++y) {
    const Vector row[6] = {columns[0][y], columns[1][y], columns[2][y],
                           columns[3][y], columns[4][y], columns[5][y]};
    TransformOutput(row, out[y]);
    for (int64_t x = 0; x < kTileOut; ++x) {
      out[y][x] = hn::Add(out[y][x], start);
      if (relu) out[y][x] = hn::IfThenZeroElse(hn::Lt(out[y][x], hn::Zero(d)), out[y][x]);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
