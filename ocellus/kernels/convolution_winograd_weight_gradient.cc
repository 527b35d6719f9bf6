// A piece of work is a block of filters and channels over some rows of tiles. D of the piece stays
// in the second-level cache while one block of tiles after the other is transformed and multiplied.
#include "ocellus/kernels/convolution_winograd_weight_gradient.h"

#include <algorithm>

#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/partial_sums.h"
#include "ocellus/kernels/winograd_plan.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_winograd_weight_gradient.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/channel_lanes-inl.h"
#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/winograd_tiles-inl.h"
#include "ocellus/kernels/winograd_transforms-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_WEIGHT_GRADIENT_CC_
#define OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_WEIGHT_GRADIENT_CC_
namespace ocellus {

struct WinogradWeightGradientPlan {
  WinogradWeightGradientPlan(const ConvolutionGeometry& g, int64_t batch);

  int64_t sums_elements() const {
    return kProducts * ProductStride(filters.width() * channels.width());
  }
  int64_t pieces() const { return geometry.groups * filters.count * channels.count * tile_pieces; }

  ConvolutionGeometry geometry;
  LaneBlocks filters;  // of a group
  LaneBlocks channels;
  int64_t max_tiles;  // of a block
  TileGrid tiles;
  // Several pieces for the same filters and channels have results of their own, added up at the
  // end.
  int64_t tile_pieces;
};

// A worker's scratch memory, as offsets of floats; the same for any batch.
struct WinogradWeightGradientScratch {
  explicit WinogradWeightGradientScratch(const WinogradWeightGradientPlan& plan) {
    const LargestTileBlock block(plan.geometry.output, plan.max_tiles);
    inputs = block.pixels * kLaneUnit;
    gradients = inputs + kProducts * ProductStride(block.tiles * plan.channels.width());
    sums = gradients + kProducts * ProductStride(block.tiles * plan.filters.width());
    size = sums + plan.sums_elements();
  }

