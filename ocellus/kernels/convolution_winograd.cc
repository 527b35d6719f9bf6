// Winograd's F(4x4, 3x3). A piece of work is a block of tiles: their inputs are transformed into
// the first level of memory that holds them all, multiplied with 8 filters at a time, and the
// products of those are transformed back while they are in the cache.
#include "ocellus/kernels/convolution_winograd.h"

#include <algorithm>

#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/image_region.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_winograd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/image_patches-inl.h"
#include "ocellus/kernels/matrix_product-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_CC_
#define OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_CC_
namespace ocellus {

inline constexpr int64_t kTileOut = 4;    // a tile of the output is 4x4
inline constexpr int64_t kTileIn = 6;     // and sees 6x6 of the input
inline constexpr int64_t kProducts = 36;  // numbers in a transformed tile

// Tiles in a block: three vectors of 16, as many as a tile of the matrix product takes at a time.
inline constexpr int64_t kMaxBlockTiles = 48;
inline constexpr int64_t kTileUnit = 16;

// Channels whose part of the images is loaded at a time.
inline constexpr int64_t kChannelsLoaded = kMaxDepthBlock / kProducts;

// Where the filters come from: element (row, channel, t) at
//   data[group * group_stride + row * row_stride + channel * channel_stride + t],
// t of 9, or 8 - t if flipped.
struct WinogradFilters {
  const float* data;
  int64_t group_stride;
  int64_t row_stride;
  int64_t channel_stride;
  bool flipped;
};

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

  int64_t filters() const { return geometry.out_channels_per_group(); }
  int64_t channels() const { return geometry.in_channels_per_group(); }
  int64_t tile_blocks() const { return CeilDivide(tile_count, block_tiles); }
  int64_t pieces() const { return geometry.groups * tile_blocks() * filter_blocks; }
};

// The 36 numbers of a transformed tile lie at this distance, if there are `count` of each: a cache
// line more, so that they do not all start in the same set of the first-level cache.
inline int64_t ProductStride(int64_t count) { return RoundUp(count, 16) + 16; }

// Floats of the transformed filters of one tile of rows, for one of the 36 products.
inline int64_t FilterTileElements(int64_t channels, int64_t tile_rows) {
  return ProductStride(channels * tile_rows);
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
             kProducts * FilterTileElements(tiles.in_channels_per_group(), kMaxTileRows)) {}

  int64_t lines;     // the tiles of one channel as they are: 36 x tiles
  int64_t inputs;    // V
  int64_t products;  // M of up to 8 filters
  int64_t pixels;    // of up to 8 filters: 4 x (4 * tiles) for each
  int64_t filters;   // U of up to 8 filters, unless it is shared
  int64_t size;
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

using VectorTag = hn::ScalableTag<float>;
using Vector = hn::Vec<VectorTag>;

// y = G x
//        6  0  0
//       -4 -4 -4
//   1/24 -4  4 -4
//        1  2  4
//        1 -2  4
//        0  0 24
template <typename D, typename V>
HWY_INLINE void TransformFilter(D d, const V x[3], V y[6]) {
  const V outer = hn::Mul(hn::Set(d, -1.0f / 6), hn::Add(x[0], x[2]));
  const V middle = hn::Mul(hn::Set(d, 1.0f / 6), x[1]);
  const V far = hn::MulAdd(hn::Set(d, 1.0f / 24), x[0], hn::Mul(hn::Set(d, 1.0f / 6), x[2]));
  const V half = hn::Mul(hn::Set(d, 0.5f), middle);
  y[0] = hn::Mul(hn::Set(d, 0.25f), x[0]);
  y[1] = hn::Sub(outer, middle);
  y[2] = hn::Add(outer, middle);
  y[3] = hn::Add(far, half);
  y[4] = hn::Sub(far, half);
  y[5] = x[2];
}

// y = B^T x
//   4  0 -5  0  1  0
//   0 -4 -4  1  1  0
//   0  4 -4 -1  1  0
//   0 -2 -1  2  1  0
//   0  2 -1 -2  1  0
//   0  4  0 -5  0  1
HWY_INLINE void TransformInput(const Vector x[6], Vector y[6]) {
  const VectorTag d;
  const Vector two = hn::Set(d, 2.0f), four = hn::Set(d, 4.0f), minus_five = hn::Set(d, -5.0f);
  const Vector even = hn::NegMulAdd(four, x[2], x[4]), odd = hn::NegMulAdd(four, x[1], x[3]);
  const Vector even2 = hn::Sub(x[4], x[2]), odd2 = hn::Sub(x[3], x[1]);
  y[0] = hn::MulAdd(four, x[0], hn::MulAdd(minus_five, x[2], x[4]));
  y[1] = hn::Add(even, odd);
  y[2] = hn::Sub(even, odd);
  y[3] = hn::MulAdd(two, odd2, even2);
  y[4] = hn::NegMulAdd(two, odd2, even2);
  y[5] = hn::MulAdd(four, x[1], hn::MulAdd(minus_five, x[3], x[5]));
}

