// A piece of work is a block of filter elements over some of the pixels. For each block of pixels,
// the patches of all its filter elements are packed (second-level cache), then tiles of filters
// (first-level cache) are multiplied with them, a few filter elements at a time.
#include "ocellus/kernels/convolution_weight_gradient.h"

#include <algorithm>
#include <utility>

#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/image_region.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/kernels/partial_sums.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/convolution_weight_gradient.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/image_patches-inl.h"
#include "ocellus/kernels/matrix_product_operands-inl.h"

#ifndef OCELLUS_KERNELS_CONVOLUTION_WEIGHT_GRADIENT_CC_
#define OCELLUS_KERNELS_CONVOLUTION_WEIGHT_GRADIENT_CC_
namespace ocellus {

struct WeightGradientPlan {
  ConvolutionGeometry geometry;
  int64_t pixels;         // of the whole batch
  int64_t element_block;  // filter elements of a piece
  int64_t pixel_block;    // pixels that are packed at a time
  int64_t piece_pixels;   // of a piece: a multiple of pixel_block
  // Several pieces for the same filter elements have results of their own, added up at the end.
  int64_t pixel_pieces() const { return CeilDivide(pixels, piece_pixels); }
  int64_t element_blocks() const { return CeilDivide(geometry.filter_elements(), element_block); }
  int64_t pieces() const { return geometry.groups * element_blocks() * pixel_pieces(); }
  int64_t partial_elements() const {
    return pixel_pieces() > 1 ? pixel_pieces() * geometry.weight_elements() : 0;
  }
};

// A worker's scratch memory, as offsets of floats.
struct WeightGradientScratch {
  explicit WeightGradientScratch(const WeightGradientPlan& plan)
      : patches(ImageRegionElements(plan.geometry, plan.element_block, plan.pixel_block)),
        filters(patches + plan.element_block * PackedRowStride(plan.pixel_block)),
        size(filters + kMaxTileRows * PackedRowStride(plan.pixel_block)) {}

  int64_t patches;
  int64_t filters;
  int64_t size;
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_CONVOLUTION_WEIGHT_GRADIENT_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// The size of a tile: sums that hide the latency of a multiply-add (see kTileRows), one vector for
// each column and one for the current row. 24 + 4 + 1 of 32 registers; 12 + 3 + 1 of 16, or, where
// products need a register, 8 + 4 + 1.
#if (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) || HWY_ARCH_ARM_A64
inline constexpr int kDotRows = 6;
inline constexpr int kDotColumns = 4;
#elif HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
inline constexpr int kDotRows = 4;
inline constexpr int kDotColumns = 3;
#else
inline constexpr int kDotRows = 2;
inline constexpr int kDotColumns = 4;
#endif

// Where the sums of a tile go.
struct DotOutput {
  float* to;
  int64_t row_stride;
  int64_t columns;   // that are there: 1 to kDotColumns
  bool accumulates;  // or overwrites
};

// The sums of four vectors.
#if HWY_TARGET != HWY_SCALAR
template <class V>
HWY_INLINE hn::Vec<hn::FixedTag<float, 4>> SumsOfLanes(V a, V b, V c, V e) {
  const hn::ScalableTag<float> d;
  const hn::FixedTag<float, 4> d4;
  const hn::Repartition<double, decltype(d)> pairs;
  // In each block of four lanes: a0 + a2, b0 + b2, a1 + a3, b1 + b3.
  const V ab = hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  const V ce = hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
  const auto ab2 = hn::BitCast(pairs, ab), ce2 = hn::BitCast(pairs, ce);
  // And then the sums of a, b, c and e.
  const V blocks = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab2, ce2)),
                           hn::BitCast(d, hn::InterleaveUpper(pairs, ab2, ce2)));
  HWY_ALIGN float memory[kLanes];
  hn::Store(blocks, d, memory);
  auto sum = hn::Load(d4, memory);
  for (int64_t i = 4; i < kLanes; i += 4) sum = hn::Add(sum, hn::Load(d4, memory + i));
  return sum;
}
#endif

