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

// Both sides: y = T x T^T for a tile of kFrom x kFrom vectors, whose rows are `row_stride` and
// columns `column_stride` floats apart. Calls store(y, x, vector) for each of the kTo x kTo
// results.
template <typename Transform, typename Store>
HWY_INLINE void TransformTile(const float* HWY_RESTRICT from, int64_t row_stride,
                              int64_t column_stride, const Store& store) {
  constexpr int64_t kFrom = Transform::kFrom, kTo = Transform::kTo;
  const VectorTag d;
  const Transform transform;
  Vector columns[kFrom][kTo];
#pragma GCC unroll 6
  for (int64_t x = 0; x < kFrom; ++x) {
    Vector column[kFrom];
#pragma GCC unroll 6
    for (int64_t y = 0; y < kFrom; ++y) {
      column[y] = hn::LoadU(d, from + y * row_stride + x * column_stride);
    }
    transform(column, columns[x]);
  }
#pragma GCC unroll 6
  for (int64_t y = 0; y < kTo; ++y) {
    Vector row[kFrom], results[kTo];
#pragma GCC unroll 6
    for (int64_t x = 0; x < kFrom; ++x) row[x] = columns[x][y];
    transform(row, results);
#pragma GCC unroll 6
    for (int64_t x = 0; x < kTo; ++x) store(y, x, results[x]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
