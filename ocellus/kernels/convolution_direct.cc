// The direct method. What is multiplied with what: convolution_direct.h.
#include "ocellus/kernels/convolution_direct.h"

#include <algorithm>

#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/image_region.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_direct.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/image_patches-inl.h"
#include "ocellus/kernels/matrix_product-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_DIRECT_CC_
#define OCELLUS_KERNELS_CONVOLUTION_DIRECT_CC_
namespace ocellus {

// How the input gradient is cut: a piece is a block of input channels of one sample.
struct InputGradientPlan {
  int64_t channel_block;
  int64_t blocks_per_group;
  int64_t pixel_block;  // output pixels whose columns are computed at a time
  int64_t columns_elements() const { return rows * pixel_block; }
  int64_t rows;  // of the columns: filter elements of a block
};

// A block's columns, at most 256 x 384 floats, stay in the second-level cache until they are added.
inline InputGradientPlan PlanInputGradient(const ConvolutionGeometry& g) {
  constexpr int64_t kMaxRows = 256;
  const int64_t channels = g.in_channels_per_group();
  const int64_t area = g.window.size.area();
  const int64_t block = std::clamp<int64_t>(kMaxRows / area, 1, channels);
  const int64_t blocks = CeilDivide(channels, block);
  const int64_t even_block = CeilDivide(channels, blocks);
  return {.channel_block = even_block,
          .blocks_per_group = CeilDivide(channels, even_block),
          .pixel_block = std::min(RoundUp(g.output.area(), kColumnUnit), kMaxColumnBlock),
          .rows = even_block * area};
}

// The image regions of a block of the forward pass.
inline int64_t ForwardRegionElements(const ConvolutionGeometry& g, const ProductSize& size) {
  return ImageRegionElements(g, std::min(size.depth, kMaxDepthBlock),
                             std::min(size.columns, kMaxColumnBlock));
}

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_DIRECT_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// A batch of images, one group of channels of it, as a matrix: channels x pixels of all samples.
template <typename T>
HWY_INLINE Matrix<T> ChannelsByPixels(T* first_channel, int64_t pixels, int64_t sample_elements) {
  return {.data = first_channel,
          .row_stride = pixels,
          .segment = pixels,
          .segment_stride = sample_elements};
}

void ConvolutionForwardPiece(const ConvolutionGeometry& g, const ProductPlan& plan, int64_t group,
                             int64_t piece, const float* input, const float* weights,
                             const float* biases, bool relu, float* output, float* scratch) {
  const int64_t filters = g.out_channels_per_group();
  const int64_t first_filter = group * filters;
  const RowLanes a{
      {.data = weights + first_filter * g.filter_elements(), .row_stride = g.filter_elements()}};
  const PatchColumns b{
      ImagePatches(g, input + group * g.in_channels_per_group() * g.input.area(), scratch)};
  float* const packing = scratch + ForwardRegionElements(g, plan.size);
  const BlockOutput block{.matrix = ChannelsByPixels(output + first_filter * g.output.area(),
                                                     g.output.area(), g.output_elements()),
                          .row_biases = biases == nullptr ? nullptr : biases + first_filter,
                          .relu = relu};
  const Range columns =
      BlockRange(plan.size.columns, plan.column_block, piece % plan.column_blocks());
  const Range rows = BlockRange(plan.size.rows, plan.row_block, piece / plan.column_blocks());
  MultiplyBlock(a, b, rows, columns, {0, plan.size.depth}, plan.depth_block, block, packing);
}

// Adds one row of columns (the products that one filter element has at output pixels `pixels`) to
// the plane of its input channel: the col2im of that row.
HWY_INLINE void AddColumnsRow(const ConvolutionGeometry& g, int64_t ky, int64_t kx, Range pixels,
                              const float* HWY_RESTRICT columns, float* HWY_RESTRICT plane) {
  const hn::ScalableTag<float> d;
  const Window& w = g.window;
  int64_t oy = pixels.begin / g.output.w;
  int64_t ox = pixels.begin % g.output.w;
  for (int64_t done = 0; done < pixels.size(); ++oy) {
    const int64_t count = std::min(g.output.w - ox, pixels.size() - done);
    const int64_t iy = oy * w.stride.h + ky * w.dilation.h - w.padding.h;
    if (iy >= 0 && iy < g.input.h) {
      const int64_t ix = ox * w.stride.w + kx * w.dilation.w - w.padding.w;
      const int64_t before = ix >= 0 ? 0 : std::min(count, (-ix + w.stride.w - 1) / w.stride.w);
      const int64_t first = ix + before * w.stride.w;
      const int64_t inside =
          first >= g.input.w
              ? 0
              : std::min(count - before, (g.input.w - first + w.stride.w - 1) / w.stride.w);
      const float* HWY_RESTRICT from = columns + done + before;
      float* HWY_RESTRICT to = plane + iy * g.input.w + first;
      int64_t i = 0;
      if (w.stride.w == 1) {
        for (; i + kLanes <= inside; i += kLanes) {
          hn::StoreU(hn::Add(hn::LoadU(d, to + i), hn::LoadU(d, from + i)), d, to + i);
        }
      }
      for (; i < inside; ++i) to[i * w.stride.w] += from[i];
    }
    done += count;
    ox = 0;
  }
}

// One block of input channels of one sample.
void InputGradientPiece(const ConvolutionGeometry& g, const InputGradientPlan& plan, int64_t piece,
                        const float* d_output, const float* weights, float* d_input,
                        float* scratch) {
  const int64_t block = piece % plan.blocks_per_group;
  const int64_t group = piece / plan.blocks_per_group % g.groups;
  const int64_t n = piece / plan.blocks_per_group / g.groups;
  const int64_t filters = g.out_channels_per_group();
  const Range channels = BlockRange(g.in_channels_per_group(), plan.channel_block, block);
  const int64_t area = g.window.size.area();
  const Range rows{channels.begin * area, channels.end * area};

  float* planes = d_input + n * g.input_elements() +
                  (group * g.in_channels_per_group() + channels.begin) * g.input.area();
  ZeroFloats(channels.size() * g.input.area(), planes);

  float* const columns = scratch;
  float* const packing = scratch + RoundUp(plan.columns_elements(), 16);
  const ColumnLanes a{
      {.data = weights + group * filters * g.filter_elements(), .row_stride = g.filter_elements()}};
  const ColumnLanes b{
      {.data = d_output + n * g.output_elements() + group * filters * g.output.area(),
       .row_stride = g.output.area()}};
  for (int64_t p = 0; p < g.output.area(); p += plan.pixel_block) {
    const Range pixels{p, std::min(p + plan.pixel_block, g.output.area())};
    // Where the block's first row and pixel are to be written.
    float* origin = columns - rows.begin * plan.pixel_block - pixels.begin;
    MultiplyBlock(a, b, rows, pixels, {0, filters}, DepthBlock(filters),
                  {.matrix = {.data = origin, .row_stride = plan.pixel_block}}, packing);
    for (int64_t k = 0; k < rows.size(); ++k) {
      AddColumnsRow(g, k % area / g.window.size.w, k % g.window.size.w, pixels,
                    columns + k * plan.pixel_block, planes + k / area * g.input.area());
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(ConvolutionForwardPiece);
HWY_EXPORT(InputGradientPiece);

namespace {

ProductSize ForwardSize(const ConvolutionGeometry& g, int64_t batch) {
  return {.rows = g.out_channels_per_group(),
          .columns = batch * g.output.area(),
          .depth = g.filter_elements()};
}

// The forward pass never splits the depth.
ProductPlan ForwardPlan(const ConvolutionGeometry& g, int64_t batch, int threads) {
  return PlanProduct(ForwardSize(g, batch), CeilDivide(EnoughPieces(threads), g.groups),
                     DepthSplit::kNever);
}

int64_t ForwardWorkerElements(const ConvolutionGeometry& g, const ProductSize& size) {
  return ForwardRegionElements(g, size) + PackingElements(size.columns, size.depth);
}

int64_t InputGradientWorkerElements(const ConvolutionGeometry& g, const InputGradientPlan& plan) {
  return RoundUp(plan.columns_elements(), 16) +
         PackingElements(plan.pixel_block, g.out_channels_per_group());
}

}  // namespace

int64_t DirectConvolutionForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                             int threads) {
  return WorkerScratchBytes(ForwardWorkerElements(geometry, ForwardSize(geometry, batch)), 0,
                            threads);
}

int64_t DirectInputGradientScratchBytes(const ConvolutionGeometry& geometry, int threads) {
  const InputGradientPlan plan = PlanInputGradient(geometry);
  return WorkerScratchBytes(InputGradientWorkerElements(geometry, plan), 0, threads);
}

void DirectConvolutionForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                              TensorView<const float> weights, TensorView<const float> biases,
                              Activation activation, TensorView<float> output,
                              const KernelContext& context) {
  const int64_t batch = input.shape()[0];
  const ProductPlan plan = ForwardPlan(geometry, batch, context.pool.threads());
  const WorkerScratch scratch(context, ForwardWorkerElements(geometry, plan.size), 0);
  context.pool.ParallelFor(geometry.groups * plan.pieces(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(ConvolutionForwardPiece)
    (geometry, plan, piece / plan.pieces(), piece % plan.pieces(), input.data(), weights.data(),
     biases.data(), activation == Activation::kRelu, output.data(), scratch.of_worker(worker));
  });
}

void DirectConvolutionInputGradient(const ConvolutionGeometry& geometry,
                                    TensorView<const float> d_output,
                                    TensorView<const float> weights, TensorView<float> d_input,
                                    const KernelContext& context) {
  const int64_t batch = d_output.shape()[0];
  const InputGradientPlan plan = PlanInputGradient(geometry);
  const WorkerScratch scratch(context, InputGradientWorkerElements(geometry, plan), 0);
  context.pool.ParallelFor(batch * geometry.groups * plan.blocks_per_group,
                           [&](int64_t piece, int worker) {
                             HWY_DYNAMIC_DISPATCH(InputGradientPiece)
                             (geometry, plan, piece, d_output.data(), weights.data(),
                              d_input.data(), scratch.of_worker(worker));
                           });
}

}  // namespace ocellus
#endif  // HWY_ONCE
