// A piece of work is a block of output rows of one sample: the rows that it sees are copied with
// their padding, and multiplied with one panel of filters after the other.
#include "ocellus/kernels/convolution_filter_lanes.h"

#include <algorithm>

#include "ocellus/kernels/convolution_filters.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/padded_image.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_filter_lanes.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/matrix_product_tile-inl.h"
#include "ocellus/kernels/padded_image-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_FILTER_LANES_CC_
#define OCELLUS_KERNELS_CONVOLUTION_FILTER_LANES_CC_
namespace ocellus {

struct FilterLanesPlan {
  ConvolutionGeometry geometry;
  int64_t row_block;      // output rows of a piece
  int64_t channel_block;  // channels in a chain of sums
  bool fetches_output;    // whether the output is so large that it is not in the cache

  int64_t channels() const { return geometry.in_channels_per_group(); }
  int64_t filters() const { return geometry.out_channels_per_group(); }
  int64_t depth() const { return geometry.filter_elements(); }
  bool has_lines() const { return geometry.window.stride.w == 1; }
  int64_t row_blocks() const { return CeilDivide(geometry.output.h, row_block); }

  // A worker's scratch memory, in floats.
  int64_t image_elements() const { return PaddedImageElements(geometry, row_block); }
  int64_t sums_elements() const {
    return row_block * geometry.output.w * kColumnUnit + kBehindPaddedImage;
  }
  int64_t scratch_elements() const { return image_elements() + sums_elements(); }

