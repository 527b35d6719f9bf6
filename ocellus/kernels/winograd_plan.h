// Winograd's F(4x4, 3x3): how the work is cut, and what is where in the scratch memory. The method:
// convolution_winograd.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ocellus/base/checked_math.h"
#include "ocellus/kernels/image_region.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

inline constexpr int64_t kTileOut = 4;    // a tile of the output is 4x4
inline constexpr int64_t kTileIn = 6;     // and sees 6x6 of the input
inline constexpr int64_t kProducts = 36;  // numbers in a transformed tile

// Tiles in a block: three vectors of 16, as many as a tile of the matrix product takes at a time.
inline constexpr int64_t kMaxBlockTiles = 48;
inline constexpr int64_t kTileUnit = 16;

// So few tiles do not fill a vector. If there are no more, filters are the lanes instead, so many
// at a time. An element of the output is the same sum either way.
inline constexpr int64_t kFewTiles = 8;
inline constexpr int64_t kFilterLanes = 16;

// Channels whose part of the images is loaded at a time.
inline constexpr int64_t kChannelsLoaded = kMaxDepthBlock / kProducts;

// A convolution, and how it is cut. The cuts change no result: each tile is computed on its own.
struct WinogradPlan {
  ConvolutionGeometry geometry;
  ConvolutionGeometry tiles;  // a window of 6x6 that moves by 4: its output pixels are the tiles
  int64_t tile_count;         // of the whole batch
  int64_t block_tiles;
  int64_t filter_blocks;
  // If there is one block of tiles only, each piece transforms its filters itself, 8 at a time,
  // just before it needs them: all of them together may be larger than the caches.
  bool shares_filters() const { return tile_blocks() > 1; }
  bool has_filter_lanes() const { return tile_count <= kFewTiles && filters() > kMaxTileRows; }

  int64_t filters() const { return geometry.out_channels_per_group(); }
  int64_t channels() const { return geometry.in_channels_per_group(); }
  int64_t tile_blocks() const { return CeilDivide(tile_count, block_tiles); }
  int64_t pieces() const { return geometry.groups * tile_blocks() * filter_blocks; }
};

// The 36 numbers of a transformed tile lie at this distance, if there are `count` of each: a cache
// line more, so that they do not all start in the same set of the first-level cache.
inline int64_t ProductStride(int64_t count) { return RoundUp(count, 16) + 16; }

// Floats of the transformed filters of one tile of filters, for one of the 36 products.
inline int64_t FilterTileElements(int64_t channels, int64_t tile_filters) {
  return ProductStride(channels * tile_filters);
}

// The filters of a group are cut into nearly equal tiles of at most so many.
inline int64_t FilterTiles(int64_t filters, int64_t maximum) {
  return CeilDivide(filters, maximum);
}
inline Range FilterTile(int64_t filters, int64_t maximum, int64_t tile) {
  const int64_t tiles = FilterTiles(filters, maximum);
  return {filters * tile / tiles, filters * (tile + 1) / tiles};
}

// A worker's scratch memory, as offsets of floats.
struct WinogradScratch {
  WinogradScratch(const ConvolutionGeometry& tiles, int64_t block_tiles)
      : lines(ImageRegionElements(
            tiles, std::min(kChannelsLoaded, tiles.in_channels_per_group()) * kProducts,
            block_tiles)),
        inputs(lines + kProducts * block_tiles + 16),
        products(inputs + kProducts * ProductStride(tiles.in_channels_per_group() * block_tiles)),
        pixels(products + kProducts * ProductStride(kMaxTileRows * block_tiles)),
        filters(pixels + kMaxTileRows * kTileOut * kTileOut * block_tiles),
        size(filters +
             kProducts * FilterTileElements(tiles.in_channels_per_group(), kFilterLanes)) {}

  int64_t lines;     // the tiles of one channel as they are: 36 x tiles
  int64_t inputs;    // V
  int64_t products;  // M of up to 8 filters, or of few tiles of up to 16
  int64_t pixels;    // of these: 4 x (4 * tiles) for each filter
  int64_t filters;   // U of up to 16 filters, unless it is shared
  int64_t size;
};

static_assert(kFewTiles * kFilterLanes <= kMaxTileRows * kTileUnit, "they share scratch memory");

// As many tiles in a block as there are vectors for, unless V would not stay in the second-level
// cache.
int64_t MaxBlockTiles(int64_t channels);

WinogradPlan MakeWinogradPlan(const ConvolutionGeometry& geometry, int64_t batch);

}  // namespace ocellus
