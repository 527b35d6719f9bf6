// A piece of work is a sample. The winners are sorted by their pixels; for each pixel, its winners'
// filters are added up in registers, as the column that col2im would add to the image, and then
// added to the image with its padding. Gradients that are zero (of what ReLU has cut off: about
// half of them) are left out.
#include "ocellus/kernels/winners_input_gradient.h"

#include <algorithm>

#include "ocellus/base/check.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/padded_image.h"
#include "ocellus/kernels/winners_gradient.h"
#include "ocellus/kernels/worker_scratch.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/winners_input_gradient.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/matrix_product-inl.h"
#include "ocellus/kernels/padded_image-inl.h"

#ifndef OCELLUS_KERNELS_WINNERS_INPUT_GRADIENT_CC_
#define OCELLUS_KERNELS_WINNERS_INPUT_GRADIENT_CC_
namespace ocellus {

// A winner: its gradient, and where its filter begins.
struct Winner {
  float gradient;
  int32_t filter;
};

struct WinnersInputPlan {
  ConvolutionGeometry geometry;
  int64_t pooled;  // elements of a map behind the pooling

  int64_t pixels() const { return geometry.output.area(); }
  int64_t filter_rows() const { return geometry.in_channels * geometry.window.size.h; }
  // Floats of a filter whose rows take kWinnersFilterRow floats each.
  int64_t column_elements() const { return RoundUp(filter_rows() * kWinnersFilterRow, 16); }
  int64_t shared_elements() const {
    return geometry.out_channels * column_elements() + filter_rows();
  }
};

// A worker's scratch memory, as offsets of floats.
struct WinnersInputScratch {
  explicit WinnersInputScratch(const WinnersInputPlan& plan)
      : column(PaddedImageElements(plan.geometry, plan.geometry.output.h)),
        ends(column + plan.column_elements()),
        winners(RoundUp(ends + plan.pixels(), 2)),
        size(winners + 2 * plan.geometry.out_channels * plan.pooled) {}