// kRows x kColumns products of rows: rows of `a` with rows of `b`, all `stride` apart. `depth` is a
// multiple of kLanes.
template <int kRows, int kColumns>
void DotTile(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, int64_t stride,
             int64_t depth, const DotOutput& out) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kResults = 4;  // one for each column, and 0
  static_assert(kDotColumns <= kResults);
  V sums[kRows][kResults];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int c = 0; c < kResults; ++c) sums[r][c] = hn::Zero(d);
  }
  for (int64_t i = 0; i < depth; i += kLanes) {
    V columns[kColumns];
#pragma GCC unroll 4
    for (int c = 0; c < kColumns; ++c) columns[c] = hn::LoadU(d, b + c * stride + i);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V row = hn::LoadU(d, a + r * stride + i);
#pragma GCC unroll 4
      for (int c = 0; c < kColumns; ++c) sums[r][c] = hn::MulAdd(row, columns[c], sums[r][c]);
    }
  }
  HWY_ALIGN float results[kResults];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#if HWY_TARGET == HWY_SCALAR
    for (int c = 0; c < kResults; ++c) results[c] = hn::GetLane(sums[r][c]);
#else
    const hn::FixedTag<float, 4> d4;
    hn::Store(SumsOfLanes(sums[r][0], sums[r][1], sums[r][2], sums[r][3]), d4, results);
#endif
    float* HWY_RESTRICT to = out.to + r * out.row_stride;
    for (int64_t c = 0; c < out.columns; ++c) to[c] = (out.accumulates ? to[c] : 0.0f) + results[c];
  }
}

using DotFunction = void (*)(const float*, const float*, int64_t, int64_t, const DotOutput&);

// The tiles of 1, 2, ... rows.
template <int kColumns, size_t... kRow>
DotFunction ChooseDotRows(int64_t rows, std::index_sequence<kRow...>) {
  static constexpr DotFunction kTiles[] = {DotTile<static_cast<int>(kRow) + 1, kColumns>...};
  return kTiles[rows - 1];
}

HWY_INLINE DotFunction ChooseDotTile(int64_t rows, int64_t columns) {
  static_assert(kDotColumns == 3 || kDotColumns == 4);
  constexpr auto kRows = std::make_index_sequence<kDotRows>();
  if (columns == 1) return ChooseDotRows<1>(rows, kRows);
  if (columns == 2) return ChooseDotRows<2>(rows, kRows);
  if (columns == 3) return ChooseDotRows<3>(rows, kRows);
  return ChooseDotRows<kDotColumns>(rows, kRows);
}

// Fills rows up to complete vectors.
HWY_INLINE void ZeroTails(int64_t rows, int64_t size, int64_t full_size, float* HWY_RESTRICT packed,
                          int64_t stride) {
  if (size == full_size) return;
  for (int64_t r = 0; r < rows; ++r) ZeroFloats(full_size - size, packed + r * stride + size);
}

