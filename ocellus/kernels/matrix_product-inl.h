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
// Packing is where operands differ. An operand is an object with
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
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and
// HWY_AFTER_NAMESPACE of its own.
#include <hwy/cache_control.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ocellus/kernels/matrix_product_plan.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_
#undef OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_
#else
#define OCELLUS_KERNELS_MATRIX_PRODUCT_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The size of a tile. Its sums must hide the latency of a multiply-add (4 cycles, and up to two
// start in each: 8 sums or more), leave registers for kTileVectors vectors of b and one element of
// a, and need fewer loads than multiply-adds: 8 x 3 sums take 11 loads for 24 multiply-adds.
// With 32 registers 24 + 3 + 1 = 28 are used; with 16, 12 + 2 + 1 = 15.
#if (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) || HWY_ARCH_ARM_A64
inline constexpr int kTileRows = 8;
inline constexpr int kTileVectors = 3;
#else
inline constexpr int kTileRows = 6;
inline constexpr int kTileVectors = 2;
#endif
static_assert(kTileRows <= kMaxTileRows);

inline constexpr int64_t kLanes = hn::MaxLanes(hn::ScalableTag<float>());
inline constexpr int64_t kPanelWidth = kTileVectors * kLanes;
inline constexpr int64_t kFloatsOfCacheLine = 16;
static_assert(kColumnUnit % kPanelWidth == 0 && kRowUnit % kTileRows == 0);

// What is done with the sums of a tile, in this order.
struct TileOutput {
  const float* row_biases = nullptr;     // one for each row of the tile: where the sums start
  const float* column_biases = nullptr;  // one for each column of the tile, likewise
  bool accumulates = false;              // the sums are added to the output
  bool relu = false;                     // negative results become zero; NaN stays NaN
  float* output = nullptr;
  int64_t row_stride = 0;
};

// One tile: output (rows x columns) = a (rows x depth) * b (depth x columns).
struct TileInput {
  const float* a;  // element (r, d) at a[r * a_row_stride + d * a_depth_stride]
  int64_t a_row_stride;
  int64_t a_depth_stride;
  const float* b;  // element (d, c) at b[d * b_depth_stride + c]
  int64_t b_depth_stride;
  int64_t depth;
  const int32_t* offsets = nullptr;  // instead of the depth stride of what is shifted: offsets[d]
};

// Which operand is read at an offset of its own for each step of the depth. Of a line the rows are
// neighbours in memory as well (a_row_stride is 1): pixels of an image.
enum class Shifted { kNone, kA, kALine, kB };

using TileFunction = void (*)(const TileInput&, const TileOutput&);

// Tile functions for all numbers of rows and vectors up to kTileRows and kTileVectors; compiled in
// matrix_product.cc. They write complete vectors.
TileFunction ChooseTile(int64_t rows, int64_t vectors, Shifted shifted = Shifted::kNone);

// Pixels of a line need no registers for their addresses, so that a tile takes more of them: up to
// kLineRows rows of up to kLineVectors vectors. One vector alone has enough sums then; two are read
// from the second-level cache about half as often as three are for kTileRows rows.
inline constexpr int kLineRows = kTileRows == 8 ? 14 : 10;
inline constexpr int kLineVectors = kTileRows == 8 ? 2 : 1;
TileFunction ChooseLineTile(int64_t rows, int64_t vectors);

// The same for up to kSkinnyRows rows and kMaxSkinnyColumns columns, of a b that is read once and
// need not be packed. They write complete rows of `columns`, and nothing behind them.
using SkinnyFunction = void (*)(const TileInput&, const TileOutput&, int64_t columns);

// For 1 to kSkinnyRows rows; compiled in skinny_product.cc.
SkinnyFunction ChooseSkinny(int64_t rows);

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
  for (; i + kFour <= count; i += kFour) hn::StoreU(hn::LoadU(d4, from + i), d4, to + i);
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

// An operand whose lanes are the matrix's columns: b as it is, or a transposed.
struct ColumnLanes {
  static constexpr bool kDepthMinor = false;
  Matrix<const float> matrix;

  HWY_INLINE void Prepare(Range /*depths*/, Range /*lanes*/) const {}