// y = A^T x
//   1  1  1  1  1  0
//   0  1 -1  2 -2  0
//   0  1  1  4  4  0
//   0  1 -1  8 -8  1
HWY_INLINE void TransformOutput(const Vector x[6], Vector y[4]) {
  const VectorTag d;
  const Vector sum = hn::Add(x[1], x[2]), difference = hn::Sub(x[1], x[2]);
  const Vector sum2 = hn::Add(x[3], x[4]), difference2 = hn::Sub(x[3], x[4]);
  y[0] = hn::Add(hn::Add(x[0], sum), sum2);
  y[1] = hn::MulAdd(hn::Set(d, 2.0f), difference2, difference);
  y[2] = hn::MulAdd(hn::Set(d, 4.0f), sum2, sum);
  y[3] = hn::Add(hn::MulAdd(hn::Set(d, 8.0f), difference2, difference), x[5]);
}

// The filters of a group are cut into nearly equal tiles of rows, as in MultiplyBlock.
HWY_INLINE int64_t FilterTiles(int64_t filters) { return (filters + kTileRows - 1) / kTileRows; }
HWY_INLINE Range FilterTileRows(int64_t filters, int64_t tile) {
  const int64_t tiles = FilterTiles(filters);
  return {filters * tile / tiles, filters * (tile + 1) / tiles};
}

// U of one tile of rows: element (product i, channel, row) at
//   transformed[i * FilterTileElements(channels, kTileRows) + channel *
//   kTileRows + row]
void TransformFilterTile(const WinogradFilters& filters, int64_t group, Range rows,
                         int64_t channels, float* HWY_RESTRICT transformed) {
  const hn::CappedTag<float, kMaxTileRows> d;  // rows are lanes; the last vector may hang over
  constexpr auto kRowLanes = static_cast<int64_t>(hn::MaxLanes(d));
  constexpr int64_t kTaps = 9 * kTileRows;
  constexpr int64_t kChannels = 8;  // at a time: stores have to arrive before they are loaded
  HWY_ALIGN float taps[kChannels * kTaps + kRowLanes] = {};
  const int64_t stride = FilterTileElements(channels, kTileRows);
  const float* from = filters.data + group * filters.group_stride + rows.begin * filters.row_stride;
  for (int64_t first = 0; first < channels; first += kChannels) {
    const int64_t last = std::min(first + kChannels, channels);
    for (int64_t c = first; c < last; ++c) {
      Transpose(from + c * filters.channel_stride, filters.row_stride, rows.size(), 9,
                taps + (c - first) * kTaps, kTileRows);
    }
    for (int64_t c = first; c < last; ++c) {
      for (int64_t r = 0; r < kTileRows; r += kRowLanes) {
        const float* tap = taps + (c - first) * kTaps + r;
        hn::Vec<decltype(d)> columns[3][6];  // G g, by columns
        for (int64_t x = 0; x < 3; ++x) {
          hn::Vec<decltype(d)> column[3];
          for (int64_t y = 0; y < 3; ++y) {
            const int64_t t = y * 3 + x;
            column[y] = hn::LoadU(d, tap + (filters.flipped ? 8 - t : t) * kTileRows);
          }
          TransformFilter(d, column, columns[x]);
        }
        for (int64_t y = 0; y < 6; ++y) {
          const hn::Vec<decltype(d)> row[3] = {columns[0][y], columns[1][y], columns[2][y]};
          hn::Vec<decltype(d)> u[6];
          TransformFilter(d, row, u);
          for (int64_t x = 0; x < 6; ++x) {
            hn::StoreU(u[x], d, transformed + (y * 6 + x) * stride + c * kTileRows + r);
          }
        }
      }
    }
  }
}

