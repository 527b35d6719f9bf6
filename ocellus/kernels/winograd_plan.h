// Winograd's F(4x4, 3x3): how the work is cut, and what is where in the scratch memory. The method:
// convolution_winograd.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ocellus/base/checked_math.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

inline constexpr int64_t kTileOut = 4;    // a tile of the output is 4x4
inline constexpr int64_t kTileIn = 6;     // and sees 6x6 of the input
inline constexpr int64_t kProducts = 36;  // numbers in a transformed tile

// Channels, and filters, are the lanes of vectors. There is room for a multiple of the largest
// vector of any target; what fills it up is thrown away.
inline constexpr int64_t kLaneUnit = 16;

// Whether the method applies: 3x3, stride and dilation 1.
bool IsWinograd(const Window& window);

// What it takes for one sample, in multiply-adds of 16 numbers by the direct method: 36 products
// {tiles, depth} * {depth, lanes}, between transforms of vectors of depth and of lanes. Each of
// these takes as long as 330 multiply-adds for a tile, most of it for memory; and the direct method
// takes 1.33 times as long for a multiply-add. (Measured, Intel Xeon, 2026-11: from 1 to 512
// channels and filters, 2x2 to 56x56 pixels.)
double WinogradCost(const ConvolutionGeometry& geometry, int64_t depth, int64_t lanes);
double DirectCost(const ConvolutionGeometry& geometry);

// The 36 numbers of transformed tiles lie at this distance, if there are `count` of each: an odd
// number of cache lines, so that they all start in different sets of the first-level cache.
inline int64_t ProductStride(int64_t count) { return (CeilDivide(count, 16) | 1) * 16; }

// Nearly equal blocks of channels, or of filters, that begin with multiples of kLaneUnit.
struct LaneBlocks {
  int64_t lanes;
  int64_t count;

  int64_t units() const { return CeilDivide(lanes, kLaneUnit); }
  Range Block(int64_t index) const {
    return {units() * index / count * kLaneUnit,
            std::min(units() * (index + 1) / count * kLaneUnit, lanes)};
  }
  // The largest, as it lies in memory.
  int64_t width() const { return CeilDivide(units(), count) * kLaneUnit; }
};

// A rectangle of tiles: a block. Rows of tiles are counted through all samples of the batch.
struct TileBlock {
  Range rows;
  Range columns;

  int64_t tiles() const { return rows.size() * columns.size(); }
};

// The tiles of a batch, and how they are cut into blocks.
struct TileGrid {
  TileGrid(Extent output, int64_t batch, int64_t max_tiles);

  // Cuts the rows further, if there are enough.
  void CutInto(int64_t wanted_blocks);

  int64_t row_blocks() const { return CeilDivide(rows, block_rows); }
  int64_t column_blocks() const { return CeilDivide(sample.w, block_columns); }
  int64_t blocks() const { return row_blocks() * column_blocks(); }
  TileBlock Block(int64_t index) const;

  Extent sample;  // tiles of one sample
  int64_t rows;   // of all samples
  int64_t block_rows;
  int64_t block_columns;
};

// The most tiles in a block, whatever the batch, and the pixels that those of one sample see.
struct LargestTileBlock {
  LargestTileBlock(Extent output, int64_t max_tiles);

  int64_t tiles;
  int64_t pixels;
};

// A convolution, and how it is cut. The cuts change no result: each tile is computed on its own.
struct WinogradPlan {
  ConvolutionGeometry geometry;
  TileGrid tiles;
  // Whether all filters are transformed first, for all pieces, or were before. Otherwise each piece
  // transforms its filters itself, just before it needs them.
  bool shares_filters;

  LaneBlocks panels;  // of a group's filters: what a block of tiles is multiplied with at a time
  int64_t filter_blocks;  // pieces that share the panels; each transforms its inputs itself

  int64_t filters() const { return geometry.out_channels_per_group(); }
  int64_t channels() const { return geometry.in_channels_per_group(); }
  int64_t pieces() const { return geometry.groups * tiles.blocks() * filter_blocks; }

  // Floats of a panel's transformed filters.
  int64_t panel_elements() const { return kProducts * ProductStride(channels() * panels.width()); }
  int64_t shared_elements() const {
    return shares_filters ? geometry.groups * panels.count * panel_elements() : 0;
  }
};

// A worker's scratch memory, as offsets of floats; the same for any batch.
struct WinogradScratch {
  explicit WinogradScratch(const ConvolutionGeometry& geometry);

  int64_t inputs;    // V of a block
  int64_t products;  // M of a block and a panel
  int64_t filters;   // U of a panel, unless it is shared
  int64_t size;      // and before them all the pixels that a block sees of one vector of channels
};

// `packed`: whether the filters were transformed before. Their panels are the same for any batch
// and number of threads.
WinogradPlan MakeWinogradPlan(const ConvolutionGeometry& geometry, int64_t batch, int threads,
                              bool packed = false);

}  // namespace ocellus