  // The packed weights of all groups. A group is cut into panels (see PanelWidth), the last of
  // which is a number of complete vectors; in a panel, each filter element has a row of filters.
  int64_t group_elements() const { return depth() * RoundUp(filters(), 16); }
  int64_t packed_elements() const { return geometry.groups * group_elements(); }
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_FILTER_LANES_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

HWY_INLINE int64_t FullVectors(int64_t count) { return CeilDivide(count, kLanes) * kLanes; }

// The filters of a panel. Pixels that are a line have tiles of at most two vectors.
HWY_INLINE int64_t PanelWidth(const FilterLanesPlan& plan) {
  return plan.has_lines() ? kLinePanel : kPanelWidth;
}

int64_t FilterPanels(const FilterLanesPlan& plan) {
  return CeilDivide(plan.filters(), PanelWidth(plan));
}

// Packs one panel of one group.
void PackFilterPanel(const FilterLanesPlan& plan, int64_t piece, const ConvolutionFilters& weights,
                     float* HWY_RESTRICT packed) {
  const int64_t panels = FilterPanels(plan);
  const int64_t group = piece / panels;
  const Range filters = BlockRange(plan.filters(), PanelWidth(plan), piece % panels);
  const int64_t width = FullVectors(filters.size()), depth = plan.depth();
  float* const to = packed + group * plan.group_elements() + filters.begin * depth;
  const float* from =
      weights.data + group * weights.group_stride + filters.begin * weights.filter_stride;
  // Channels that lie one behind the other are transposed at once.
  const int64_t area = plan.geometry.window.size.area();
  const int64_t run = weights.channel_stride == area ? depth : area;
  for (int64_t k = 0; k < depth; k += run, from += weights.channel_stride) {
    TransposeIntoPanel(from, weights.filter_stride, filters.size(), run, to + k * width, width);
  }
}

// Fetches part `index` of `count` of what a panel's filters will put out for so many pixels: stores
// would wait for it, as it lies in short runs, for each filter in a page of its own.
HWY_INLINE void FetchOutput(const float* output, int64_t map_stride, int64_t filters,
                            int64_t pixels, int64_t index, int64_t count) {
  for (int64_t f = filters * index / count; f < filters * (index + 1) / count; ++f) {
    // The last line too, wherever in a line the run begins.
    for (int64_t i = 0; i < pixels + kFloatsOfCacheLine - 1; i += kFloatsOfCacheLine) {
      hwy::Prefetch(output + f * map_stride + std::min(i, pixels - 1));
    }
  }
}

void FilterLanesPiece(const FilterLanesPlan& plan, int64_t piece, const float* input,
                      const float* packed, bool flipped, const float* biases, bool relu,
                      float* output, float* scratch) {
  const ConvolutionGeometry& g = plan.geometry;
  const Range rows = BlockRange(g.output.h, plan.row_block, piece % plan.row_blocks());
  const int64_t group = piece / plan.row_blocks() % g.groups;
  const int64_t n = piece / plan.row_blocks() / g.groups;
  const int64_t area = g.window.size.area(), image_width = PaddedImageWidth(g);
  float* const image = scratch;
  float* const sums = scratch + plan.image_elements();
  CopyPaddedImage(g, rows,
                  input + n * g.input_elements() + group * plan.channels() * g.input.area(), image);

  for (int64_t f = 0; f < plan.filters(); f += PanelWidth(plan)) {
    const Range filters{f, std::min(f + PanelWidth(plan), plan.filters())};
    const int64_t width = FullVectors(filters.size());
    // Nearly equal tiles, which do not reach from row to row.
    const EqualParts row_tiles(g.output.w, plan.has_lines() ? kLineRows : kTileRows);
    const int64_t first_filter = group * plan.filters() + f;
    float* const to =
        output + (n * g.out_channels + first_filter) * g.output.area() + rows.begin * g.output.w;
    HWY_ALIGN float panel_biases[kPanelWidth] = {};
    if (biases != nullptr) CopyFloats(biases + first_filter, filters.size(), panel_biases);
    for (int64_t c = 0; c < plan.channels(); c += plan.channel_block) {
      const Range channels{c, std::min(c + plan.channel_block, plan.channels())};
      int32_t offsets[kMaxDepthBlock];
      WriteFilterOffsets(g, rows.size(), channels, flipped, offsets);
      const float* const b =
          packed + group * plan.group_elements() + f * plan.depth() + c * area * width;
      for (int64_t y = 0; y < rows.size(); ++y) {
        int64_t x = 0;
        for (int64_t t = 0; t < row_tiles.count; x += row_tiles.size(t++)) {
          if (plan.fetches_output && c == 0) {
            FetchOutput(to, g.output.area(), filters.size(), rows.size() * g.output.w,
                        y * row_tiles.count + t, rows.size() * row_tiles.count);
          }
          ChooseTile(row_tiles.size(t), width / kLanes,
                     plan.has_lines() ? TileOperands::kLine : TileOperands::kShiftedA)(
              {.a = image + y * g.window.stride.h * image_width + x * g.window.stride.w,
               .b = b,
               .depth = channels.size() * area,
               .offsets = offsets,
               .a_row_stride = g.window.stride.w},
              {.column_biases = c == 0 ? panel_biases : nullptr,
               .accumulates = c > 0,
               .relu = relu && channels.end == plan.channels(),
               .output = sums + (y * g.output.w + x) * width,
               .row_stride = width});
        }
      }
    }
    Transpose<4>(sums, width, rows.size() * g.output.w, filters.size(), to, g.output.area());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(FilterPanels);
HWY_EXPORT(PackFilterPanel);
HWY_EXPORT(FilterLanesPiece);

namespace {

// Pixels of a piece: 256 of them with 48 filters each are 48 KiB of sums.
constexpr int64_t kMaxPixels = 256;

// An output of 8 MiB is not in the second-level cache any more when it is overwritten.
constexpr int64_t kCachedElements = 2 << 20;

FilterLanesPlan MakeFilterLanesPlan(const ConvolutionGeometry& g, int64_t batch) {
  return {.geometry = g,
          .row_block = OutputRowBlock(g, batch, kMaxPixels / g.output.w),
          .channel_block = ChannelBlock(g),
          .fetches_output = batch * g.output_elements() > kCachedElements};
}

void Pack(const FilterLanesPlan& plan, const ConvolutionFilters& filters, float* packed,
          ThreadPool& pool) {
  const int64_t panels = HWY_DYNAMIC_DISPATCH(FilterPanels)(plan);
  pool.ParallelFor(plan.geometry.groups * panels, [&](int64_t piece, int) {
    HWY_DYNAMIC_DISPATCH(PackFilterPanel)(plan, piece, filters, packed);
  });
}

int64_t ScratchBytes(const ConvolutionGeometry& g, int64_t batch, int threads) {
  const FilterLanesPlan plan = MakeFilterLanesPlan(g, batch);
  return WorkerScratchBytes(plan.scratch_elements(), plan.packed_elements(), threads);
}

void Run(const ConvolutionGeometry& g, int64_t batch, const float* input,
         const ConvolutionFilters& filters, const float* biases, bool relu, float* output,
         const KernelContext& context, const float* packed) {
  const FilterLanesPlan plan = MakeFilterLanesPlan(g, batch);
  const WorkerScratch scratch(context, plan.scratch_elements(),
                              packed != nullptr ? 0 : plan.packed_elements());
  if (packed == nullptr) {
    Pack(plan, filters, scratch.shared(), context.pool);
    packed = scratch.shared();
  }
  context.pool.ParallelFor(batch * g.groups * plan.row_blocks(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(FilterLanesPiece)
    (plan, piece, input, packed, filters.flipped, biases, relu, output, scratch.of_worker(worker));
  });
}

}  // namespace

bool IsFilterLanesForwardFaster(const ConvolutionGeometry& geometry) {
  if (geometry.window.size.area() > kMaxDepthBlock) return false;
  // For 16 pixels, in steps of the vector unit: multiply-adds in lanes without a filter, and
  // transposing the output, against packing. The costs of the copies were measured.
  constexpr int64_t kTransposing = 8, kPacking = 8;
  const int64_t filters = geometry.out_channels_per_group();
  const int64_t depth = geometry.filter_elements();
  return depth * (RoundUp(filters, 16) - filters) + kTransposing * filters <= kPacking * depth;
}

bool IsFilterLanesInputGradientFaster(const ConvolutionGeometry& geometry) {
  return geometry.window.stride == Extent(1) &&
         IsFilterLanesForwardFaster(InputGradientGeometry(geometry));
}

int64_t FilterLanesForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                       int threads) {
  return ScratchBytes(geometry, batch, threads);
}

int64_t FilterLanesInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                             int threads) {
  return ScratchBytes(InputGradientGeometry(geometry), batch, threads);
}

int64_t FilterLanesPackedElements(const ConvolutionGeometry& geometry) {
  return MakeFilterLanesPlan(geometry, 1).packed_elements();
}

void PackFilterLanesWeights(const ConvolutionGeometry& geometry, TensorView<const float> weights,
                            float* packed, ThreadPool& pool) {
  Pack(MakeFilterLanesPlan(geometry, 1), ForwardFilters(geometry, weights), packed, pool);
}

void FilterLanesForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                        TensorView<const float> weights, TensorView<const float> biases,
                        Activation activation, TensorView<float> output,
                        const KernelContext& context, const float* packed) {
  Run(geometry, input.shape()[0], input.data(), ForwardFilters(geometry, weights), biases.data(),
      activation == Activation::kRelu, output.data(), context, packed);
}

void FilterLanesInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                              TensorView<const float> weights, TensorView<float> d_input,
                              const KernelContext& context) {
  Run(InputGradientGeometry(geometry), d_output.shape()[0], d_output.data(),
      InputGradientFilters(geometry, weights), nullptr, false, d_input.data(), context,
      /*packed=*/nullptr);
}

}  // namespace ocellus
#endif  // HWY_ONCE