// V of one channel and one vector of tiles: 36 vectors, `from_stride` and `to_stride` apart.
HWY_INLINE void TransformInputVector(const float* HWY_RESTRICT from, int64_t from_stride,
                                     float* HWY_RESTRICT to, int64_t to_stride) {
  const VectorTag d;
  Vector rows[6][6];  // d B, by rows
  for (int64_t y = 0; y < 6; ++y) {
    Vector row[6];
    for (int64_t x = 0; x < 6; ++x) row[x] = hn::LoadU(d, from + (y * 6 + x) * from_stride);
    TransformInput(row, rows[y]);
  }
  for (int64_t x = 0; x < 6; ++x) {
    const Vector column[6] = {rows[0][x], rows[1][x], rows[2][x],
                              rows[3][x], rows[4][x], rows[5][x]};
    Vector v[6];
    TransformInput(column, v);
    for (int64_t y = 0; y < 6; ++y) hn::StoreU(v[y], d, to + (y * 6 + x) * to_stride);
  }
}

// V of a block of tiles: product i begins at inputs[i * stride]. There, for each panel of at most
// kPanelWidth tiles, element (channel, tile) is at [panel's first tile * channels + channel *
// panel's width + tile], as the tiles of the matrix product want their b.
HWY_INLINE void TransformInputs(const WinogradPlan& plan, Range tiles, const float* input,
                                float* HWY_RESTRICT scratch, const WinogradScratch& layout) {
  const int64_t channels = plan.channels();
  const int64_t width = (tiles.size() + kLanes - 1) / kLanes * kLanes;
  float* const lines = scratch + layout.lines;
  ImagePatches patches(plan.tiles, input, scratch);
  for (int64_t first = 0; first < channels; first += kChannelsLoaded) {
    const int64_t last = std::min(first + kChannelsLoaded, channels);
    patches.Load({first * kProducts, last * kProducts}, tiles);
    for (int64_t ic = first; ic < last; ++ic) {
      patches.Pack({ic * kProducts, (ic + 1) * kProducts}, tiles, lines, plan.block_tiles);
      for (int64_t i = 0; i < kProducts && tiles.size() < width; ++i) {
        ZeroFloats(width - tiles.size(), lines + i * plan.block_tiles + tiles.size());
      }
      for (int64_t tile = 0; tile < width; tile += kLanes) {
        const int64_t panel = tile / kPanelWidth * kPanelWidth;
        const int64_t panel_width = std::min(kPanelWidth, width - panel);
        TransformInputVector(
            lines + tile, plan.block_tiles,
            scratch + layout.inputs + panel * channels + ic * panel_width + (tile - panel),
            ProductStride(channels * plan.block_tiles));
      }
    }
  }
}

// Tiles beside each other in one row of tiles of the output.
struct TileRun {
  int64_t to;     // the offset of their first pixel in the output
  int64_t from;   // and in a row of pixels of the block
  Extent pixels;  // that belong to the output
};

// Finds the runs of a block of tiles; returns their number, at most kMaxBlockTiles.
HWY_INLINE int64_t FindRuns(const WinogradPlan& plan, Range tiles, TileRun* runs) {
  const Extent grid = plan.tiles.output, output = plan.geometry.output;
  int64_t count = 0;
  for (int64_t tile = tiles.begin; tile < tiles.end;) {
    const int64_t n = tile / grid.area(), y = tile % grid.area() / grid.w, x = tile % grid.w;
    const int64_t run = std::min(grid.w - x, tiles.end - tile);
    runs[count++] = {
        .to = n * plan.geometry.output_elements() + y * kTileOut * output.w + x * kTileOut,
        .from = (tile - tiles.begin) * kTileOut,
        .pixels = {std::min(kTileOut, output.h - y * kTileOut),
                   std::min(run * kTileOut, output.w - x * kTileOut)}};
    tile += run;
  }
  return count;
}

// The pixels of one filter and one vector of tiles, from its 36 products, `stride` apart.
HWY_INLINE void TransformOutputVector(const float* HWY_RESTRICT products, int64_t stride,
                                      float bias, bool relu, float* HWY_RESTRICT pixels,
                                      int64_t pixel_stride) {
  const VectorTag d;
  Vector columns[6][4];  // A^T M, by columns
  for (int64_t x = 0; x < 6; ++x) {
    Vector column[6];
    for (int64_t y = 0; y < 6; ++y) column[y] = hn::LoadU(d, products + (y * 6 + x) * stride);
    TransformOutput(column, columns[x]);
  }
  const Vector start = hn::Set(d, bias);
  for (int64_t y = 0; y < kTileOut; ++y) {
    const Vector row[6] = {columns[0][y], columns[1][y], columns[2][y],
                           columns[3][y], columns[4][y], columns[5][y]};
    Vector out[4];
    TransformOutput(row, out);
    for (Vector& v : out) {
      v = hn::Add(v, start);
      if (relu) v = hn::IfThenZeroElse(hn::Lt(v, hn::Zero(d)), v);
    }
    hn::StoreInterleaved4(out[0], out[1], out[2], out[3], d, pixels + y * pixel_stride);
  }
}

