// How the work of Winograd's method is cut.
#include "ocellus/kernels/winograd_plan.h"

#include <algorithm>

namespace ocellus {
namespace {

// Tiles in a block: for each of them all transformed filters are read once, so the more the better;
// but no more than keep V in a second-level cache of 1 MiB.
int64_t MaxBlockTiles(int64_t channels) {
  constexpr int64_t kMaxTiles = 48;
  constexpr int64_t kMinTiles = 16;
  constexpr int64_t kMaxInputs = 224 << 10;  // floats: 896 KiB
  const int64_t fitting = kMaxInputs / (kProducts * RoundUp(channels, kLaneUnit));
  return std::clamp(fitting / 8 * 8, kMinTiles, kMaxTiles);
}

// The width of a panel, in units: three vectors of 16 are what a tile of the matrix product takes.
constexpr int64_t kMaxPanelUnits = 3;

// The same for a piece that transforms its filters itself: beside V, in a second-level cache of
// 2 MiB.
int64_t MaxPrivatePanelUnits(int64_t channels) {
  constexpr int64_t kMaxFilters = 160 << 10;  // floats: 640 KiB
  return std::clamp<int64_t>(kMaxFilters / (kProducts * channels * kLaneUnit), 1, kMaxPanelUnits);
}

Extent TilesOfSample(Extent output) {
  return {CeilDivide(output.h, kTileOut), CeilDivide(output.w, kTileOut)};
}

}  // namespace

bool IsWinograd(const Window& window) {
  return window.size == Extent(3) && window.stride == Extent(1) && window.dilation == Extent(1);
}

double WinogradCost(const ConvolutionGeometry& geometry, int64_t depth, int64_t lanes) {
  constexpr int64_t kProduct = 27;  // 36 / 1.33
  constexpr int64_t kTransform = 330;
  const int64_t vectors = CeilDivide(lanes, kLaneUnit);
  const int64_t tile =
      kProduct * depth * vectors + kTransform * (CeilDivide(depth, kLaneUnit) + vectors);
  return static_cast<double>(geometry.groups * TilesOfSample(geometry.output).area()) *
         static_cast<double>(tile);
}

double DirectCost(const ConvolutionGeometry& geometry) {
  return static_cast<double>(geometry.output.area()) *
         static_cast<double>(geometry.weight_elements()) / kLaneUnit;
}

TileGrid::TileGrid(Extent output, int64_t batch, int64_t max_tiles)
    : sample(TilesOfSample(output)),
      rows(batch * sample.h),
      block_columns(CeilDivide(sample.w, CeilDivide(sample.w, max_tiles))) {
  block_rows = CeilDivide(rows, CeilDivide(rows, max_tiles / block_columns));
}

void TileGrid::CutInto(int64_t wanted_blocks) {
  const int64_t wanted_rows = CeilDivide(wanted_blocks, column_blocks());
  if (row_blocks() < wanted_rows) block_rows = CeilDivide(rows, std::min(rows, wanted_rows));
}

TileBlock TileGrid::Block(int64_t index) const {
  return {BlockRange(rows, block_rows, index / column_blocks()),
          BlockRange(sample.w, block_columns, index % column_blocks())};
}

LargestTileBlock::LargestTileBlock(Extent output, int64_t max_tiles) {
  const TileGrid grid(output, 1, max_tiles);
  const int64_t rows = max_tiles / grid.block_columns;
  tiles = rows * grid.block_columns;
  constexpr int64_t kOverlap = kTileIn - kTileOut;
  pixels = (std::min(rows, grid.sample.h) * kTileOut + kOverlap) *
           (grid.block_columns * kTileOut + kOverlap);
}

WinogradScratch::WinogradScratch(const ConvolutionGeometry& g) {
  const int64_t channels = g.in_channels_per_group();
  const LargestTileBlock block(g.output, MaxBlockTiles(channels));
  const int64_t width =
      std::min(RoundUp(g.out_channels_per_group(), kLaneUnit), kMaxPanelUnits * kLaneUnit);
  const int64_t private_width = std::min(width, MaxPrivatePanelUnits(channels) * kLaneUnit);
  inputs = block.pixels * kLaneUnit;
  products = inputs + kProducts * ProductStride(block.tiles * RoundUp(channels, kLaneUnit));
  filters = products + kProducts * ProductStride(block.tiles * width);
  size = filters + kProducts * ProductStride(channels * private_width);
}

WinogradPlan MakeWinogradPlan(const ConvolutionGeometry& g, int64_t batch, int threads,
                              bool packed) {
  const int64_t channels = g.in_channels_per_group(), filters = g.out_channels_per_group();
  const int64_t units = CeilDivide(filters, kLaneUnit);
  WinogradPlan plan{.geometry = g,
                    .tiles = TileGrid(g.output, batch, MaxBlockTiles(channels)),
                    .shares_filters = false,
                    .panels = {filters, CeilDivide(units, kMaxPanelUnits)},
                    .filter_blocks = 1};
  // Transformed filters are four times as large. With one or two blocks of tiles for a thread it is
  // faster to transform filters again than to read what another thread has transformed.
  const int64_t blocks = plan.tiles.blocks();
  plan.shares_filters = packed || blocks > 2 * threads;
  if (blocks > 2 * threads) return plan;
  const int64_t most_filter_blocks = packed ? plan.panels.count : units;
  if (blocks > 1 || most_filter_blocks < threads) plan.tiles.CutInto(RoundUp(blocks, threads));
  // Transforming the inputs once more costs as much as multiplying them with 10 filters.
  plan.filter_blocks = std::min(most_filter_blocks, CeilDivide(threads, plan.pieces()));
  if (packed) return plan;
  plan.panels.count =
      std::max(CeilDivide(units, MaxPrivatePanelUnits(channels)), plan.filter_blocks);
  return plan;
}

}  // namespace ocellus
