// Block sizes: see the header for the reasons.
#include "ocellus/kernels/matrix_product_plan.h"

#include <algorithm>

#include "ocellus/base/checked_math.h"

namespace ocellus {
namespace {

// The size of nearly equal blocks, each a multiple of `unit` and none above `maximum`.
int64_t EqualBlocks(int64_t size, int64_t maximum, int64_t unit) {
  return RoundUp(CeilDivide(size, CeilDivide(size, maximum)), unit);
}

// Splitting the depth costs one store, load and addition for every element of every block of the
// depth, which had depth_block multiply-adds: nothing, as long as they stay in the cache.
bool MaySplitDepth(const ProductPlan& plan) {
  constexpr int64_t kMaxPartialElements = 1 << 19;
  return plan.depth_blocks() > 1 &&
         plan.depth_blocks() * plan.size.rows * plan.size.columns <= kMaxPartialElements;
}

}  // namespace

Range BlockRange(int64_t size, int64_t block, int64_t index) {
  return {index * block, std::min(size, (index + 1) * block)};
}

int64_t DepthBlock(int64_t depth) { return EqualBlocks(depth, kMaxDepthBlock, 1); }

int64_t ProductPlan::row_blocks() const { return CeilDivide(size.rows, row_block); }
int64_t ProductPlan::column_blocks() const { return CeilDivide(size.columns, column_block); }
int64_t ProductPlan::depth_blocks() const { return CeilDivide(size.depth, depth_block); }

int64_t ProductPlan::partial_elements() const {
  return splits_depth ? depth_blocks() * size.rows * size.columns : 0;
}

ProductPlan PlanProduct(const ProductSize& size, int64_t enough_pieces, DepthSplit depth_split) {
  ProductPlan plan{.size = size,
                   .row_block = RoundUp(size.rows, kRowUnit),
                   .column_block = EqualBlocks(size.columns, kMaxColumnBlock, kColumnUnit),
                   .depth_block = DepthBlock(size.depth),
                   .splits_depth = false};
  plan.splits_depth =
      depth_split == DepthSplit::kAllowed && plan.pieces() < enough_pieces && MaySplitDepth(plan);
  // Smaller blocks, then. Halves of the rows pack all of b once more, halves of the columns all of
  // a: what has fewer elements.
  while (plan.pieces() < enough_pieces) {
    const int64_t piece_depth = plan.splits_depth ? plan.depth_block : size.depth;
    const int64_t piece_rows = std::min(plan.row_block, size.rows);
    const int64_t piece_columns = std::min(plan.column_block, size.columns);
    if (piece_rows * piece_columns * (piece_depth + kOutputWork) < 2 * kMinPieceWork) break;
    const bool cuts_columns = plan.column_blocks() * size.rows < plan.row_blocks() * size.columns;
    if (piece_columns > 2 * kColumnUnit && (cuts_columns || piece_rows <= kRowUnit)) {
      plan.column_block = RoundUp(CeilDivide(plan.column_block, 2), kColumnUnit);
    } else if (piece_rows > kRowUnit) {
      plan.row_block = RoundUp(CeilDivide(plan.row_block, 2), kRowUnit);
    } else {
      break;
    }
  }
  return plan;
}

ProductPlan PlanSkinnyProduct(const ProductSize& size, int64_t enough_pieces) {
  constexpr int64_t kUnit = 64;
  ProductPlan plan{.size = size,
                   .row_block = size.rows,
                   .column_block = EqualBlocks(size.columns, kMaxSkinnyColumns, kUnit),
                   .depth_block = DepthBlock(size.depth),
                   .splits_depth = false};
  plan.splits_depth = plan.pieces() < enough_pieces && MaySplitDepth(plan);
  return plan;
}

int64_t PackingElements(int64_t columns, int64_t depth) {
  const int64_t depth_block = std::min(depth, kMaxDepthBlock);
  const int64_t b = RoundUp(std::min(columns, kMaxColumnBlock), kColumnUnit) * depth_block;
  const int64_t a = kMaxTileRows * kPackedRowStride;
  constexpr int64_t kBehind = 16;  // what packing may write behind the last row
  return RoundUp(b, 16) + RoundUp(a, 16) + kBehind;
}

}  // namespace ocellus