void WinogradPiece(const WinogradPlan& plan, int64_t piece, const float* input,
                   const WinogradFilters& filter_data, const float* shared_filters,
                   const float* biases, bool relu, float* output, float* scratch) {
  const ConvolutionGeometry& g = plan.geometry;
  const int64_t filter_block = piece % plan.filter_blocks;
  const int64_t tile_block = piece / plan.filter_blocks % plan.tile_blocks();
  const int64_t group = piece / plan.filter_blocks / plan.tile_blocks();
  const Range tiles = BlockRange(plan.tile_count, plan.block_tiles, tile_block);
  const int64_t width = (tiles.size() + kLanes - 1) / kLanes * kLanes;
  const int64_t channels = plan.channels(), filters = plan.filters();
  const int64_t filter_tiles = FilterTiles(filters);
  const WinogradScratch layout(plan.tiles, plan.block_tiles);

  TransformInputs(plan, tiles, input + group * channels * g.input.area(), scratch, layout);
  TileRun runs[kMaxBlockTiles];
  const int64_t run_count = FindRuns(plan, tiles, runs);

  const int64_t filter_stride = FilterTileElements(channels, kTileRows);
  const int64_t input_stride = ProductStride(channels * plan.block_tiles);
  const int64_t product_stride = ProductStride(kMaxTileRows * plan.block_tiles);
  const int64_t pixel_stride = kTileOut * plan.block_tiles;
  float* const products = scratch + layout.products;
  float* const pixels = scratch + layout.pixels;
  for (int64_t t = filter_tiles * filter_block / plan.filter_blocks;
       t < filter_tiles * (filter_block + 1) / plan.filter_blocks; ++t) {
    const Range rows = FilterTileRows(filters, t);
    const float* u = shared_filters + (group * filter_tiles + t) * kProducts * filter_stride;
    if (!plan.shares_filters()) {
      TransformFilterTile(filter_data, group, rows, channels, scratch + layout.filters);
      u = scratch + layout.filters;
    }
    for (int64_t panel = 0; panel < width; panel += kPanelWidth) {
      const int64_t panel_width = std::min(kPanelWidth, width - panel);
      const TileFunction multiply = ChooseTile(rows.size(), panel_width / kLanes);
      const float* v = scratch + layout.inputs + panel * channels;
      for (int64_t i = 0; i < kProducts; ++i) {
        multiply({.a = u + i * filter_stride,
                  .a_row_stride = 1,
                  .a_depth_stride = kTileRows,
                  .b = v + i * input_stride,
                  .b_depth_stride = panel_width,
                  .depth = channels},
                 {.output = products + i * product_stride + panel, .row_stride = width});
      }
    }
    // First all filters, then all copies: what has just been stored cannot be loaded at once by
    // vectors that begin elsewhere.
    for (int64_t r = 0; r < rows.size(); ++r) {
      const float bias = biases == nullptr ? 0.0f : biases[group * filters + rows.begin + r];
      for (int64_t tile = 0; tile < width; tile += kLanes) {
        TransformOutputVector(products + r * width + tile, product_stride, bias, relu,
                              pixels + r * kTileOut * pixel_stride + kTileOut * tile, pixel_stride);
      }
    }
    for (int64_t r = 0; r < rows.size(); ++r) {
      float* plane = output + (group * filters + rows.begin + r) * g.output.area();
      for (int64_t i = 0; i < run_count; ++i) {
        const TileRun& run = runs[i];
        for (int64_t y = 0; y < run.pixels.h; ++y) {
          CopyFloats(pixels + (r * kTileOut + y) * pixel_stride + run.from, run.pixels.w,
                     plane + run.to + y * g.output.w);
        }
      }
    }
  }
}

void TransformFilterPiece(const WinogradPlan& plan, const WinogradFilters& filters, int64_t piece,
                          float* transformed) {
  const int64_t filter_tiles = FilterTiles(plan.filters());
  const int64_t group = piece / filter_tiles, tile = piece % filter_tiles;
  TransformFilterTile(
      filters, group, FilterTileRows(plan.filters(), tile), plan.channels(),
      transformed + piece * kProducts * FilterTileElements(plan.channels(), kTileRows));
}

int64_t FilterTilesOfTarget(int64_t filters) { return FilterTiles(filters); }

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(TransformFilterPiece);
HWY_EXPORT(FilterTilesOfTarget);
HWY_EXPORT(WinogradPiece);

