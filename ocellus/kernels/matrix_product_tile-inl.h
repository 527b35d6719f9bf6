// The tile of a matrix product, which stays in registers: what all that multiplies is made of.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <hwy/highway.h>

#include <cstdint>

#include "ocellus/kernels/matrix_product_plan.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_MATRIX_PRODUCT_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_MATRIX_PRODUCT_TILE_INL_H_
#undef OCELLUS_KERNELS_MATRIX_PRODUCT_TILE_INL_H_
#else
#define OCELLUS_KERNELS_MATRIX_PRODUCT_TILE_INL_H_
#endif

#include "ocellus/kernels/copies-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

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

inline constexpr int64_t kPanelWidth = kTileVectors * kLanes;
static_assert(kColumnUnit % kPanelWidth == 0 && kRowUnit % kTileRows == 0);

// Nearly equal parts of a whole, at least 1: 25 in 4 parts are 7 + 6 + 6 + 6.
struct EqualParts {
  // As few parts as are needed for none to be above `maximum`.
  EqualParts(int64_t whole, int64_t maximum)
      : count((whole + maximum - 1) / maximum),
        smallest(whole / count),
        larger_parts(whole % count) {}

  int64_t size(int64_t part) const { return smallest + (part < larger_parts ? 1 : 0); }

  int64_t count;
  int64_t smallest;
  int64_t larger_parts;
};

// What is done with the sums of a tile, in this order.
struct TileOutput {
  const float* row_biases = nullptr;     // one for each row of the tile: where the sums start
  const float* column_biases = nullptr;  // one for each column of the tile, likewise
  bool accumulates = false;              // the sums are added to the output
  bool relu = false;                     // negative results become zero; NaN stays NaN
  float* output = nullptr;
  int64_t row_stride = 0;
};

// What is known of the operands when a tile is compiled. With a stride that is known, the
// instructions that load need no others beside them; and the fewer there are, the less a tile
// suffers from another thread on its core.
enum class TileOperands {
  kPackedRows,     // a: rows kPackedRowStride apart; b: packed, rows as long as the tile's
  kPackedColumns,  // a: columns kTileRows apart; b: packed
  kStrided,        // a and b: any strides
  kShiftedA,       // a: columns at offsets, with any stride between rows; b: packed
  kLine,           // a: columns at offsets, rows side by side: pixels of an image; b: packed
  kShiftedB,       // a: rows kPackedRowStride apart; b: rows at offsets
};

// One tile: output (rows x columns) = a (rows x depth) * b (depth x columns).
struct TileInput {
  const float* a;  // element (r, d) at a[r * a_row_stride + d * a_depth_stride]
  const float* b;  // element (d, c) at b[d * b_depth_stride + c]
  int64_t depth;
  // Instead of the depth stride of what is read at offsets: element (.., d) is at offsets[d].
  const int32_t* offsets = nullptr;
  // Where they are not known: all for kStrided and skinny products, the first for kShiftedA.
  int64_t a_row_stride = 0;
  int64_t a_depth_stride = 0;
  int64_t b_depth_stride = 0;
};

using TileFunction = void (*)(const TileInput&, const TileOutput&);

// Pixels of a line need no registers for their addresses: tiles of up to kLineRows rows of up to
// kLineVectors vectors. With 32 registers that are more rows than kTileRows: one vector alone has
// enough sums then, and two are read from the second-level cache about half as often as three are
// for kTileRows rows.
inline constexpr int kLineRows = kTileRows == 8 ? 14 : 6;
inline constexpr int kLineVectors = 2;
inline constexpr int64_t kLinePanel = kLineVectors * kLanes;
static_assert(kLinePanel <= kMaxLinePanel);

// Tile functions for all numbers of rows and vectors up to kTileRows and kTileVectors, for kLine up
// to kLineRows and kLineVectors; compiled in matrix_product.cc. They write complete vectors.
TileFunction ChooseTile(int64_t rows, int64_t vectors, TileOperands operands);

// The same for up to kSkinnyRows rows and kMaxSkinnyColumns columns, of a b that is read once and
// need not be packed. They write complete rows of `columns`, and nothing behind them.
using SkinnyFunction = void (*)(const TileInput&, const TileOutput&, int64_t columns);

// For 1 to kSkinnyRows rows; compiled in skinny_product.cc.
SkinnyFunction ChooseSkinny(int64_t rows);

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
