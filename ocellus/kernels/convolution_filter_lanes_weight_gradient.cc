// A piece of work is a panel of filters with a block of channels, over some blocks of output rows.
// For each of these, the rows that it sees are copied with their padding, and its pixels of
// d_output are transposed; then each row of a filter, in each channel, is a tile whose depth are
// the pixels.
#include "ocellus/kernels/convolution_filter_lanes_weight_gradient.h"

#include <algorithm>

#include "ocellus/base/check.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/padded_image.h"
#include "ocellus/kernels/partial_sums.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_filter_lanes_weight_gradient.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/matrix_product_tile-inl.h"
#include "ocellus/kernels/padded_image-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_FILTER_LANES_WEIGHT_GRADIENT_CC_
#define OCELLUS_KERNELS_CONVOLUTION_FILTER_LANES_WEIGHT_GRADIENT_CC_
namespace ocellus {

struct FilterLanesGradientPlan {
  ConvolutionGeometry geometry;
  int64_t batch;
  int64_t channel_block;  // channels of a piece
  int64_t row_block;      // output rows of a block
  int64_t piece_blocks;   // blocks of a piece

  int64_t filters() const { return geometry.out_channels_per_group(); }
  int64_t channel_blocks() const {
    return CeilDivide(geometry.in_channels_per_group(), channel_block);
  }
  int64_t row_blocks() const { return CeilDivide(geometry.output.h, row_block); }
  int64_t blocks() const { return batch * row_blocks(); }
  // Several pieces for the same weights have results of their own, added up at the end.
  int64_t block_pieces() const { return CeilDivide(blocks(), piece_blocks); }
  int64_t partial_elements() const {
    return block_pieces() > 1 ? block_pieces() * geometry.weight_elements() : 0;
  }

  // The convolution of so many channels of each group.
  ConvolutionGeometry Channels(int64_t channels) const {
    ConvolutionGeometry part = geometry;
    part.in_channels = channels * geometry.groups;
    return part;
  }