  HWY_INLINE void PackDepthMajor(Range depths, Range lanes, float* HWY_RESTRICT to,
                                 int64_t stride) const {
    constexpr int64_t kRowsAhead = 12;
    const int64_t row_stride = matrix.row_stride;
    matrix.ForEachRun(lanes, [&](const float* from, int64_t count, int64_t before) HWY_ATTR {
      const float* row = from + depths.begin * row_stride;
      float* packed = to + before;
      for (int64_t d = 0; d < depths.size(); ++d, row += row_stride, packed += stride) {
        // Rows of a large matrix lie in pages of their own: nobody else fetches them in advance.
        if (d + kRowsAhead < depths.size()) {
          for (int64_t i = 0; i < count; i += kFloatsOfCacheLine) {
            hwy::Prefetch(row + kRowsAhead * row_stride + i);
          }
        }
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

// A block of few rows, for which b is not packed.
template <typename A>
HWY_INLINE void MultiplySkinny(const A& a, const ColumnLanes& b, Range rows, Range columns,
                               Range depths, int64_t depth_block, const BlockOutput& output,
                               float* HWY_RESTRICT packed_a) {
  const int64_t a_row_stride = A::kDepthMinor ? PackedRowStride(depth_block) : 1;
  const int64_t a_depth_stride = A::kDepthMinor ? 1 : kTileRows;
  const SkinnyFunction multiply = ChooseSkinny(rows.size());
  for (int64_t d = depths.begin; d < depths.end; d += depth_block) {
    const Range depth{d, std::min(d + depth_block, depths.end)};
    if constexpr (A::kDepthMinor) {
      a.PackDepthMinor(depth, rows, packed_a, a_row_stride);
    } else {
      a.PackDepthMajor(depth, rows, packed_a, a_depth_stride);
    }
    for (int64_t c = columns.begin; c < columns.end; c += kMaxSkinnyColumns) {
      multiply(
          {packed_a, a_row_stride, a_depth_stride,
           b.matrix.data + depth.begin * b.matrix.row_stride + c, b.matrix.row_stride,
           depth.size()},
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
  const int64_t a_row_stride = A::kDepthMinor ? PackedRowStride(depth_block) : 1;
  const int64_t a_depth_stride = A::kDepthMinor ? 1 : kTileRows;
  float* const packed_a = packing;
  float* const packed_b = packing + kMaxTileRows * PackedRowStride(depth_block);
  if constexpr (std::is_same_v<B, ColumnLanes>) {
    const bool is_contiguous =
        b.matrix.segment >= columns.end && output.matrix.segment >= columns.end;
    if (rows.size() <= kSkinnyRows && is_contiguous) {
      MultiplySkinny(a, b, rows, columns, depths, depth_block, output, packed_a);
      return;
    }
  }
  // Nearly equal tiles: 25 rows are 7 + 6 + 6 + 6, not 8 + 8 + 8 + 1, whose last tile would have
  // too few sums to hide the latency of a multiply-add.
  const int64_t row_tiles = (rows.size() + kTileRows - 1) / kTileRows;
  const int64_t rows_each = rows.size() / row_tiles;
  const int64_t larger_tiles = rows.size() % row_tiles;

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
    for (int64_t t = 0; t < row_tiles; ++t) {
      const Range tile_rows{row, row + rows_each + (t < larger_tiles ? 1 : 0)};
      row = tile_rows.end;
      if constexpr (A::kDepthMinor) {
        a.PackDepthMinor(depth, tile_rows, packed_a, a_row_stride);
      } else {
        a.PackDepthMajor(depth, tile_rows, packed_a, a_depth_stride);
      }
      TileInput in{packed_a, a_row_stride, a_depth_stride, packed_b, 0, depth.size()};
      for (int64_t c = columns.begin; c < columns.end; c += kPanelWidth) {
        const Range lanes{c, std::min(c + kPanelWidth, columns.end)};
        const int64_t vectors = (lanes.size() + kLanes - 1) / kLanes;
        in.b_depth_stride = vectors * kLanes;
        const TileFunction tile_function = ChooseTile(tile_rows.size(), vectors);
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