namespace {

// As many tiles as there are vectors for, unless V would not stay in the second-level cache.
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

// Whatever the height of the target's tiles: 6 or 8.
int64_t SharedFilterElements(const WinogradPlan& plan) {
  if (!plan.shares_filters()) return 0;
  int64_t elements = 0;
  for (const int64_t tile_rows : {int64_t{6}, kMaxTileRows}) {
    elements = std::max(elements, CeilDivide(plan.filters(), tile_rows) *
                                      FilterTileElements(plan.channels(), tile_rows));
  }
  return plan.geometry.groups * kProducts * elements;
}

int64_t WinogradScratchBytes(const ConvolutionGeometry& g, int64_t batch, int threads) {
  const WinogradPlan plan = MakeWinogradPlan(g, batch);
  return WorkerScratchBytes(WinogradScratch(plan.tiles, MaxBlockTiles(plan.channels())).size,
                            SharedFilterElements(plan), threads);
}

void RunWinograd(const ConvolutionGeometry& g, int64_t batch, const float* input,
                 const WinogradFilters& filters, const float* biases, bool relu, float* output,
                 const KernelContext& context) {
  const WinogradPlan plan = MakeWinogradPlan(g, batch);
  const WorkerScratch scratch(context,
                              WinogradScratch(plan.tiles, MaxBlockTiles(plan.channels())).size,
                              SharedFilterElements(plan));
  if (plan.shares_filters()) {
    const int64_t filter_tiles = HWY_DYNAMIC_DISPATCH(FilterTilesOfTarget)(plan.filters());
    context.pool.ParallelFor(g.groups * filter_tiles, [&](int64_t piece, int) {
      HWY_DYNAMIC_DISPATCH(TransformFilterPiece)(plan, filters, piece, scratch.shared());
    });
  }
  context.pool.ParallelFor(plan.pieces(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(WinogradPiece)
    (plan, piece, input, filters, scratch.shared(), biases, relu, output,
     scratch.of_worker(worker));
  });
}

// The convolution that computes the input gradient: of d_output, with the filters flipped.
ConvolutionGeometry InputGradientGeometry(const ConvolutionGeometry& g) {
  ConvolutionGeometry gradient = g;
  std::swap(gradient.in_channels, gradient.out_channels);
  std::swap(gradient.input, gradient.output);
  gradient.window.padding = {2 - g.window.padding.h, 2 - g.window.padding.w};
  return gradient;
}

}  // namespace

bool IsWinogradFaster(const ConvolutionGeometry& geometry) {
  const Window& window = geometry.window;
  if (window.size != Extent(3) || window.stride != Extent(1) || window.dilation != Extent(1)) {
    return false;
  }
  // Vector operations for 16 tiles: multiply-adds, and what the transforms were measured to cost.
  const auto channels = static_cast<double>(geometry.in_channels_per_group());
  const auto filters = static_cast<double>(geometry.out_channels_per_group());
  const auto pixels = static_cast<double>(geometry.output.area());
  const auto tiles = static_cast<double>(CeilDivide(geometry.output.h, kTileOut) *
                                         CeilDivide(geometry.output.w, kTileOut));
  const double direct = pixels * 9 * channels * filters;
  const double winograd = tiles * (36 * channels * filters + 360 * channels + 230 * filters);
  return 1.2 * winograd < direct;
}

int64_t WinogradForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                    int threads) {
  return WinogradScratchBytes(geometry, batch, threads);
}

int64_t WinogradInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                          int threads) {
  return WinogradScratchBytes(InputGradientGeometry(geometry), batch, threads);
}

void WinogradForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                     TensorView<const float> weights, TensorView<const float> biases,
                     Activation activation, TensorView<float> output,
                     const KernelContext& context) {
  const WinogradFilters filters{
      .data = weights.data(),
      .group_stride = geometry.out_channels_per_group() * geometry.filter_elements(),
      .row_stride = geometry.filter_elements(),
      .channel_stride = 9,
      .flipped = false};
  RunWinograd(geometry, input.shape()[0], input.data(), filters, biases.data(),
              activation == Activation::kRelu, output.data(), context);
}

void WinogradInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                           TensorView<const float> weights, TensorView<float> d_input,
                           const KernelContext& context) {
  const WinogradFilters filters{
      .data = weights.data(),
      .group_stride = geometry.out_channels_per_group() * geometry.filter_elements(),
      .row_stride = 9,
      .channel_stride = geometry.filter_elements(),
      .flipped = true};
  RunWinograd(InputGradientGeometry(geometry), d_output.shape()[0], d_output.data(), filters,
              nullptr, false, d_input.data(), context);
}

}  // namespace ocellus
#endif  // HWY_ONCE
