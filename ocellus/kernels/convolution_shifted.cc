// A piece of work is a block of output rows of one sample: the rows that it sees are copied with
// their padding, and multiplied with one tile of filters after the other.
#include "ocellus/kernels/convolution_shifted.h"

#include <algorithm>

#include "ocellus/base/checked_math.h"
#include "ocellus/kernels/convolution_filters.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/kernels/padded_image.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_shifted.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/elementwise-inl.h"
#include "ocellus/kernels/matrix_product_tile-inl.h"
#include "ocellus/kernels/padded_image-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_SHIFTED_CC_
#define OCELLUS_KERNELS_CONVOLUTION_SHIFTED_CC_
namespace ocellus {

struct ShiftedPlan {
  ConvolutionGeometry geometry;
  int64_t row_block;      // output rows of a piece
  int64_t channel_block;  // channels in a chain of sums, so that it is not longer than elsewhere

  int64_t channels() const { return geometry.in_channels_per_group(); }
  int64_t filters() const { return geometry.out_channels_per_group(); }
  int64_t row_blocks() const { return CeilDivide(geometry.output.h, row_block); }
  int64_t row_elements() const { return PaddedImageWidth(geometry); }

  // A worker's scratch memory, in floats. Behind the sums of a filter, a vector may be read.
  int64_t image_elements() const { return PaddedImageElements(geometry, row_block); }
  int64_t sums_stride() const { return RoundUp(row_block * row_elements(), 16) + 16; }
  int64_t filter_elements() const { return kMaxTileRows * kPackedRowStride; }
  int64_t scratch_elements() const {
    return image_elements() + kMaxTileRows * sums_stride() + filter_elements();
  }
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_SHIFTED_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void ShiftedPiece(const ShiftedPlan& plan, int64_t piece, const float* input,
                  const ConvolutionFilters& filters, const float* biases, bool relu, float* output,
                  float* scratch) {
  const ConvolutionGeometry& g = plan.geometry;
  const Range rows = BlockRange(g.output.h, plan.row_block, piece % plan.row_blocks());
  const int64_t group = piece / plan.row_blocks() % g.groups;
  const int64_t n = piece / plan.row_blocks() / g.groups;
  const int64_t width = plan.row_elements(), area = g.window.size.area();
  const int64_t pixels = (rows.size() - 1) * width + g.output.w;
  float* const image = scratch;
  float* const sums = image + plan.image_elements();
  float* const packed = sums + kMaxTileRows * plan.sums_stride();
  CopyPaddedImage(g, rows,
                  input + n * g.input_elements() + group * plan.channels() * g.input.area(), image);

  const int64_t tiles = CeilDivide(plan.filters(), kTileRows);
  for (int64_t t = 0; t < tiles; ++t) {
    const Range tile{plan.filters() * t / tiles, plan.filters() * (t + 1) / tiles};
    const int64_t first_filter = group * plan.filters() + tile.begin;
    for (int64_t c = 0; c < plan.channels(); c += plan.channel_block) {
      const Range channels{c, std::min(c + plan.channel_block, plan.channels())};
      int32_t offsets[kMaxDepthBlock];
      WriteFilterOffsets(g, rows.size(), channels, filters.flipped, offsets);
      for (int64_t r = 0; r < tile.size(); ++r) {
        const float* from = filters.data + group * filters.group_stride +
                            (tile.begin + r) * filters.filter_stride +
                            channels.begin * filters.channel_stride;
        for (int64_t i = 0; i < channels.size(); ++i) {
          CopyFloats(from + i * filters.channel_stride, area,
                     packed + r * kPackedRowStride + i * area);
        }
      }
      for (int64_t p = 0; p < pixels; p += kPanelWidth) {
        const int64_t vectors = CeilDivide(std::min(kPanelWidth, pixels - p), kLanes);
        ChooseTile(tile.size(), vectors, TileOperands::kShiftedB)(
            {.a = packed, .b = image + p, .depth = channels.size() * area, .offsets = offsets},
            {.row_biases = c == 0 && biases != nullptr ? biases + first_filter : nullptr,
             .accumulates = c > 0,
             .relu = relu && channels.end == plan.channels(),
             .output = sums + p,
             .row_stride = plan.sums_stride()});
      }
    }
    for (int64_t r = 0; r < tile.size(); ++r) {
      float* to = output + (n * g.out_channels + first_filter + r) * g.output.area() +
                  rows.begin * g.output.w;
      for (int64_t y = 0; y < rows.size(); ++y) {
        const float* from = sums + r * plan.sums_stride() + y * width;
        ForEachRowVector(g.output.w, (rows.size() - 1 - y) * g.output.w,
                         [&](auto d, int64_t x) HWY_ATTR {
                           hn::StoreU(hn::LoadU(d, from + x), d, to + y * g.output.w + x);
                         });
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(ShiftedPiece);

namespace {

// Pixels of a piece: an image of so many, and the sums of 8 filters, are near enough to the
// first-level cache.
constexpr int64_t kMaxPixels = 1024;

ShiftedPlan MakeShiftedPlan(const ConvolutionGeometry& g, int64_t batch) {
  return {.geometry = g,
          .row_block = OutputRowBlock(g, batch, kMaxPixels / PaddedImageWidth(g)),
          .channel_block = ChannelBlock(g)};
}

int64_t ScratchBytes(const ConvolutionGeometry& g, int64_t batch, int threads) {
  return WorkerScratchBytes(MakeShiftedPlan(g, batch).scratch_elements(), 0, threads);
}

void Run(const ConvolutionGeometry& g, int64_t batch, const float* input,
         const ConvolutionFilters& filters, const float* biases, bool relu, float* output,
         const KernelContext& context) {
  const ShiftedPlan plan = MakeShiftedPlan(g, batch);
  const WorkerScratch scratch(context, plan.scratch_elements(), 0);
  context.pool.ParallelFor(batch * g.groups * plan.row_blocks(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(ShiftedPiece)
    (plan, piece, input, filters, biases, relu, output, scratch.of_worker(worker));
  });
}

bool Applies(const Window& window) {
  return window.stride == Extent(1) && window.size.area() <= kMaxDepthBlock;
}

}  // namespace

bool IsShiftedForwardFaster(const ConvolutionGeometry& geometry) {
  if (!Applies(geometry.window)) return false;
  // For one row of the output, in steps of the vector unit: multiply-adds that are thrown away, and
  // a copy of the sums, against packing. The costs of the copies were measured.
  constexpr int64_t kCopy = 10, kPacking = 8;
  const int64_t depth = geometry.filter_elements(), width = geometry.output.w;
  const int64_t wasted = depth * (geometry.window.span().w - 1);
  return geometry.out_channels_per_group() * (wasted + kCopy * width) <= kPacking * depth * width;
}

bool IsShiftedInputGradientFaster(const ConvolutionGeometry& geometry) {
  return Applies(geometry.window) && IsShiftedForwardFaster(InputGradientGeometry(geometry));
}

int64_t ShiftedForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                   int threads) {
  return ScratchBytes(geometry, batch, threads);
}

int64_t ShiftedInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                         int threads) {
  return ScratchBytes(InputGradientGeometry(geometry), batch, threads);
}

void ShiftedForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                    TensorView<const float> weights, TensorView<const float> biases,
                    Activation activation, TensorView<float> output, const KernelContext& context) {
  Run(geometry, input.shape()[0], input.data(), ForwardFilters(geometry, weights), biases.data(),
      activation == Activation::kRelu, output.data(), context);
}

void ShiftedInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                          TensorView<const float> weights, TensorView<float> d_input,
                          const KernelContext& context) {
  Run(InputGradientGeometry(geometry), d_output.shape()[0], d_output.data(),
      InputGradientFilters(geometry, weights), nullptr, false, d_input.data(), context);
}

}  // namespace ocellus
#endif  // HWY_ONCE
