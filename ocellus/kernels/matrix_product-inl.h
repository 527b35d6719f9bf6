// The engine: one block of a matrix product, in SIMD, by one thread.
//
//   output (rows x columns) = a (rows x depth) * b (depth x columns)
//
// The order of the loops follows Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication" (2008), with the two caches in exchanged roles (see MultiplyBlock):
//
//   for each block of the depth                    b's block is packed        second-level cache
//     for each row of tiles                        a's rows are packed        first-level cache
//       for each panel of b                                                   streams
//         one tile of the output: kTileRows x (kTileVectors vectors) sums     registers
//
// Packing is where operands differ: matrix_product_operands-inl.h says what an operand is.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and
// HWY_AFTER_NAMESPACE of its own.
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "ocellus/kernels/matrix_product_plan.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_
#undef OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_
#else
#define OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_
#endif

#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/matrix_product_operands-inl.h"
#include "ocellus/kernels/matrix_product_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// What a block of the product does with its sums.
struct BlockOutput {
  Matrix<float> matrix;
  const float* row_biases = nullptr;     // of all rows of the product, or none
  const float* column_biases = nullptr;  // of all columns of the product, or none
  bool accumulates = false;              // the product is added to the matrix
  bool relu = false;
};

// A tile beside the matrix, for where no complete vector fits or the columns are not contiguous.
HWY_INLINE void LoadTile(const Matrix<float>& matrix, Range rows, Range columns,
                         float* HWY_RESTRICT tile) {
  matrix.ForEachRun(columns, [&](const float* from, int64_t count, int64_t before) HWY_ATTR {
    for (int64_t r = 0; r < rows.size(); ++r) {
      CopyFloats(from + (rows.begin + r) * matrix.row_stride, count,
                 tile + r * kPanelWidth + before);
    }
  });
}

HWY_INLINE void StoreTile(const float* HWY_RESTRICT tile, Range rows, Range columns,
                          const Matrix<float>& matrix) {
  matrix.ForEachRun(columns, [&](float* to, int64_t count, int64_t before) HWY_ATTR {
    for (int64_t r = 0; r < rows.size(); ++r) {
      CopyFloats(tile + r * kPanelWidth + before, count, to + (rows.begin + r) * matrix.row_stride);
    }
  });
}

// Packs the rows of a tile in the order in which they are: rows kPackedRowStride apart, or columns
// kTileRows apart.
template <typename A>
HWY_INLINE void PackTileRows(const A& a, Range depth, Range rows, float* HWY_RESTRICT to) {
  if constexpr (A::kDepthMinor) {
    a.PackDepthMinor(depth, rows, to, kPackedRowStride);
  } else {
    a.PackDepthMajor(depth, rows, to, kTileRows);
  }
}

// A block of few rows, for which b is not packed.
template <typename A>
HWY_INLINE void MultiplySkinny(const A& a, const ColumnLanes& b, Range rows, Range columns,
                               Range depths, int64_t depth_block, const BlockOutput& output,
                               float* HWY_RESTRICT packed_a) {
  const SkinnyFunction multiply = ChooseSkinny(rows.size());
  for (int64_t d = depths.begin; d < depths.end; d += depth_block) {
    const Range depth{d, std::min(d + depth_block, depths.end)};
    PackTileRows(a, depth, rows, packed_a);
    for (int64_t c = columns.begin; c < columns.end; c += kMaxSkinnyColumns) {
      multiply(
          {.a = packed_a,
           .b = b.matrix.data + depth.begin * b.matrix.row_stride + c,
           .depth = depth.size(),
           .a_row_stride = A::kDepthMinor ? kPackedRowStride : 1,
           .a_depth_stride = A::kDepthMinor ? 1 : kTileRows,
           .b_depth_stride = b.matrix.row_stride},
          {.row_biases = d == 0 && output.row_biases ? output.row_biases + rows.begin : nullptr,
           .column_biases = d == 0 && output.column_biases ? output.column_biases + c : nullptr,
           .accumulates = output.accumulates || d != depths.begin,
           .relu = output.relu && depth.end == depths.end,
           .output = output.matrix.data + rows.begin * output.matrix.row_stride + c,
           .row_stride = output.matrix.row_stride},
          std::min(kMaxSkinnyColumns, columns.end - c));
    }
  }
}

