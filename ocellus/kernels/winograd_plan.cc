// How the work of Winograd's method is cut.
#include "ocellus/kernels/winograd_plan.h"

namespace ocellus {

int64_t MaxBlockTiles(int64_t channels) {
  constexpr int64_t kMaxInputs = 3 << 16;  // floats: 768 KiB
  const int64_t fitting = kMaxInputs / (kProducts * channels) / kTileUnit * kTileUnit;
  return std::clamp(fitting, kTileUnit, kMaxBlockTiles);
}

WinogradPlan MakeWinogradPlan(const ConvolutionGeometry& g, int64_t batch) {
  WinogradPlan plan{.geometry = g, .tiles = g};
  plan.tiles.window = {.size = kTileIn, .stride = kTileOut, .padding = g.window.padding};
  plan.tiles.output = {CeilDivide(g.output.h, kTileOut), CeilDivide(g.output.w, kTileOut)};
  plan.tile_count = batch * plan.tiles.output.area();
  plan.filter_blocks = 1;
  plan.block_tiles = MaxBlockTiles(plan.channels());
  // Smaller blocks if there are too few for the threads; and blocks of filters, each of which
  // transforms the inputs again: that costs as much as 10 filters.
  constexpr int64_t kFewPieces = 8;
  constexpr int64_t kMinBlockFilters = 32;
  if (plan.shares_filters()) {
    while (plan.block_tiles > kTileUnit && plan.pieces() < kFewPieces) {
      plan.block_tiles -= kTileUnit;
    }
  }
  if (plan.pieces() < kFewPieces) {
    plan.filter_blocks = std::clamp<int64_t>(plan.filters() / kMinBlockFilters, 1,
                                             CeilDivide(kFewPieces, plan.pieces()));
  }
  return plan;
}

}  // namespace ocellus