void WeightGradientPiece(const WeightGradientPlan& plan, int64_t piece, const float* input,
                         const float* d_output, float* results, bool accumulates, float* scratch) {
  const ConvolutionGeometry& g = plan.geometry;
  const int64_t block = piece % plan.element_blocks();
  const int64_t group = piece / plan.element_blocks() % g.groups;
  const int64_t pixel_piece = piece / plan.element_blocks() / g.groups;
  const int64_t filters = g.out_channels_per_group();
  const Range elements = BlockRange(g.filter_elements(), plan.element_block, block);
  const Range pixels = BlockRange(plan.pixels, plan.piece_pixels, pixel_piece);
  results += (pixel_piece * g.out_channels + group * filters) * g.filter_elements();

  ImagePatches patches(g, input + group * g.in_channels_per_group() * g.input.area(), scratch);
  const RowLanes rows{{.data = d_output + group * filters * g.output.area(),
                       .row_stride = g.output.area(),
                       .segment = g.output.area(),
                       .segment_stride = g.output_elements()}};
  const WeightGradientScratch layout(plan);
  float* const packed_patches = scratch + layout.patches;
  float* const packed_filters = scratch + layout.filters;
  const int64_t stride = PackedRowStride(plan.pixel_block);
  for (int64_t p = pixels.begin; p < pixels.end; p += plan.pixel_block) {
    const Range depth{p, std::min(p + plan.pixel_block, pixels.end)};
    const int64_t full_depth = (depth.size() + kLanes - 1) / kLanes * kLanes;
    patches.Load(elements, depth);
    patches.Pack(elements, depth, packed_patches, stride);
    ZeroTails(elements.size(), depth.size(), full_depth, packed_patches, stride);
    const int64_t tiles = (filters + kDotRows - 1) / kDotRows;
    for (int64_t t = 0; t < tiles; ++t) {
      const Range tile{filters * t / tiles, filters * (t + 1) / tiles};
      rows.PackDepthMinor(depth, tile, packed_filters, stride);
      ZeroTails(tile.size(), depth.size(), full_depth, packed_filters, stride);
      float* to = results + tile.begin * g.filter_elements() + elements.begin;
      for (int64_t k = 0; k < elements.size(); k += kDotColumns) {
        const int64_t columns = std::min<int64_t>(kDotColumns, elements.size() - k);
        ChooseDotTile(tile.size(), columns)(packed_filters, packed_patches + k * stride, stride,
                                            full_depth,
                                            {.to = to + k,
                                             .row_stride = g.filter_elements(),
                                             .columns = columns,
                                             .accumulates = accumulates || p != pixels.begin});
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(WeightGradientPiece);

namespace {

WeightGradientPlan MakeWeightGradientPlan(const ConvolutionGeometry& g, int64_t batch) {
  // 192 filter elements x 576 pixels are 442 KB of patches for the second-level cache; 6 rows of
  // filters are 14 KB and 4 filter elements 9 KB for the first. With 384 pixels, adding up the
  // vectors of sums takes 5% of the time more; 768 gain nothing (Zen 4, 2026-11).
  constexpr int64_t kMaxElements = 192;
  constexpr int64_t kMaxPartialElements = 1 << 19;
  const int64_t elements = g.filter_elements();
  const int64_t blocks = CeilDivide(elements, kMaxElements);
  WeightGradientPlan plan{.geometry = g,
                          .pixels = batch * g.output.area(),
                          .element_block = RoundUp(CeilDivide(elements, blocks), 4),
                          .pixel_block = 0,
                          .piece_pixels = 0};
  const int64_t pixel_blocks = CeilDivide(plan.pixels, kMaxPatchPixels);
  plan.pixel_block = RoundUp(CeilDivide(plan.pixels, pixel_blocks), 16);
  const int64_t wanted = CeilDivide(kEnoughPieces, g.groups * blocks);
  const int64_t affordable = kMaxPartialElements / g.weight_elements();
  const int64_t pieces = std::clamp<int64_t>(std::min(wanted, affordable), 1,
                                             CeilDivide(plan.pixels, plan.pixel_block));
  plan.piece_pixels =
      CeilDivide(CeilDivide(plan.pixels, plan.pixel_block), pieces) * plan.pixel_block;
  return plan;
}

int64_t ScratchBytes(const WeightGradientPlan& plan, int threads) {
  return WorkerScratchBytes(WeightGradientScratch(plan).size, plan.partial_elements(), threads);
}

}  // namespace

int64_t WeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                   int threads) {
  int64_t bytes = 0;
  for (int64_t n = 1; n <= batch; ++n) {
    bytes = std::max(bytes, ScratchBytes(MakeWeightGradientPlan(geometry, n), threads));
  }
  return bytes;
}

void AccumulateWeightGradient(const ConvolutionGeometry& geometry, TensorView<const float> input,
                              TensorView<const float> d_output, TensorView<float> d_weights,
                              const KernelContext& context) {
  const WeightGradientPlan plan = MakeWeightGradientPlan(geometry, input.shape()[0]);
  const WorkerScratch scratch(context, WeightGradientScratch(plan).size, plan.partial_elements());
  const bool is_partial = plan.pixel_pieces() > 1;
  float* const results = is_partial ? scratch.shared() : d_weights.data();
  context.pool.ParallelFor(plan.pieces(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(WeightGradientPiece)
    (plan, piece, input.data(), d_output.data(), results, /*accumulates=*/!is_partial,
     scratch.of_worker(worker));
  });
  if (!is_partial) return;
  AddPartialSums(results, plan.pixel_pieces(), d_weights.span(), context.pool);
}

}  // namespace ocellus
#endif  // HWY_ONCE
