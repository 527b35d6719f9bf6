// Winograd's F(4x4, 3x3). A piece of work is a block of tiles: their inputs are transformed into
// the first level of memory that holds them all, multiplied with 8 filters at a time, and the
// products of those are transformed back while they are in the cache.
#include "ocellus/kernels/convolution_winograd.h"

#include <algorithm>

#include "ocellus/kernels/convolution_filters.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/winograd_plan.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_winograd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/image_patches-inl.h"
#include "ocellus/kernels/matrix_product-inl.h"
#include "ocellus/kernels/winograd_transforms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

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
      for (int64_t tile = 0; tile < width; tile += kLanes) {
        const int64_t panel = tile / kPanelWidth * kPanelWidth;
        const int64_t panel_width = std::min(kPanelWidth, width - panel);
        TransformInputVector(
            lines + tile, plan.block_tiles, tiles.size() - tile,
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

// M of one tile of filters: product i begins at products[i * stride]; there, element (filter, tile)
// is at [filter * width + tile].
HWY_INLINE void MultiplyTiles(const WinogradPlan& plan, int64_t filters, int64_t width,
                              const float* HWY_RESTRICT u, const float* HWY_RESTRICT inputs,
                              float* HWY_RESTRICT products, int64_t stride) {
  const int64_t channels = plan.channels();
  for (int64_t panel = 0; panel < width; panel += kPanelWidth) {
    const int64_t panel_width = std::min(kPanelWidth, width - panel);
    const TileFunction multiply = ChooseTile(filters, panel_width / kLanes);
    const float* v = inputs + panel * channels;
    for (int64_t i = 0; i < kProducts; ++i) {
      multiply({.a = u + i * FilterTileElements(channels, kTileRows),
                .a_row_stride = 1,
                .a_depth_stride = kTileRows,
                .b = v + i * ProductStride(channels * plan.block_tiles),
                .b_depth_stride = panel_width,
                .depth = channels},
               {.output = products + i * stride + panel, .row_stride = width});
    }
  }
}

// The same for few tiles, with filters as lanes: element (filter, tile) of M is at
// [tile * kFilterLanes + filter].
HWY_INLINE void MultiplyFewTiles(const WinogradPlan& plan, int64_t width,
                                 const float* HWY_RESTRICT u, const float* HWY_RESTRICT inputs,
                                 float* HWY_RESTRICT products, int64_t stride) {
  const int64_t channels = plan.channels();
  constexpr int64_t kVectors = kFilterLanes / kLanes > 0 ? kFilterLanes / kLanes : 1;
  constexpr int64_t kStep = std::min<int64_t>(kVectors, 2);  // every target's tiles have as many
  static_assert(kVectors % kStep == 0 && kStep <= kTileVectors);
  for (int64_t panel = 0; panel < plan.tile_count; panel += kPanelWidth) {
    const int64_t panel_width = std::min(kPanelWidth, width - panel);
    const Range panel_tiles{panel, std::min(panel + panel_width, plan.tile_count)};
    for (int64_t tile = panel_tiles.begin; tile < panel_tiles.end; tile += kTileRows) {
      const int64_t rows = std::min<int64_t>(kTileRows, panel_tiles.end - tile);
      for (int64_t lane = 0; lane < kFilterLanes; lane += kStep * kLanes) {
        const TileFunction multiply = ChooseTile(rows, kStep);
        for (int64_t i = 0; i < kProducts; ++i) {
          multiply({.a = inputs + i * ProductStride(channels * plan.block_tiles) +
                         panel * channels + (tile - panel),
                    .a_row_stride = 1,
                    .a_depth_stride = panel_width,
                    .b = u + i * FilterTileElements(channels, kFilterLanes) + lane,
                    .b_depth_stride = kFilterLanes,
                    .depth = channels},
                   {.output = products + i * stride + tile * kFilterLanes + lane,
                    .row_stride = kFilterLanes});
        }
      }
    }
  }
}

// The pixels of one tile of filters, from M: pixel (4 * tile + x) of row y of the filter's tiles at
// pixels[(filter * 4 + y) * pixel_stride + 4 * tile + x].
HWY_INLINE void TransformOutputs(const float* HWY_RESTRICT products, int64_t stride,
                                 int64_t filters, int64_t width, const float* biases, bool relu,
                                 float* HWY_RESTRICT pixels, int64_t pixel_stride) {
  const VectorTag d;
  for (int64_t r = 0; r < filters; ++r) {
    for (int64_t tile = 0; tile < width; tile += kLanes) {
      Vector out[4][4];
      TransformOutputVector(products + r * width + tile, stride, hn::Set(d, biases[r]), relu, out);
      for (int64_t y = 0; y < kTileOut; ++y) {
        hn::StoreInterleaved4(out[y][0], out[y][1], out[y][2], out[y][3], d,
                              pixels + (r * kTileOut + y) * pixel_stride + kTileOut * tile);
      }
    }
  }
}

// The same for few tiles.
HWY_INLINE void TransformFewOutputs(const float* HWY_RESTRICT products, int64_t stride,
                                    int64_t tiles, const float* biases, bool relu,
                                    float* HWY_RESTRICT pixels, int64_t pixel_stride) {
  const VectorTag d;
  HWY_ALIGN float block[kTileOut * kTileOut * kLanes];
  for (int64_t tile = 0; tile < tiles; ++tile) {
    for (int64_t lane = 0; lane < kFilterLanes; lane += kLanes) {
      Vector out[4][4];
      TransformOutputVector(products + tile * kFilterLanes + lane, stride,
                            hn::LoadU(d, biases + lane), relu, out);
      for (int64_t i = 0; i < kTileOut * kTileOut; ++i) {
        hn::Store(out[i / kTileOut][i % kTileOut], d, block + i * kLanes);
      }
      for (int64_t y = 0; y < kTileOut; ++y) {
        Transpose(block + y * kTileOut * kLanes, kLanes, kTileOut, kLanes,
                  pixels + (lane * kTileOut + y) * pixel_stride + kTileOut * tile,
                  kTileOut * pixel_stride);
      }
    }
  }
}

void WinogradPiece(const WinogradPlan& plan, int64_t piece, const float* input,
                   const ConvolutionFilters& filter_data, const float* shared_filters,
                   const float* biases, bool relu, float* output, float* scratch) {
  const ConvolutionGeometry& g = plan.geometry;
  const int64_t filter_block = piece % plan.filter_blocks;
  const int64_t tile_block = piece / plan.filter_blocks % plan.tile_blocks();
  const int64_t group = piece / plan.filter_blocks / plan.tile_blocks();
  const Range tiles = BlockRange(plan.tile_count, plan.block_tiles, tile_block);
  const int64_t width = (tiles.size() + kLanes - 1) / kLanes * kLanes;
  const int64_t channels = plan.channels(), filters = plan.filters();
  const bool has_filter_lanes = plan.has_filter_lanes();
  const int64_t tile_filters = has_filter_lanes ? kFilterLanes : kTileRows;
  const int64_t filter_tiles = FilterTiles(filters, tile_filters);
  const WinogradScratch layout(plan.tiles, plan.block_tiles);

  TransformInputs(plan, tiles, input + group * channels * g.input.area(), scratch, layout);
  TileRun runs[kMaxBlockTiles];
  const int64_t run_count = FindRuns(plan, tiles, runs);

  const int64_t product_stride = ProductStride(kMaxTileRows * plan.block_tiles);
  const int64_t pixel_stride = kTileOut * (has_filter_lanes ? kFewTiles : plan.block_tiles);
  const float* const inputs = scratch + layout.inputs;
  float* const products = scratch + layout.products;
  float* const pixels = scratch + layout.pixels;
  for (int64_t t = filter_tiles * filter_block / plan.filter_blocks;
       t < filter_tiles * (filter_block + 1) / plan.filter_blocks; ++t) {
    const Range rows = FilterTile(filters, tile_filters, t);
    float tile_biases[kFilterLanes] = {};
    if (biases != nullptr) {
      std::copy_n(biases + group * filters + rows.begin, rows.size(), tile_biases);
    }
    // First all filters, then all copies: what has just been stored cannot be loaded at once by
    // vectors that begin elsewhere.
    if (has_filter_lanes) {
      float* const u = scratch + layout.filters;
      TransformFilterTile<kFilterLanes>(filter_data, group, rows, channels, u);
      MultiplyFewTiles(plan, width, u, inputs, products, product_stride);
      TransformFewOutputs(products, product_stride, tiles.size(), tile_biases, relu, pixels,
                          pixel_stride);
    } else {
      const float* u = shared_filters + (group * filter_tiles + t) * kProducts *
                                            FilterTileElements(channels, kTileRows);
      if (!plan.shares_filters()) {
        TransformFilterTile<kTileRows>(filter_data, group, rows, channels,
                                       scratch + layout.filters);
        u = scratch + layout.filters;
      }
      MultiplyTiles(plan, rows.size(), width, u, inputs, products, product_stride);
      TransformOutputs(products, product_stride, rows.size(), width, tile_biases, relu, pixels,
                       pixel_stride);
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

void TransformFilterPiece(const WinogradPlan& plan, const ConvolutionFilters& filters,
                          int64_t piece, float* transformed) {
  const int64_t filter_tiles = FilterTiles(plan.filters(), kTileRows);
  const int64_t group = piece / filter_tiles, tile = piece % filter_tiles;
  TransformFilterTile<kTileRows>(
      filters, group, FilterTile(plan.filters(), kTileRows, tile), plan.channels(),
      transformed + piece * kProducts * FilterTileElements(plan.channels(), kTileRows));
}

int64_t FilterTilesOfTarget(int64_t filters) { return FilterTiles(filters, kTileRows); }

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(TransformFilterPiece);
HWY_EXPORT(FilterTilesOfTarget);
HWY_EXPORT(WinogradPiece);

namespace {

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
                 const ConvolutionFilters& filters, const float* biases, bool relu, float* output,
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
  RunWinograd(geometry, input.shape()[0], input.data(), ForwardFilters(geometry, weights),
              biases.data(), activation == Activation::kRelu, output.data(), context);
}

void WinogradInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                           TensorView<const float> weights, TensorView<float> d_input,
                           const KernelContext& context) {
  RunWinograd(InputGradientGeometry(geometry), d_output.shape()[0], d_output.data(),
              InputGradientFilters(geometry, weights), nullptr, false, d_input.data(), context);
}

}  // namespace ocellus
#endif  // HWY_ONCE
