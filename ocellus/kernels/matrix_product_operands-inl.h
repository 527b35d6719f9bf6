// The operands of a matrix product.
//
// An operand is an object with
//
//   void Prepare(Range depths, Range lanes);
//       called before elements of these depths and lanes are packed
//   void PackDepthMajor(Range depths, Range lanes, float* to, int64_t stride) const;
//       to[(d - depths.begin) * stride + (i - lanes.begin)] = element(d, i)
//   void PackDepthMinor(Range depths, Range lanes, float* to, int64_t stride) const;
//       to[(i - lanes.begin) * stride + (d - depths.begin)] = element(d, i)
//
// where lanes are rows of a or columns of b. b needs the first; a needs the one that its
// kDepthMinor chooses: the one that copies straight from memory. Packing may write up to kLanes - 1
// floats behind each row of the result, before it writes the next one. A convolution's patches are
// just two more operands (image_patches-inl.h), so the im2col matrix never exists.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "ocellus/kernels/matrix_product_plan.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_MATRIX_PRODUCT_OPERANDS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_MATRIX_PRODUCT_OPERANDS_INL_H_
#undef OCELLUS_KERNELS_MATRIX_PRODUCT_OPERANDS_INL_H_
#else
#define OCELLUS_KERNELS_MATRIX_PRODUCT_OPERANDS_INL_H_
#endif

#include "ocellus/kernels/copies-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// A matrix in memory whose rows may be cut into segments: element (row, column) is at
//
//   data[row * row_stride + column / segment * segment_stride + column % segment]
//
// A plain matrix is one segment. The images of a batch (N, C, H, W) are a matrix of C rows and
// N * H * W columns, in segments of H * W.
template <typename T>
struct Matrix {
  T* data;
  int64_t row_stride;
  int64_t segment = std::numeric_limits<int64_t>::max();
  int64_t segment_stride = 0;

  // Calls body(pointer to the first element of row 0, number of columns, columns before these) for
  // each part of the given columns that is contiguous in memory.
  template <typename Body>
  HWY_INLINE void ForEachRun(Range columns, const Body& body) const {
    int64_t index = columns.begin / segment;
    int64_t first = columns.begin % segment;
    for (int64_t done = 0; done < columns.size(); ++index, first = 0) {
      const int64_t count = std::min(segment - first, columns.size() - done);
      body(data + index * segment_stride + first, count, done);
      done += count;
    }
  }
};

// Rows that are fetched in advance while others are packed: up to 4 cache lines of each, 10 KiB,
// which stay in the first-level cache until they are copied. Fewer are too few for memory
// (docs/matrix-product.md).
inline constexpr int64_t kRowsAhead = 40;

// An operand whose lanes are the matrix's columns: b as it is, or a transposed.
struct ColumnLanes {
  static constexpr bool kDepthMinor = false;
  Matrix<const float> matrix;

  HWY_INLINE void Prepare(Range /*depths*/, Range /*lanes*/) const {}

  HWY_INLINE void PackDepthMajor(Range depths, Range lanes, float* HWY_RESTRICT to,
                                 int64_t stride) const {
    const int64_t rows_ahead = std::min(kRowsAhead, depths.size());
    const int64_t row_stride = matrix.row_stride;
    matrix.ForEachRun(lanes, [&](const float* from, int64_t count, int64_t before) HWY_ATTR {
      const float* row = from + depths.begin * row_stride;
      float* packed = to + before;
      for (int64_t d = 0; d < depths.size(); ++d, row += row_stride, packed += stride) {
        // Rows of a large matrix lie in pages of their own: nobody else fetches them in advance.
        // Behind the last row come the next columns, if there are any. A row may begin anywhere in
        // a cache line.
        const bool is_last = d + rows_ahead >= depths.size();
        const float* ahead = row + (is_last ? (rows_ahead - depths.size()) * row_stride + count
                                            : rows_ahead * row_stride);
        for (int64_t i = 0; i < count; i += kFloatsOfCacheLine) hwy::Prefetch(ahead + i);
        hwy::Prefetch(ahead + count - 1);
        CopyFloats(row, count, packed);
      }
    });
  }
};

// An operand whose lanes are the matrix's rows: a as it is, or b transposed.
struct RowLanes {
  static constexpr bool kDepthMinor = true;
  Matrix<const float> matrix;

  HWY_INLINE void Prepare(Range /*depths*/, Range /*lanes*/) const {}

  HWY_INLINE void PackDepthMajor(Range depths, Range lanes, float* HWY_RESTRICT to,
                                 int64_t stride) const {
    const int64_t row_stride = matrix.row_stride;
    matrix.ForEachRun(depths, [&](const float* from, int64_t count, int64_t before) HWY_ATTR {
      Transpose<kLanes>(from + lanes.begin * row_stride, row_stride, lanes.size(), count,
                        to + before * stride, stride);
    });
  }

  HWY_INLINE void PackDepthMinor(Range depths, Range lanes, float* HWY_RESTRICT to,
                                 int64_t stride) const {
    const int64_t row_stride = matrix.row_stride;
    matrix.ForEachRun(depths, [&](const float* from, int64_t count, int64_t before) HWY_ATTR {
      for (int64_t i = 0; i < lanes.size(); ++i) {
        CopyFloats(from + (lanes.begin + i) * row_stride, count, to + i * stride + before);
      }
    });
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
