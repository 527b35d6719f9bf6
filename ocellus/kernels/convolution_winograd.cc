// Winograd's F(4x4, 3x3). A piece of work is a block of tiles: its inputs are transformed, then
// multiplied with one panel of filters after the other, and the products are transformed back while
// they are in the second-level cache.
#include "ocellus/kernels/convolution_winograd.h"

#include <algorithm>
#include <limits>

#include "ocellus/kernels/convolution_filters.h"
#include "ocellus/kernels/convolution_shifted.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/winograd_plan.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_winograd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/channel_lanes-inl.h"
#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/winograd_tiles-inl.h"
#include "ocellus/kernels/winograd_transforms-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_CC_
#define OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_CC_
namespace ocellus {

struct WinogradOperands {
  const float* input;
  ConvolutionFilters filters;
  const float* biases;  // or none
  bool relu;
  float* output;
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_WINOGRAD_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// U of up to kLanes filters: element (product i, channel, filter) at
// to[i * stride + channel * width + filter].
template <bool kAllRows>
HWY_NOINLINE void TransformFilterVector(const float* HWY_RESTRICT from,
                                        const ConvolutionFilters& filters, int64_t rows,
                                        int64_t channels, float* HWY_RESTRICT to, int64_t width,
                                        int64_t stride) {
  const VectorTag d;
  constexpr int64_t kTaps = 9;
  const int64_t row_stride = filters.filter_stride, channel_stride = filters.channel_stride;
  const bool flipped = filters.flipped;
  for (int64_t c = 0; c < channels; ++c, from += channel_stride, to += width) {
    Vector taps[kTaps];
    LoadFourColumns<kAllRows>(from, row_stride, rows, taps);
    LoadFourColumns<kAllRows>(from + 4, row_stride, rows, taps + 4);
    LoadFourColumns<kAllRows>(from + 5, row_stride, rows, taps + 5);  // overlap those before
    HWY_ALIGN float tile[kTaps * kLanes];
#pragma GCC unroll 9
    for (int64_t t = 0; t < kTaps; ++t) {
      hn::Store(taps[t], d, tile + (flipped ? kTaps - 1 - t : t) * kLanes);
    }
    TransformTile<FilterTransform>(LoadRows<3>{tile, 3 * kLanes}, StoreProducts{to, stride});
  }
}

// U of a panel: product i begins at to[i * ProductStride(channels * width)]; there, element
// (channel, filter) is at [channel * width + filter], as the matrix product wants its b.
HWY_INLINE void TransformFilters(const WinogradPlan& plan, const ConvolutionFilters& filters,
                                 int64_t group, Range panel, float* HWY_RESTRICT to) {
  const int64_t width = plan.panels.width(), stride = ProductStride(plan.channels() * width);
  for (int64_t f = panel.begin; f < panel.end; f += kLanes) {
    const float* from = filters.data + group * filters.group_stride + f * filters.filter_stride;
    const int64_t rows = std::min(kLanes, panel.end - f);
    const auto transform =
        rows == kLanes ? TransformFilterVector<true> : TransformFilterVector<false>;
    transform(from, filters, rows, plan.channels(), to + (f - panel.begin), width, stride);
  }
}

// Writes the outputs of a block of tiles and a panel of filters, from M: product i begins at
// products[i * ProductStride(tiles * width)]; there, element (tile, filter) is at
// [tile * width + filter].
HWY_INLINE void StoreOutputs(const WinogradPlan& plan, const TileBlock& block, int64_t group,
                             Range panel, const WinogradOperands& operands,
                             const float* HWY_RESTRICT products) {
  const VectorTag d;
  const Extent output = plan.geometry.output;
  const int64_t width = plan.panels.width(), stride = ProductStride(block.tiles() * width);
  for (int64_t f = panel.begin; f < panel.end; f += kLanes) {
    const int64_t filters = std::min(kLanes, panel.end - f);
    const int64_t channel = group * plan.filters() + f;
    HWY_ALIGN float biases[kLanes] = {};
    if (operands.biases != nullptr) std::copy_n(operands.biases + channel, filters, biases);
    const Vector bias = hn::Load(d, biases);
    const Vector least = hn::Set(d, operands.relu ? 0.0f : -std::numeric_limits<float>::infinity());
    const float* tile = products + (f - panel.begin);
    ForEachSample(plan.tiles, block, [&](int64_t sample, Range rows, int64_t) HWY_ATTR {
      float* const plane =
          operands.output + sample * plan.geometry.output_elements() + channel * output.area();
      for (int64_t y = rows.begin; y < rows.end; ++y) {
        for (int64_t x = block.columns.begin; x < block.columns.end; ++x, tile += width) {
          Vector pixels[kTileOut][kTileOut];
          int64_t count = 0;
          TransformTile<OutputTransform>(LoadProducts{tile, stride}, [&](Vector vector) HWY_ATTR {
            const Vector sum = hn::Add(vector, bias);
            pixels[count / kTileOut][count % kTileOut] =
                hn::IfThenElse(hn::Lt(sum, least), least, sum);
            ++count;
          });
          float* const to = plane + kTileOut * (y * output.w + x);
          const int64_t pixel_rows = std::min(kTileOut, output.h - y * kTileOut);
          const int64_t pixel_columns = std::min(kTileOut, output.w - x * kTileOut);
          for (int64_t i = 0; i < pixel_rows; ++i) {
            StoreFourColumns(pixels[i], filters, pixel_columns, output.area(), to + i * output.w);
          }
        }
      }
    });
  }
}

void WinogradPiece(const WinogradPlan& plan, int64_t piece, const WinogradOperands& operands,
                   const float* shared_filters, float* scratch) {
  const int64_t filter_block = piece % plan.filter_blocks;
  const TileBlock block = plan.tiles.Block(piece / plan.filter_blocks % plan.tiles.blocks());
  const int64_t group = piece / plan.filter_blocks / plan.tiles.blocks();
  const ConvolutionGeometry& g = plan.geometry;
  const WinogradScratch layout(g);
  float* const inputs = scratch + layout.inputs;
  float* const products = scratch + layout.products;

  const TileImages images{.data = operands.input + group * plan.channels() * g.input.area(),
                          .sample_elements = g.input_elements(),
                          .channels = plan.channels(),
                          .size = g.input,
                          .padding = g.window.padding};
  TransformTiles<InputTransform>(plan.tiles, block, images, scratch, inputs);

  for (int64_t p = plan.panels.count * filter_block / plan.filter_blocks;
       p < plan.panels.count * (filter_block + 1) / plan.filter_blocks; ++p) {
    const Range panel = plan.panels.Block(p);
    const float* filters = scratch + layout.filters;
    if (plan.shares_filters) {
      filters = shared_filters + (group * plan.panels.count + p) * plan.panel_elements();
    } else {
      TransformFilters(plan, operands.filters, group, panel, scratch + layout.filters);
    }
    const int64_t tiles = block.tiles(), channels = plan.channels(), width = plan.panels.width();
    const int64_t input_row = RoundUp(channels, kLaneUnit);
    MultiplyProducts(tiles, panel.size(), channels, {inputs, input_row, 1, tiles * input_row},
                     {filters, width, 1, channels * width}, /*accumulates=*/false, products);
    StoreOutputs(plan, block, group, panel, operands, products);
  }
}

void TransformFilterPiece(const WinogradPlan& plan, const ConvolutionFilters& filters,
                          int64_t piece, float* transformed) {
  TransformFilters(plan, filters, piece / plan.panels.count,
                   plan.panels.Block(piece % plan.panels.count),
                   transformed + piece * plan.panel_elements());
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(TransformFilterPiece);
HWY_EXPORT(WinogradPiece);

namespace {

int64_t WinogradScratchBytes(const ConvolutionGeometry& g, int64_t batch, int threads) {
  return WorkerScratchBytes(WinogradScratch(g).size,
                            MakeWinogradPlan(g, batch, threads).shared_elements(), threads);
}

void TransformAllFilters(const WinogradPlan& plan, const ConvolutionFilters& filters,
                         float* transformed, ThreadPool& pool) {
  pool.ParallelFor(plan.geometry.groups * plan.panels.count, [&](int64_t piece, int) {
    HWY_DYNAMIC_DISPATCH(TransformFilterPiece)(plan, filters, piece, transformed);
  });
}

void RunWinograd(const ConvolutionGeometry& g, int64_t batch, const WinogradOperands& operands,
                 const KernelContext& context, const float* packed) {
  const bool is_packed = packed != nullptr;
  const WinogradPlan plan = MakeWinogradPlan(g, batch, context.pool.threads(), is_packed);
  const WorkerScratch scratch(context, WinogradScratch(g).size,
                              is_packed ? 0 : plan.shared_elements());
  if (plan.shares_filters && !is_packed) {
    TransformAllFilters(plan, operands.filters, scratch.shared(), context.pool);
  }
  const float* const shared = is_packed ? packed : scratch.shared();
  context.pool.ParallelFor(plan.pieces(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(WinogradPiece)(plan, piece, operands, shared, scratch.of_worker(worker));
  });
}

WinogradPlan PackedPlan(const ConvolutionGeometry& g) {
  return MakeWinogradPlan(g, 1, 1, /*packed=*/true);
}

}  // namespace

bool IsWinogradForwardFaster(const ConvolutionGeometry& g) {
  return IsWinograd(g.window) &&
         WinogradCost(g, g.in_channels_per_group(), g.out_channels_per_group()) < DirectCost(g);
}

bool IsWinogradInputGradientFaster(const ConvolutionGeometry& g) {
  if (!IsWinograd(g.window)) return false;
  // Otherwise it is the direct way's turn, which adds columns to the image.
  const double columns = IsShiftedInputGradientFaster(g) ? 1 : 2;
  return WinogradCost(InputGradientGeometry(g), g.out_channels_per_group(),
                      g.in_channels_per_group()) < columns * DirectCost(g);
}

bool TakesLongToTransformFilters(const ConvolutionGeometry& geometry) {
  // An output of 256 KiB has 4096 / filters tiles, each of which takes 36 multiplications with each
  // filter. So the share of the transform grows with the filters alone: 32 are 6%, 64 are 11%.
  constexpr int64_t kFewFilters = 32;
  return geometry.out_channels_per_group() > kFewFilters;
}

int64_t WinogradForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                    int threads) {
  return WinogradScratchBytes(geometry, batch, threads);
}

int64_t WinogradInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                          int threads) {
  return WinogradScratchBytes(InputGradientGeometry(geometry), batch, threads);
}

int64_t WinogradPackedElements(const ConvolutionGeometry& geometry) {
  // What stays in a second-level cache from one prediction to the next. AlexNet's conv3 to conv5
  // with 14 to 21 MB take 1.3 times as long if they read that, those of DeepConvNet 0.75.
  constexpr int64_t kMaxElements = 160 << 10;  // 640 KiB
  const int64_t elements = PackedPlan(geometry).shared_elements();
  return elements <= kMaxElements ? elements : 0;
}

void PackWinogradWeights(const ConvolutionGeometry& geometry, TensorView<const float> weights,
                         float* packed, ThreadPool& pool) {
  TransformAllFilters(PackedPlan(geometry), ForwardFilters(geometry, weights), packed, pool);
}

void WinogradForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                     TensorView<const float> weights, TensorView<const float> biases,
                     Activation activation, TensorView<float> output, const KernelContext& context,
                     const float* packed) {
  RunWinograd(geometry, input.shape()[0],
              {.input = input.data(),
               .filters = ForwardFilters(geometry, weights),
               .biases = biases.data(),
               .relu = activation == Activation::kRelu,
               .output = output.data()},
              context, packed);
}

void WinogradInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                           TensorView<const float> weights, TensorView<float> d_input,
                           const KernelContext& context) {
  RunWinograd(InputGradientGeometry(geometry), d_output.shape()[0],
              {.input = d_output.data(),
               .filters = InputGradientFilters(geometry, weights),
               .biases = nullptr,
               .relu = false,
               .output = d_input.data()},
              context, /*packed=*/nullptr);
}

}  // namespace ocellus
#endif  // HWY_ONCE