  // A worker's scratch memory, in floats.
  int64_t image_elements() const { return PaddedImageElements(Channels(channel_block), row_block); }
  int64_t d_output_elements() const { return row_block * geometry.output.w * kMaxLinePanel; }
  int64_t sums_elements() const {
    return channel_block * geometry.window.size.area() * kMaxLinePanel;
  }
  int64_t scratch_elements() const {
    return image_elements() + d_output_elements() + sums_elements();
  }
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_FILTER_LANES_WEIGHT_GRADIENT_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

int64_t GradientPanels(const FilterLanesGradientPlan& plan) {
  return CeilDivide(plan.filters(), kLinePanel);
}

bool HasSmallTiles() { return kTileRows < 8; }

void FilterLanesGradientPiece(const FilterLanesGradientPlan& plan, int64_t piece,
                              const float* input, const float* d_output, float* results,
                              bool accumulates, float* scratch) {
  const int64_t panels = GradientPanels(plan), groups = plan.geometry.groups;
  const Range filters = BlockRange(plan.filters(), kLinePanel, piece % panels);
  const int64_t group = piece / panels % groups;
  const int64_t channel_index = piece / panels / groups % plan.channel_blocks();
  const int64_t block_piece = piece / panels / groups / plan.channel_blocks();
  const Range channels =
      BlockRange(plan.geometry.in_channels_per_group(), plan.channel_block, channel_index);
  const Range blocks = BlockRange(plan.blocks(), plan.piece_blocks, block_piece);
  const int64_t first_channel = group * plan.geometry.in_channels_per_group() + channels.begin;
  const int64_t first_filter = group * plan.filters() + filters.begin;
  const int64_t width = CeilDivide(filters.size(), kLanes) * kLanes;
  float* const image = scratch;
  float* const packed = image + plan.image_elements();
  float* const sums = packed + plan.d_output_elements();

  const ConvolutionGeometry g = plan.Channels(channels.size());
  const Window& window = g.window;
  const int64_t image_width = PaddedImageWidth(g);
  int32_t offsets[kMaxDepthBlock];
  for (int64_t i = 0; i < plan.row_block * g.output.w; ++i) {
    offsets[i] = static_cast<int32_t>(i / g.output.w * window.stride.h * image_width +
                                      i % g.output.w * window.stride.w);
  }
  const bool has_lines = window.dilation.w == 1;
  const EqualParts tiles(window.size.w, has_lines ? kLineRows : kTileRows);

  const int64_t area = window.size.area(), elements = channels.size() * area;
  const int64_t filter_elements = plan.geometry.filter_elements();
  float* const to = results + (block_piece * g.out_channels + first_filter) * filter_elements +
                    channels.begin * area;
  if (accumulates) TransposeIntoPanel(to, filter_elements, filters.size(), elements, sums, width);
  for (int64_t block = blocks.begin; block < blocks.end; ++block) {
    const int64_t n = block / plan.row_blocks();
    const Range rows = BlockRange(g.output.h, plan.row_block, block % plan.row_blocks());
    const int64_t pixels = rows.size() * g.output.w;
    const int64_t plane = PaddedImageRows(g, rows.size()) * image_width;
    CopyPaddedImage(
        g, rows, input + (n * plan.geometry.in_channels + first_channel) * g.input.area(), image);
    TransposeIntoPanel(
        d_output + (n * g.out_channels + first_filter) * g.output.area() + rows.begin * g.output.w,
        g.output.area(), filters.size(), pixels, packed, width);
    for (int64_t row = 0; row < channels.size() * window.size.h; ++row) {
      const float* const seen = image + row / window.size.h * plane +
                                row % window.size.h * window.dilation.h * image_width;
      int64_t kx = 0;
      for (int64_t t = 0; t < tiles.count; kx += tiles.size(t++)) {
        ChooseTile(tiles.size(t), width / kLanes,
                   has_lines ? TileOperands::kLine : TileOperands::kShiftedA)(
            {.a = seen + kx * window.dilation.w,
             .b = packed,
             .depth = pixels,
             .offsets = offsets,
             .a_row_stride = window.dilation.w},
            {.accumulates = accumulates || block != blocks.begin,
             .output = sums + (row * window.size.w + kx) * width,
             .row_stride = width});
      }
    }
  }
  Transpose<4>(sums, width, elements, filters.size(), to, filter_elements);
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(GradientPanels);
HWY_EXPORT(HasSmallTiles);
HWY_EXPORT(FilterLanesGradientPiece);

namespace {

FilterLanesGradientPlan MakePlan(const ConvolutionGeometry& g, int64_t batch) {
  OCELLUS_CHECK(g.output.w <= kMaxDepthBlock, "{} columns of the output, at most {} supported",
                g.output.w, kMaxDepthBlock);
  // Fewer filter elements than these, and transposing d_output for each piece takes its time.
  constexpr int64_t kMinElements = 512;
  constexpr int64_t kMaxPartialElements = 1 << 19;
  const int64_t panels = g.groups * CeilDivide(g.out_channels_per_group(), kMaxLinePanel);
  const int64_t channels = g.in_channels_per_group();
  const int64_t channel_blocks = std::clamp<int64_t>(
      g.filter_elements() / kMinElements, 1, std::min(channels, CeilDivide(kEnoughPieces, panels)));
  const int64_t rows = kMaxDepthBlock / g.output.w;
  FilterLanesGradientPlan plan{.geometry = g,
                               .batch = batch,
                               .channel_block = CeilDivide(channels, channel_blocks),
                               .row_block = CeilDivide(g.output.h, CeilDivide(g.output.h, rows)),
                               .piece_blocks = 0};
  const int64_t wanted = CeilDivide(kEnoughPieces, panels * plan.channel_blocks());
  const int64_t affordable = kMaxPartialElements / g.weight_elements();
  const int64_t pieces = std::clamp<int64_t>(std::min(wanted, affordable), 1, plan.blocks());
  plan.piece_blocks = CeilDivide(plan.blocks(), pieces);
  return plan;
}

int64_t ScratchBytes(const FilterLanesGradientPlan& plan, int threads) {
  return WorkerScratchBytes(plan.scratch_elements(), plan.partial_elements(), threads);
}

}  // namespace

bool SuitsFilterLanesWeightGradient(const ConvolutionGeometry& geometry) {
  // Rows of filters with enough sums to hide the latency of a multiply-add, and chains that are
  // longer than it takes to load and store their sums (measured with 3x3 to 11x11 windows, 4 to
  // 3025 pixels).
  constexpr int64_t kMinRow = 4, kMinPixels = 49;
  const int64_t filters = geometry.out_channels_per_group();
  return geometry.window.size.w >= kMinRow && geometry.output.w <= kMaxDepthBlock &&
         geometry.output.area() >= kMinPixels && 4 * filters >= 3 * RoundUp(filters, 16);
}

bool IsFilterLanesWeightGradientFaster(const ConvolutionGeometry& geometry) {
  return HWY_DYNAMIC_DISPATCH(HasSmallTiles)() && SuitsFilterLanesWeightGradient(geometry);
}

int64_t FilterLanesWeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                              int threads) {
  int64_t bytes = 0;
  for (int64_t n = 1; n <= batch; ++n) {
    bytes = std::max(bytes, ScratchBytes(MakePlan(geometry, n), threads));
  }
  return bytes;
}

void AccumulateFilterLanesWeightGradient(const ConvolutionGeometry& geometry,
                                         TensorView<const float> input,
                                         TensorView<const float> d_output,
                                         TensorView<float> d_weights,
                                         const KernelContext& context) {
  const FilterLanesGradientPlan plan = MakePlan(geometry, input.shape()[0]);
  const WorkerScratch scratch(context, plan.scratch_elements(), plan.partial_elements());
  const bool is_partial = plan.block_pieces() > 1;
  float* const results = is_partial ? scratch.shared() : d_weights.data();
  const int64_t pieces = HWY_DYNAMIC_DISPATCH(GradientPanels)(plan) * geometry.groups *
                         plan.channel_blocks() * plan.block_pieces();
  context.pool.ParallelFor(pieces, [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(FilterLanesGradientPiece)
    (plan, piece, input.data(), d_output.data(), results, /*accumulates=*/!is_partial,
     scratch.of_worker(worker));
  });
  if (!is_partial) return;
  AddPartialSums(results, plan.block_pieces(), d_weights.span(), context.pool);
}

}  // namespace ocellus
#endif  // HWY_ONCE