  int64_t inputs;     // V of a block
  int64_t gradients;  // E of a block
  int64_t sums;       // D of a piece
  int64_t size;       // and before them all the pixels that a block sees of one vector of channels
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_WEIGHT_GRADIENT_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// dg of a block of filters and channels, from D: product i begins at
// sums[i * ProductStride(filters * width)]; there, element (filter, channel) is at
// [filter * width + channel].
HWY_INLINE void StoreWeightGradients(const ConvolutionGeometry& g, Range filters, Range channels,
                                     const float* HWY_RESTRICT sums, float* HWY_RESTRICT results) {
  constexpr int64_t kTaps = 9;
  const int64_t width = RoundUp(channels.size(), kLaneUnit);
  const int64_t stride = ProductStride(filters.size() * width);
  for (int64_t f = filters.begin; f < filters.end; ++f, sums += width) {
    for (int64_t c = channels.begin; c < channels.end; c += kLanes) {
      Vector taps[kTaps];
      int64_t count = 0;
      TransformTile<WeightGradientTransform>(LoadProducts{sums + (c - channels.begin), stride},
                                             [&](Vector vector)
                                                 HWY_ATTR { taps[count++] = vector; });
      float* const to = results + f * g.filter_elements() + c * kTaps;
      const int64_t rows = std::min(kLanes, channels.end - c);
      for (const int64_t t : {0, 4, 5}) {  // the last four overlap those before
        StoreFourColumns(taps + t, rows, 4, kTaps, to + t);
      }
    }
  }
}

void WinogradWeightGradientPiece(const WinogradWeightGradientPlan& plan, int64_t piece,
                                 const float* input, const float* d_output, float* results,
                                 float* scratch) {
  const ConvolutionGeometry& g = plan.geometry;
  const Range channels = plan.channels.Block(piece % plan.channels.count);
  const Range filters = plan.filters.Block(piece / plan.channels.count % plan.filters.count);
  const int64_t rest = piece / plan.channels.count / plan.filters.count;
  const int64_t group = rest % g.groups, tile_piece = rest / g.groups;

  const int64_t first_channel = group * g.in_channels_per_group() + channels.begin;
  const int64_t first_filter = group * g.out_channels_per_group() + filters.begin;
  const TileImages images{.data = input + first_channel * g.input.area(),
                          .sample_elements = g.input_elements(),
                          .channels = channels.size(),
                          .size = g.input,
                          .padding = g.window.padding};
  const TileImages d_images{.data = d_output + first_filter * g.output.area(),
                            .sample_elements = g.output_elements(),
                            .channels = filters.size(),
                            .size = g.output,
                            .padding = 0};
  const WinogradWeightGradientScratch layout(plan);
  float* const inputs = scratch + layout.inputs;
  float* const gradients = scratch + layout.gradients;
  float* const sums = scratch + layout.sums;
  const int64_t filter_width = RoundUp(filters.size(), kLaneUnit);
  const int64_t channel_width = RoundUp(channels.size(), kLaneUnit);

  const Range rows{plan.tiles.rows * tile_piece / plan.tile_pieces,
                   plan.tiles.rows * (tile_piece + 1) / plan.tile_pieces};
  const int64_t row_blocks = CeilDivide(rows.size(), plan.max_tiles / plan.tiles.block_columns);
  for (int64_t b = 0; b < row_blocks * plan.tiles.column_blocks(); ++b) {
    const int64_t row_block = b / plan.tiles.column_blocks();
    const TileBlock block{.rows = {rows.begin + rows.size() * row_block / row_blocks,
                                   rows.begin + rows.size() * (row_block + 1) / row_blocks},
                          .columns = BlockRange(plan.tiles.sample.w, plan.tiles.block_columns,
                                                b % plan.tiles.column_blocks())};
    TransformTiles<InputTransform>(plan.tiles, block, images, scratch, inputs);
    TransformTiles<OutputGradientTransform>(plan.tiles, block, d_images, scratch, gradients);
    MultiplyProducts(filters.size(), channels.size(), block.tiles(),
                     {gradients, 1, filter_width, block.tiles() * filter_width},
                     {inputs, channel_width, 1, block.tiles() * channel_width},
                     /*accumulates=*/b > 0, sums);
  }
  results +=
      tile_piece * g.weight_elements() + group * g.out_channels_per_group() * g.filter_elements();
  StoreWeightGradients(g, filters, channels, sums, results);
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(WinogradWeightGradientPiece);

namespace {

// D of 64 x 64 is 576 KiB; beside it, V and E of a block of tiles.
constexpr int64_t kMaxLanes = 64;
constexpr int64_t kCacheElements = 320 << 10;  // floats: 1.25 MiB
constexpr int64_t kMaxTiles = 48;

int64_t MaxTiles(int64_t filters, int64_t channels) {
  const int64_t fitting = (kCacheElements / kProducts - filters * channels) / (filters + channels);
  return std::min(fitting, kMaxTiles);
}

// Pieces for the same filters and channels: a piece transforms D back, which takes as long as
// multiplying several tiles.
int64_t TilePieces(const WinogradWeightGradientPlan& plan) {
  constexpr int64_t kMinTiles = 48;
  constexpr int64_t kMaxPartialElements = 1 << 19;
  const int64_t wanted =
      CeilDivide(kEnoughPieces, plan.geometry.groups * plan.filters.count * plan.channels.count);
  const int64_t affordable = kMaxPartialElements / plan.geometry.weight_elements();
  const int64_t enough_tiles = plan.tiles.rows * plan.tiles.sample.w / kMinTiles;
  return std::clamp<int64_t>(std::min({wanted, affordable, enough_tiles}), 1, plan.tiles.rows);
}

int64_t ScratchBytes(const WinogradWeightGradientPlan& plan, int threads) {
  return WorkerScratchBytes(WinogradWeightGradientScratch(plan).size,
                            plan.tile_pieces * plan.geometry.weight_elements(), threads);
}

}  // namespace

WinogradWeightGradientPlan::WinogradWeightGradientPlan(const ConvolutionGeometry& g, int64_t batch)
    : geometry(g),
      filters{g.out_channels_per_group(), CeilDivide(g.out_channels_per_group(), kMaxLanes)},
      channels{g.in_channels_per_group(), CeilDivide(g.in_channels_per_group(), kMaxLanes)},
      max_tiles(MaxTiles(filters.width(), channels.width())),
      tiles(g.output, batch, max_tiles),
      tile_pieces(TilePieces(*this)) {}

int64_t WinogradWeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                           int threads) {
  return ScratchBytes(WinogradWeightGradientPlan(geometry, batch), threads);
}

void AccumulateWinogradWeightGradient(const ConvolutionGeometry& geometry,
                                      TensorView<const float> input,
                                      TensorView<const float> d_output, TensorView<float> d_weights,
                                      const KernelContext& context) {
  const WinogradWeightGradientPlan plan(geometry, input.shape()[0]);
  const WorkerScratch scratch(context, WinogradWeightGradientScratch(plan).size,
                              plan.tile_pieces * geometry.weight_elements());
  context.pool.ParallelFor(plan.pieces(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(WinogradWeightGradientPiece)
    (plan, piece, input.data(), d_output.data(), scratch.shared(), scratch.of_worker(worker));
  });
  AddPartialSums(scratch.shared(), plan.tile_pieces, d_weights.span(), context.pool);
}

bool IsWinogradWeightGradientFaster(const ConvolutionGeometry& g) {
  return IsWinograd(g.window) &&
         WinogradCost(g, g.out_channels_per_group(), g.in_channels_per_group()) < DirectCost(g);
}

}  // namespace ocellus
#endif  // HWY_ONCE
