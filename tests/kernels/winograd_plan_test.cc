// How the work of Winograd's method is cut: everything once, within the scratch memory that was
// asked for, and evenly for the threads.
#include "ocellus/kernels/winograd_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ocellus {
namespace {

struct PlanCase {
  int64_t channels, filters;
  Extent input;
};

std::vector<PlanCase> PlanCases() {
  return {{1, 1, 1},      {3, 20, {1, 300}}, {16, 16, 28},     {32, 67, {14, 9}},  {64, 64, 8},
          {256, 384, 13}, {600, 33, 10},     {5, 700, {2, 5}}, {48, 49, {97, 197}}};
}

template <typename Body>
void ForEachPlan(const Body& body) {
  for (const PlanCase& c : PlanCases()) {
    const ConvolutionGeometry g = MakeConvolutionGeometry(c.channels, c.input, c.filters, 1,
                                                          {.size = 3, .padding = 1}, "test");
    for (const int threads : {1, 2, 3, 8}) {
      for (const int64_t batch : {1, 2, 3, 7, 32, 100}) {
        SCOPED_TRACE(testing::Message()
                     << c.channels << " to " << c.filters << ", " << c.input.ToString()
                     << ", batch " << batch << ", " << threads << " threads");
        for (const bool packed : {false, true}) {
          body(MakeWinogradPlan(g, batch, threads, packed), threads);
        }
      }
    }
  }
}

TEST(WinogradPlan, HasEachTileInOneBlock) {
  ForEachPlan([](const WinogradPlan& plan, int) {
    const TileGrid& grid = plan.tiles;
    std::vector<int> count(static_cast<size_t>(grid.rows * grid.sample.w));
    for (int64_t b = 0; b < grid.blocks(); ++b) {
      const TileBlock block = grid.Block(b);
      for (int64_t y = block.rows.begin; y < block.rows.end; ++y) {
        for (int64_t x = block.columns.begin; x < block.columns.end; ++x) {
          ++count[static_cast<size_t>(y * grid.sample.w + x)];
        }
      }
    }
    EXPECT_EQ(std::count(count.begin(), count.end(), 1), std::ssize(count));
  });
}

TEST(WinogradPlan, HasEachFilterInOnePanel) {
  ForEachPlan([](const WinogradPlan& plan, int) {
    int64_t end = 0;
    for (int64_t p = 0; p < plan.panels.count; ++p) {
      const Range panel = plan.panels.Block(p);
      EXPECT_EQ(panel.begin, end);
      EXPECT_GT(panel.size(), 0);
      EXPECT_LE(panel.size(), plan.panels.width());
      end = panel.end;
    }
    EXPECT_EQ(end, plan.filters());
    EXPECT_LE(plan.filter_blocks, plan.panels.count);
  });
}

TEST(WinogradPlan, FitsIntoTheScratchMemoryOfAnyBatch) {
  ForEachPlan([](const WinogradPlan& plan, int) {
    const WinogradScratch scratch(plan.geometry);
    const int64_t row = RoundUp(plan.channels(), kLaneUnit);
    for (int64_t b = 0; b < plan.tiles.blocks(); ++b) {
      const TileBlock block = plan.tiles.Block(b);
      const int64_t rows = std::min(block.rows.size(), plan.tiles.sample.h);
      EXPECT_LE((4 * rows + 2) * (4 * block.columns.size() + 2) * kLaneUnit, scratch.inputs);
      EXPECT_LE(kProducts * ProductStride(block.tiles() * row), scratch.products - scratch.inputs);
      EXPECT_LE(kProducts * ProductStride(block.tiles() * plan.panels.width()),
                scratch.filters - scratch.products);
    }
    if (plan.shares_filters) return;
    EXPECT_LE(plan.panel_elements(), scratch.size - scratch.filters);
  });
}

TEST(WinogradPlan, PackedFiltersLieTheSameWayForAnyBatch) {
  for (const PlanCase& c : PlanCases()) {
    const ConvolutionGeometry g = MakeConvolutionGeometry(c.channels, c.input, c.filters, 1,
                                                          {.size = 3, .padding = 1}, "test");
    const WinogradPlan one = MakeWinogradPlan(g, 1, 1, /*packed=*/true);
    for (const int threads : {1, 2, 8}) {
      for (const int64_t batch : {1, 3, 100}) {
        const WinogradPlan plan = MakeWinogradPlan(g, batch, threads, /*packed=*/true);
        EXPECT_TRUE(plan.shares_filters);
        EXPECT_EQ(plan.panels.count, one.panels.count);
        EXPECT_EQ(plan.shared_elements(), one.shared_elements());
      }
    }
  }
}

// The rows of tiles that the busiest thread has, if all threads take blocks in turns, are at most
// one more than its share; or there are so many blocks that it does not matter.
TEST(WinogradPlan, LeavesNoThreadWaiting) {
  ForEachPlan([](const WinogradPlan& plan, int threads) {
    if (plan.shares_filters || plan.tiles.column_blocks() > 1 || plan.tiles.blocks() == 1) return;
    const int64_t rounds = CeilDivide(plan.tiles.blocks(), threads);
    const int64_t busiest = std::min(plan.tiles.rows, rounds * plan.tiles.block_rows);
    EXPECT_LE(busiest, CeilDivide(plan.tiles.rows, threads) + rounds);
  });
}

}  // namespace
}  // namespace ocellus
