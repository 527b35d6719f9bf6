// Blocks of tiles for Winograd's F(4x4, 3x3), transformed: 36 matrices {tiles, channels}.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <algorithm>
#include <cstdint>

#include "ocellus/kernels/winograd_plan.h"
#include "ocellus/tensor/geometry.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_WINOGRAD_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_WINOGRAD_TILES_INL_H_
#undef OCELLUS_KERNELS_WINOGRAD_TILES_INL_H_
#else
#define OCELLUS_KERNELS_WINOGRAD_TILES_INL_H_
#endif

#include "ocellus/kernels/channel_lanes-inl.h"
#include "ocellus/kernels/matrix_product_tile-inl.h"
#include "ocellus/kernels/winograd_transforms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

static_assert(kLaneUnit % kLanes == 0);

// Calls body(sample, its rows of tiles, tiles of the block before these) for the samples of a
// block.
template <typename Body>
HWY_INLINE void ForEachSample(const TileGrid& grid, const TileBlock& block, const Body& body) {
  for (int64_t row = block.rows.begin; row < block.rows.end;) {
    const int64_t sample = row / grid.sample.h, first = row % grid.sample.h;
    const int64_t count = std::min(grid.sample.h - first, block.rows.end - row);
    body(sample, Range{first, first + count}, (row - block.rows.begin) * block.columns.size());
    row += count;
  }
}

// Images that tiles are cut from: {samples, channels, size.h, size.w}, where the samples may have
// more channels than these.
struct TileImages {
  const float* data;
  int64_t sample_elements;
  int64_t channels;
  Extent size;
  Extent padding;  // the first tile begins so many pixels before the image
};

// Number i of the 36 of tile t and channel c, at
//   to[i * ProductStride(tiles * row_stride) + t * row_stride + c]
// where row_stride is the number of channels, rounded up to a multiple of kLaneUnit. `pixels` is
// scratch memory.
template <typename Transform>
HWY_INLINE void TransformTiles(const TileGrid& grid, const TileBlock& block,
                               const TileImages& images, float* HWY_RESTRICT pixels,
                               float* HWY_RESTRICT to) {
  constexpr int64_t kOverlap = Transform::kFrom - kTileOut;
  const int64_t row_stride = RoundUp(images.channels, kLaneUnit);
  const int64_t product_stride = ProductStride(block.tiles() * row_stride);
  ForEachSample(grid, block, [&](int64_t sample, Range tile_rows, int64_t before) HWY_ATTR {
    const Range rows{tile_rows.begin * kTileOut - images.padding.h,
                     tile_rows.end * kTileOut - images.padding.h + kOverlap};
    const Range columns{block.columns.begin * kTileOut - images.padding.w,
                        block.columns.end * kTileOut - images.padding.w + kOverlap};
    const int64_t pixel_stride = columns.size() * kLanes;
    for (int64_t c = 0; c < images.channels; c += kLanes) {
      LoadPixels(images.data + sample * images.sample_elements + c * images.size.area(),
                 images.size, std::min(kLanes, images.channels - c), rows, columns, pixels);
      float* tile = to + before * row_stride + c;
      for (int64_t y = 0; y < tile_rows.size(); ++y) {
        for (int64_t x = 0; x < block.columns.size(); ++x, tile += row_stride) {
          TransformTile<Transform>(
              LoadRows<Transform::kFrom>{pixels + kTileOut * (y * pixel_stride + x * kLanes),
                                         pixel_stride},
              StoreProducts{tile, product_stride});
        }
      }
    }
  });
}

// One of the two factors of the 36 products: element (row, column) of product i at
//   data[i * ProductStride(elements) + row * row_stride + column * column_stride]
struct ProductFactor {
  const float* data;
  int64_t row_stride;
  int64_t column_stride;  // 1 for b
  int64_t elements;       // of a product, as they lie in memory
};

// output {rows, columns} = a {rows, depth} * b {depth, columns}, or is added to, for each of the 36
// products. Rows of b and of the output lie side by side and have `row_stride` of b elements; what
// fills up their last vector is written, too.
HWY_INLINE void MultiplyProducts(int64_t rows, int64_t columns, int64_t depth, ProductFactor a,
                                 ProductFactor b, bool accumulates, float* HWY_RESTRICT output) {
  const int64_t width = b.row_stride;
  const EqualParts row_tiles(rows, kTileRows);
  for (int64_t i = 0; i < kProducts; ++i) {
    for (int64_t c = 0; c < columns; c += kPanelWidth) {
      const int64_t vectors = CeilDivide(std::min(columns - c, kPanelWidth), kLanes);
      int64_t row = 0;
      for (int64_t t = 0; t < row_tiles.count; row += row_tiles.size(t++)) {
        ChooseTile(row_tiles.size(t), vectors, TileOperands::kStrided)(
            {.a = a.data + row * a.row_stride,
             .b = b.data + c,
             .depth = depth,
             .a_row_stride = a.row_stride,
             .a_depth_stride = a.column_stride,
             .b_depth_stride = width},
            {.accumulates = accumulates, .output = output + row * width + c, .row_stride = width});
      }
    }
    a.data += ProductStride(a.elements);
    b.data += ProductStride(b.elements);
    output += ProductStride(rows * width);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
