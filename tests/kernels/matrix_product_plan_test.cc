// How products are cut for caches and threads.
#include "ocellus/kernels/matrix_product_plan.h"

#include <gtest/gtest.h>

namespace ocellus {
namespace {

constexpr ProductSize kPlannedSizes[] = {{1024, 1024, 1024}, {100, 100, 4320}, {4320, 100, 100},
                                         {30, 57600, 25},    {512, 49, 2304},  {1000, 50, 400}};

// Every copy of a packed block costs time.
TEST(MatrixProductPlan, IsCutForTheCachesOnlyIfThereIsOneThread) {
  for (const ProductSize& size : kPlannedSizes) {
    const ProductPlan plan = PlanProduct(size, EnoughPieces(1));
    EXPECT_EQ(plan.row_blocks(), 1) << size.rows;
    EXPECT_LE(plan.column_block, kMaxColumnBlock);
    EXPECT_FALSE(plan.splits_depth);
  }
}

TEST(MatrixProductPlan, HasPiecesForAllThreads) {
  for (const ProductSize& size : kPlannedSizes) {
    for (const int threads : {2, 3, 8}) {
      for (const DepthSplit split : {DepthSplit::kAllowed, DepthSplit::kNever}) {
        const ProductPlan plan = PlanProduct(size, EnoughPieces(threads), split);
        EXPECT_GE(plan.pieces(), threads) << size.rows << " x " << size.columns;
        EXPECT_FALSE(plan.splits_depth && split == DepthSplit::kNever);
      }
    }
  }
}

TEST(MatrixProductPlan, LeavesSmallProductsInOnePiece) {
  EXPECT_EQ(PlanProduct({32, 32, 100}, EnoughPieces(8)).pieces(), 1);
}

// The weight gradient of one sample does little with much memory.
TEST(MatrixProductPlan, CountsWhatTheOutputCosts) {
  EXPECT_GE(PlanProduct({4320, 100, 1}, EnoughPieces(2)).pieces(), 2);
  EXPECT_EQ(PlanProduct({400, 100, 1}, EnoughPieces(2)).pieces(), 1);
}

// The order in which an element is summed up: see the header.
TEST(MatrixProductPlan, CutsTheDepthInTheSameWayForAllThreads) {
  for (const ProductSize& size : kPlannedSizes) {
    for (const int threads : {1, 2, 7}) {
      EXPECT_EQ(PlanProduct(size, EnoughPieces(threads)).depth_block, DepthBlock(size.depth));
    }
  }
}

}  // namespace
}  // namespace ocellus