  int64_t column;   // of a pixel; before it the image
  int64_t ends;     // int32_t: for each pixel, the end of its winners
  int64_t winners;  // sorted
  int64_t size;
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_WINNERS_INPUT_GRADIENT_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// Vectors of a column whose sums are in registers at a time: as many as hide the latency of a
// multiply-add.
inline constexpr int kMaxColumnVectors = 8;

// kVectors of the sum of some winners' filters.
template <int kVectors>
void AddFilters(const float* HWY_RESTRICT filters, const Winner* HWY_RESTRICT winners,
                int64_t count, float* HWY_RESTRICT column) {
  const hn::ScalableTag<float> d;
  hn::Vec<decltype(d)> sums[kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  for (int64_t i = 0; i < count; ++i) {
    const auto gradient = hn::Set(d, winners[i].gradient);
    const float* filter = filters + winners[i].filter;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      sums[v] = hn::MulAdd(gradient, hn::LoadU(d, filter + v * kLanes), sums[v]);
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) hn::Store(sums[v], d, column + v * kLanes);
}

// Sorts the winners of a sample by their pixels: those of pixel p end at ends[p], and begin where
// those of p - 1 end.
HWY_INLINE void SortWinners(const WinnersInputPlan& plan, const float* HWY_RESTRICT d_pooled,
                            const int32_t* HWY_RESTRICT winners, int32_t* HWY_RESTRICT ends,
                            Winner* HWY_RESTRICT sorted) {
  const int64_t count = plan.geometry.out_channels * plan.pooled;
  std::fill_n(ends, plan.pixels(), 0);
  for (int64_t i = 0; i < count; ++i) ends[winners[i]] += d_pooled[i] != 0.0f ? 1 : 0;
  int32_t before = 0;
  for (int64_t p = 0; p < plan.pixels(); ++p) {  // now the beginnings
    const int32_t here = ends[p];
    ends[p] = before;
    before += here;
  }
  const auto stride = static_cast<int32_t>(plan.column_elements());
  for (int64_t f = 0, i = 0; f < plan.geometry.out_channels; ++f) {
    for (const int64_t end = i + plan.pooled; i < end; ++i) {
      if (d_pooled[i] == 0.0f) continue;
      sorted[ends[winners[i]]++] = {d_pooled[i], static_cast<int32_t>(f) * stride};
    }
  }
}

// The inside of an image with its padding; zero where no window has seen it.
HWY_INLINE void CopyInside(const ConvolutionGeometry& g, const float* HWY_RESTRICT image,
                           float* HWY_RESTRICT to) {
  const int64_t width = PaddedImageWidth(g), height = PaddedImageRows(g, g.output.h);
  const Extent padding = g.window.padding;
  const int64_t seen = std::clamp<int64_t>(width - padding.w, 0, g.input.w);
  for (int64_t c = 0; c < g.in_channels; ++c, image += height * width) {
    for (int64_t y = 0; y < g.input.h; ++y, to += g.input.w) {
      if (y + padding.h >= height) {
        ZeroFloats(g.input.w, to);
        continue;
      }
      CopyFloats(image + (y + padding.h) * width + padding.w, seen, to);
      ZeroFloats(g.input.w - seen, to + seen);
    }
  }
}

// `filters` have rows of kWinnersFilterRow floats; `offsets` is where these begin in the image.
void WinnersInputPiece(const WinnersInputPlan& plan, const float* d_pooled, const int32_t* winners,
                       const float* filters, const int32_t* offsets, float* d_input,
                       float* scratch) {
  static constexpr decltype(&AddFilters<1>) kAddFilters[kMaxColumnVectors] = {
      AddFilters<1>, AddFilters<2>, AddFilters<3>, AddFilters<4>,
      AddFilters<5>, AddFilters<6>, AddFilters<7>, AddFilters<8>};
  const ConvolutionGeometry& g = plan.geometry;
  const WinnersInputScratch layout(plan);
  float* const image = scratch;
  float* const column = scratch + layout.column;
  auto* const ends = reinterpret_cast<int32_t*>(scratch + layout.ends);
  auto* const sorted = reinterpret_cast<Winner*>(scratch + layout.winners);
  SortWinners(plan, d_pooled, winners, ends, sorted);
  ZeroFloats(layout.column, image);

  const hn::CappedTag<float, kWinnersFilterRow> d;
  constexpr auto kRowLanes = static_cast<int64_t>(hn::MaxLanes(d));
  const int64_t vectors = CeilDivide(plan.filter_rows() * kWinnersFilterRow, kLanes);
  const int64_t width = PaddedImageWidth(g);
  // Down the columns: what has just been stored is then loaded at the same place, not beside it,
  // where it would have to arrive in the cache first.
  for (int64_t x = 0; x < g.output.w; ++x) {
    for (int64_t y = 0; y < g.output.h; ++y) {
      const int64_t pixel = y * g.output.w + x;
      const int32_t begin = pixel == 0 ? 0 : ends[pixel - 1];
      if (begin == ends[pixel]) continue;
      for (int64_t v = 0; v < vectors; v += kMaxColumnVectors) {
        kAddFilters[std::min<int64_t>(kMaxColumnVectors, vectors - v) - 1](
            filters + v * kLanes, sorted + begin, ends[pixel] - begin, column + v * kLanes);
      }
      float* const corner = image + y * g.window.stride.h * width + x * g.window.stride.w;
      for (int64_t row = 0; row < plan.filter_rows(); ++row) {
        for (int64_t i = 0; i < kWinnersFilterRow; i += kRowLanes) {
          float* const to = corner + offsets[row] + i;
          const auto sum =
              hn::Add(hn::LoadU(d, to), hn::LoadU(d, column + row * kWinnersFilterRow + i));
          hn::StoreU(sum, d, to);
        }
      }
    }
  }
  CopyInside(g, image, d_input);
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(WinnersInputPiece);

int64_t WinnersInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t pooled,
                                         int threads) {
  const WinnersInputPlan plan{geometry, pooled};
  return WorkerScratchBytes(WinnersInputScratch(plan).size, plan.shared_elements(), threads);
}

void WinnersInputGradient(const ConvolutionGeometry& g, TensorView<const float> d_pooled,
                          std::span<const int32_t> winners, TensorView<const float> weights,
                          TensorView<float> d_input, const KernelContext& context) {
  const int64_t batch = d_input.shape()[0];
  OCELLUS_CHECK(CanSumOverWinners(g), "convolution not suited to a sum over winners");
  CheckShape("d_input", d_input.shape(), InputShape(g, batch));
  CheckShape("weights", weights.shape(), WeightShape(g));
  const int64_t pooled = CheckWinners(g, batch, d_pooled, winners);
  const WinnersInputPlan plan{g, pooled};
  const WorkerScratch scratch(context, WinnersInputScratch(plan).size, plan.shared_elements());
  float* const filters = scratch.shared();
  std::fill_n(filters, g.out_channels * plan.column_elements(), 0.0f);
  for (int64_t f = 0; f < g.out_channels; ++f) {
    for (int64_t row = 0; row < plan.filter_rows(); ++row) {
      std::copy_n(weights.data() + (f * plan.filter_rows() + row) * g.window.size.w,
                  g.window.size.w, filters + f * plan.column_elements() + row * kWinnersFilterRow);
    }
  }
  auto* const offsets =
      reinterpret_cast<int32_t*>(filters + g.out_channels * plan.column_elements());
  WriteFilterRowOffsets(g, offsets);
  context.pool.ParallelFor(batch, [&](int64_t n, int worker) {
    HWY_DYNAMIC_DISPATCH(WinnersInputPiece)
    (plan, d_pooled.Sample(n).data(), winners.data() + n * g.out_channels * pooled, filters,
     offsets, d_input.Sample(n).data(), scratch.of_worker(worker));
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
