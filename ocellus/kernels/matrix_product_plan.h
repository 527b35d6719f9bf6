// How a matrix product is cut into blocks: once for the caches, and once more for the threads.
//
//   output (rows x columns) = a (rows x depth) * b (depth x columns)
//
// Every element of the output is computed in the same order, whatever its block:
//
//   ((start + chain 0) + chain 1) + ...
//
// where a chain is one multiply-add after the other over one block of the depth, and the blocks of
// the depth depend on the depth alone. So an element of the output does not depend, to the last
// bit, on how many threads there are, nor on how many other rows are computed with it: a sample
// gets the same result in any batch.
#pragma once

#include <cstdint>

namespace ocellus {

// The depth of a block. One row of tiles of a (8 x 384 floats, 12 KiB) stays in the first-level
// cache (32 KiB or more) while the panels of b stream past it from the second level; and a tile is
// loaded, summed up and stored once in 384 steps.
inline constexpr int64_t kMaxDepthBlock = 384;

// The columns of a block: 384 x 384 floats of b are 576 KiB, which leaves room for the output in a
// second-level cache of 1 MiB. A multiple of every target's panel width (48, 16, 12, 8 and 2).
inline constexpr int64_t kMaxColumnBlock = 384;

// Blocks have multiples of these sizes (except the last): every target's tiles fit.
inline constexpr int64_t kColumnUnit = 48;
inline constexpr int64_t kRowUnit = 24;

// A product with so few rows uses each element of b once or a few times only: packing would cost
// more than it gains, and what counts is how fast memory is read.
inline constexpr int64_t kSkinnyRows = 4;

// Its rows of b are read in runs of up to 4 KiB, a page of memory.
inline constexpr int64_t kMaxSkinnyColumns = 1024;

// Sizes of a matrix product.
struct ProductSize {
  int64_t rows;
  int64_t columns;
  int64_t depth;
};

// A part of one axis.
struct Range {
  int64_t begin;
  int64_t end;
  int64_t size() const { return end - begin; }
};

// Part number `index` when an axis of `size` is cut into blocks of `block`; the last may be
// smaller.
Range BlockRange(int64_t size, int64_t block, int64_t index);

// The size of the depth's blocks: all nearly equal, none above kMaxDepthBlock.
int64_t DepthBlock(int64_t depth);

// For work whose cuts are part of its result: enough pieces for the threads of a desktop machine,
// and so many that the last one to finish is not waited for long.
inline constexpr int64_t kEnoughPieces = 24;

// The number of pieces at which a product is cut no further. Each block packs its own part of b, so
// there are no more of them than the threads need: with two each, none waits long for another.
constexpr int64_t EnoughPieces(int threads) { return threads == 1 ? 1 : 2 * threads; }

// The number of multiply-adds below which a piece is not cut for the sake of threads: about 10 us
// of work at 100 GFLOP/s, ten times what it costs to hand out a piece.
inline constexpr int64_t kMinPieceWork = 500'000;

// The multiply-adds in whose time an element of the output is loaded and stored in the second-level
// cache: what counts where the depth is small, as it is in weight gradients of one sample.
inline constexpr int64_t kOutputWork = 16;

struct ProductPlan {
  ProductSize size;
  int64_t row_block;
  int64_t column_block;
  int64_t depth_block;
  // Whether the blocks of the depth are pieces of their own, whose results are added up afterwards:
  // for small outputs of a great depth.
  bool splits_depth;

  int64_t row_blocks() const;
  int64_t column_blocks() const;
  int64_t depth_blocks() const;
  int64_t depth_pieces() const { return splits_depth ? depth_blocks() : 1; }
  int64_t pieces() const { return row_blocks() * column_blocks() * depth_pieces(); }
  // Floats for the results of the depth's blocks: depth_pieces() outputs, or none.
  int64_t partial_elements() const;
};

// Cut no further than into enough_pieces, if the product is large enough for so many.
enum class DepthSplit { kAllowed, kNever };
ProductPlan PlanProduct(const ProductSize& size, int64_t enough_pieces,
                        DepthSplit depth_split = DepthSplit::kAllowed);

// The same for products of few rows whose b is not packed.
ProductPlan PlanSkinnyProduct(const ProductSize& size, int64_t enough_pieces);

// The largest number of columns that tiles of lines have on any target (see TileOperands).
inline constexpr int64_t kMaxLinePanel = 32;

// The largest number of rows of a, as they are packed, that a tile has on any target.
inline constexpr int64_t kMaxTileRows = 8;

// The distance in memory between packed rows of a: an odd number of cache lines, so that the rows
// of a tile do not start in the same set of the first-level cache.
inline constexpr int64_t kPackedRowStride = kMaxDepthBlock + 16;
static_assert(kPackedRowStride / 16 % 2 == 1);

// Enough for rows of another depth, with a few cache lines between them.
constexpr int64_t PackedRowStride(int64_t depth) { return (depth + 15) / 16 * 16 + 16; }

// Floats that the computation of one block needs for packing: a multiple of a cache line.
int64_t PackingElements(int64_t columns, int64_t depth);

}  // namespace ocellus
