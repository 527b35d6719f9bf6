// How products are cut for caches and threads.
#include "ocellus/kernels/matrix_product_plan.h"

#include <gtest/gtest.h>

namespace ocellus {
namespace {

constexpr ProductSize kSizes[] = {{1024, 1024, 1024}, {100, 100, 4320}, {4320, 100, 100},
                                  {30, 57600, 25},    {64, 64, 2000},   {1000, 50, 400}};

// Every copy of a packed block costs time.
TEST(MatrixProductPlan, IsCutForTheCachesOnlyIfThereIsOneThread) {
  for (const ProductSize& size : kSizes) {
    const ProductPlan plan = PlanProduct(size, 1);
    EXPECT_EQ(plan.row_blocks(), 1) << size.rows;
    EXPECT_LE(plan.column_block, kMaxColumnBlock);
    EXPECT_FALSE(plan.splits_depth);
  }
}

TEST(MatrixProductPlan, HasPiecesForAllThreads) {
  for (const ProductSize& size : kSizes) {
    for (const int threads : {2, 3, 8}) {
      EXPECT_GE(PlanProduct(size, threads).pieces(), threads) << size.rows << " x " << size.columns;
    }
  }
}

TEST(MatrixProductPlan, LeavesSmallProductsInOnePiece) {
  EXPECT_EQ(PlanProduct({32, 32, 100}, 8).pieces(), 1);
}

// The order in which an element is summed up: see the header.
TEST(MatrixProductPlan, CutsTheDepthInTheSameWayForAllThreads) {
  for (const ProductSize& size : kSizes) {
    for (const int threads : {1, 2, 7}) {
      EXPECT_EQ(PlanProduct(size, threads).depth_block, DepthBlock(size.depth));
    }
  }
}

}  // namespace
}  // namespace ocellus
