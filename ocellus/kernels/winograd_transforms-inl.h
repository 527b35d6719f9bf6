// The transforms of Winograd's F(4x4, 3x3), with channels or filters as lanes.
//
//   filters          U = G g G^T                3x3 to 6x6
//   inputs           V = B^T d B                6x6 to 6x6
//   outputs          Y = A^T M A                6x6 to 4x4
//   output gradient  E = A e A^T                4x4 to 6x6
//   weight gradient  dg = G^T D G               6x6 to 3x3
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <cstdint>

#include "ocellus/kernels/winograd_plan.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_
#undef OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_
#else
#define OCELLUS_KERNELS_WINOGRAD_TRANSFORMS_INL_H_
#endif

#include "ocellus/kernels/copies-inl.h"

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
struct FilterTransform {
  static constexpr int64_t kFrom = 3, kTo = 6;
  HWY_INLINE void operator()(const Vector x[3], Vector y[6]) const {
    const VectorTag d;
    const Vector outer = hn::Mul(hn::Set(d, -1.0f / 6), hn::Add(x[0], x[2]));
    const Vector middle = hn::Mul(hn::Set(d, 1.0f / 6), x[1]);
    const Vector far = hn::MulAdd(hn::Set(d, 1.0f / 24), x[0], hn::Mul(hn::Set(d, 1.0f / 6), x[2]));
    const Vector half = hn::Mul(hn::Set(d, 0.5f), middle);
    y[0] = hn::Mul(hn::Set(d, 0.25f), x[0]);
    y[1] = hn::Sub(outer, middle);
    y[2] = hn::Add(outer, middle);
    y[3] = hn::Add(far, half);
    y[4] = hn::Sub(far, half);
    y[5] = x[2];
  }
};

// y = B^T x
//   4  0 -5  0  1  0
//   0 -4 -4  1  1  0
//   0  4 -4 -1  1  0
//   0 -2 -1  2  1  0
//   0  2 -1 -2  1  0
//   0  4  0 -5  0  1
struct InputTransform {
  static constexpr int64_t kFrom = 6, kTo = 6;
  HWY_INLINE void operator()(const Vector x[6], Vector y[6]) const {
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
};

// y = A^T x
//   1  1  1  1  1  0
//   0  1 -1  2 -2  0
//   0  1  1  4  4  0
//   0  1 -1  8 -8  1
struct OutputTransform {
  static constexpr int64_t kFrom = 6, kTo = 4;
  HWY_INLINE void operator()(const Vector x[6], Vector y[4]) const {
    const VectorTag d;
    const Vector sum = hn::Add(x[1], x[2]), difference = hn::Sub(x[1], x[2]);
    const Vector sum2 = hn::Add(x[3], x[4]), difference2 = hn::Sub(x[3], x[4]);
    y[0] = hn::Add(hn::Add(x[0], sum), sum2);
    y[1] = hn::MulAdd(hn::Set(d, 2.0f), difference2, difference);
    y[2] = hn::MulAdd(hn::Set(d, 4.0f), sum2, sum);
    y[3] = hn::Add(hn::MulAdd(hn::Set(d, 8.0f), difference2, difference), x[5]);
  }
};

// y = A x
struct OutputGradientTransform {
  static constexpr int64_t kFrom = 4, kTo = 6;
  HWY_INLINE void operator()(const Vector x[4], Vector y[6]) const {
    const VectorTag d;
    const Vector two = hn::Set(d, 2.0f), four = hn::Set(d, 4.0f);
    const Vector even = hn::Add(x[0], x[2]), odd = hn::Add(x[1], x[3]);
    const Vector even2 = hn::MulAdd(four, x[2], x[0]);
    const Vector odd2 = hn::Mul(two, hn::MulAdd(four, x[3], x[1]));
    y[0] = x[0];
    y[1] = hn::Add(even, odd);
    y[2] = hn::Sub(even, odd);
    y[3] = hn::Add(even2, odd2);
    y[4] = hn::Sub(even2, odd2);
    y[5] = x[3];
  }
};

// y = G^T x
struct WeightGradientTransform {
  static constexpr int64_t kFrom = 6, kTo = 3;
  HWY_INLINE void operator()(const Vector x[6], Vector y[3]) const {
    const VectorTag d;
    const Vector sixth = hn::Set(d, 1.0f / 6), twelfth = hn::Set(d, 1.0f / 12);
    const Vector near = hn::Mul(sixth, hn::Add(x[1], x[2])), far = hn::Add(x[3], x[4]);
    y[0] = hn::MulAdd(hn::Set(d, 1.0f / 24), far, hn::MulSub(hn::Set(d, 0.25f), x[0], near));
    y[1] = hn::MulAdd(twelfth, hn::Sub(x[3], x[4]), hn::Mul(sixth, hn::Sub(x[2], x[1])));
    y[2] = hn::Add(hn::MulSub(sixth, far, near), x[5]);
  }
};

// Both sides: Y = T X T^T. Calls load() for each of the kFrom x kFrom vectors of X, row by row, and
// store(vector) for each of the kTo x kTo vectors of Y, column by column: what has been transformed
// is transposed. Whoever reads it back does so in the same order, which transposes it again, and
// walks through memory in steps of one size.
template <typename Transform, typename Load, typename Store>
HWY_INLINE void TransformTile(Load load, Store store) {
  constexpr int64_t kFrom = Transform::kFrom, kTo = Transform::kTo;
  const Transform transform;
  Vector rows[kFrom][kTo];
#pragma GCC unroll 6
  for (int64_t y = 0; y < kFrom; ++y) {
    Vector row[kFrom];
#pragma GCC unroll 6
    for (int64_t x = 0; x < kFrom; ++x) row[x] = load();
    transform(row, rows[y]);
  }
#pragma GCC unroll 6
  for (int64_t x = 0; x < kTo; ++x) {
    Vector column[kFrom], results[kTo];
#pragma GCC unroll 6
    for (int64_t y = 0; y < kFrom; ++y) column[y] = rows[y][x];
    transform(column, results);
#pragma GCC unroll 6
    for (int64_t y = 0; y < kTo; ++y) store(results[y]);
  }
}

// The 36 numbers of transformed tiles, `stride` apart: what to load from, and to store to.
struct LoadProducts {
  HWY_INLINE Vector operator()() {
    const Vector vector = hn::LoadU(VectorTag(), from);
    from += stride;
    return vector;
  }

  const float* from;
  int64_t stride;
};

struct StoreProducts {
  HWY_INLINE void operator()(Vector vector) {
    hn::StoreU(vector, VectorTag(), to);
    to += stride;
  }

  float* to;
  int64_t stride;
};

// Vectors side by side, in rows of kColumns that are `row_stride` floats apart.
template <int64_t kColumns>
struct LoadRows {
  HWY_INLINE Vector operator()() {
    const Vector vector = hn::LoadU(VectorTag(), from + column * kLanes);
    if (++column == kColumns) {
      column = 0;
      from += row_stride;
    }
    return vector;
  }

  const float* from;
  int64_t row_stride;
  int64_t column = 0;
};

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