// Computes the given rows and columns of the output over the given part of the depth, in chains of
// depth_block. The biases are where the first chain of the product starts, so they count only where
// depths.begin is 0. `packing` has PackingElements(columns, depth_block) floats, 64-byte aligned.
template <typename A, typename B>
HWY_INLINE void MultiplyBlock(A a, B b, Range rows, Range columns, Range depths,
                              int64_t depth_block, const BlockOutput& output,
                              float* HWY_RESTRICT packing) {
  float* const packed_a = packing;
  float* const packed_b = packing + kMaxTileRows * kPackedRowStride;
  if constexpr (std::is_same_v<B, ColumnLanes>) {
    const bool is_contiguous =
        b.matrix.segment >= columns.end && output.matrix.segment >= columns.end;
    if (rows.size() <= kSkinnyRows && is_contiguous) {
      MultiplySkinny(a, b, rows, columns, depths, depth_block, output, packed_a);
      return;
    }
  }
  // A last tile of one row would have too few sums to hide the latency of a multiply-add.
  const EqualParts row_tiles(rows.size(), kTileRows);

  for (int64_t d = depths.begin; d < depths.end; d += depth_block) {
    const Range depth{d, std::min(d + depth_block, depths.end)};
    const bool starts = d == 0;
    const bool accumulates = output.accumulates || d != depths.begin;
    const bool relu = output.relu && depth.end == depths.end;

    a.Prepare(depth, rows);
    b.Prepare(depth, columns);
    float* panel = packed_b;
    for (int64_t c = columns.begin; c < columns.end; c += kPanelWidth) {
      const Range lanes{c, std::min(c + kPanelWidth, columns.end)};
      const int64_t width = (lanes.size() + kLanes - 1) / kLanes * kLanes;
      b.PackDepthMajor(depth, lanes, panel, width);
      // The columns that fill up the last vector are computed and thrown away. They must be finite
      // and not tiny: arithmetic with such numbers is slow on some machines.
      if (lanes.size() < width) {
        for (int64_t i = 0; i < depth.size(); ++i) {
          for (int64_t w = lanes.size(); w < width; ++w) panel[i * width + w] = 0.0f;
        }
      }
      panel += depth.size() * width;
    }

    int64_t row = rows.begin;
    for (int64_t t = 0; t < row_tiles.count; ++t) {
      const Range tile_rows{row, row + row_tiles.size(t)};
      row = tile_rows.end;
      PackTileRows(a, depth, tile_rows, packed_a);
      TileInput in{.a = packed_a, .b = packed_b, .depth = depth.size()};
      for (int64_t c = columns.begin; c < columns.end; c += kPanelWidth) {
        const Range lanes{c, std::min(c + kPanelWidth, columns.end)};
        const int64_t vectors = (lanes.size() + kLanes - 1) / kLanes;
        const TileFunction tile_function =
            ChooseTile(tile_rows.size(), vectors,
                       A::kDepthMinor ? TileOperands::kPackedRows : TileOperands::kPackedColumns);
        const float* row_biases =
            starts && output.row_biases ? output.row_biases + tile_rows.begin : nullptr;
        const float* column_biases =
            starts && output.column_biases ? output.column_biases + c : nullptr;
        const Matrix<float>& matrix = output.matrix;
        const int64_t first = lanes.begin % matrix.segment;
        if (vectors * kLanes == lanes.size() && first + lanes.size() <= matrix.segment) {
          float* to = matrix.data + tile_rows.begin * matrix.row_stride +
                      lanes.begin / matrix.segment * matrix.segment_stride + first;
          tile_function(in, {.row_biases = row_biases,
                             .column_biases = column_biases,
                             .accumulates = accumulates,
                             .relu = relu,
                             .output = to,
                             .row_stride = matrix.row_stride});
        } else {
          HWY_ALIGN float tile[kMaxTileRows * kPanelWidth] = {};
          HWY_ALIGN float biases[kPanelWidth] = {};
          if (column_biases != nullptr) {
            CopyFloats(column_biases, lanes.size(), biases);
            column_biases = biases;
          }
          if (accumulates) LoadTile(matrix, tile_rows, lanes, tile);
          tile_function(in, {.row_biases = row_biases,
                             .column_biases = column_biases,
                             .accumulates = accumulates,
                             .relu = relu,
                             .output = tile,
                             .row_stride = kPanelWidth});
          StoreTile(tile, tile_rows, lanes, matrix);
        }
        in.b += depth.size() * vectors * kLanes;
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
