// A piece of work is a sample. The winners are sorted by their pixels; for each pixel, its winners'
// filters are added up in registers, as the column that col2im would add to the image, and then
// added to the image with its padding. Gradients that are zero (of what ReLU has cut off: about
// half of them) are left out.
//
// A row of a filter is a vector of 8, of which FW are wanted; the others are zero. So a filter that
// is loaded from j floats before its beginning is one that lies j columns further right, and the
// columns of neighbours (4 if FW is 5) are added up together.
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

#include "ocellus/kernels/copies-inl.h"
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

  // Pixels beside each other whose columns are added up together.
  int64_t group_pixels() const {
    return (kWinnersFilterRow - geometry.window.size.w) / geometry.window.stride.w + 1;
  }
  int64_t row_groups() const { return CeilDivide(geometry.output.w, group_pixels()); }
  int64_t groups() const { return geometry.output.h * row_groups(); }
  int64_t filter_rows() const { return geometry.in_channels * geometry.window.size.h; }
  // Floats of a filter whose rows take kWinnersFilterRow floats each.
  int64_t column_elements() const { return RoundUp(filter_rows() * kWinnersFilterRow, 16); }
  // Behind zeros that a filter may be loaded from.
  int64_t filters_elements() const {
    return kWinnersFilterRow + geometry.out_channels * column_elements();
  }
  int64_t shared_elements() const {
    return filters_elements() + filter_rows() + 2 * geometry.output.area();
  }
};

// What all samples share.
struct WinnersInputTables {
  const float* filters;    // the first; rows of kWinnersFilterRow floats
  const int32_t* offsets;  // where rows of filters begin in the image
  const int32_t* groups;   // of pixels
  const int32_t* shifts;   // how many columns a pixel's filter lies right of its group's
};

// A worker's scratch memory, as offsets of floats.
struct WinnersInputScratch {
  explicit WinnersInputScratch(const WinnersInputPlan& plan)
      : column(PaddedImageElements(plan.geometry, plan.geometry.output.h)),
        ends(column + plan.column_elements()),
        winners(RoundUp(ends + plan.groups(), 2)),
        size(winners + 2 * plan.geometry.out_channels * plan.pooled) {}

  int64_t column;   // of a group of pixels; before it the image
  int64_t ends;     // int32_t: for each group, the end of its winners
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

// Sorts the winners of a sample by their groups: those of group g end at ends[g], and begin where
// those of g - 1 end.
HWY_INLINE void SortWinners(const WinnersInputPlan& plan, const WinnersInputTables& tables,
                            const float* HWY_RESTRICT d_pooled, const int32_t* HWY_RESTRICT winners,
                            int32_t* HWY_RESTRICT ends, Winner* HWY_RESTRICT sorted) {
  const int64_t count = plan.geometry.out_channels * plan.pooled;
  std::fill_n(ends, plan.groups(), 0);
  for (int64_t i = 0; i < count; ++i) {
    ends[tables.groups[winners[i]]] += d_pooled[i] != 0.0f ? 1 : 0;
  }
  int32_t before = 0;
  for (int64_t g = 0; g < plan.groups(); ++g) {  // now the beginnings
    const int32_t here = ends[g];
    ends[g] = before;
    before += here;
  }
  const auto stride = static_cast<int32_t>(plan.column_elements());
  for (int64_t f = 0, i = 0; f < plan.geometry.out_channels; ++f) {
    for (const int64_t end = i + plan.pooled; i < end; ++i) {
      if (d_pooled[i] == 0.0f) continue;
      const int32_t pixel = winners[i];
      sorted[ends[tables.groups[pixel]]++] = {
          d_pooled[i], static_cast<int32_t>(f) * stride - tables.shifts[pixel]};
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

void WinnersInputPiece(const WinnersInputPlan& plan, const float* d_pooled, const int32_t* winners,
                       const WinnersInputTables& tables, float* d_input, float* scratch) {
  static constexpr decltype(&AddFilters<1>) kAddFilters[kMaxColumnVectors] = {
      AddFilters<1>, AddFilters<2>, AddFilters<3>, AddFilters<4>,
      AddFilters<5>, AddFilters<6>, AddFilters<7>, AddFilters<8>};
  const ConvolutionGeometry& g = plan.geometry;
  const WinnersInputScratch layout(plan);
  float* const image = scratch;
  float* const column = scratch + layout.column;
  auto* const ends = reinterpret_cast<int32_t*>(scratch + layout.ends);
  auto* const sorted = reinterpret_cast<Winner*>(scratch + layout.winners);
  SortWinners(plan, tables, d_pooled, winners, ends, sorted);
  ZeroFloats(layout.column, image);

  const hn::CappedTag<float, kWinnersFilterRow> d;
  constexpr auto kRowLanes = static_cast<int64_t>(hn::MaxLanes(d));
  const int64_t vectors = CeilDivide(plan.filter_rows() * kWinnersFilterRow, kLanes);
  const int64_t width = PaddedImageWidth(g);
  // Down the columns: what has just been stored is then loaded at the same place, not beside it,
  // where it would have to arrive in the cache first.
  for (int64_t x = 0; x < plan.row_groups(); ++x) {
    for (int64_t y = 0; y < g.output.h; ++y) {
      const int64_t group = y * plan.row_groups() + x;
      const int32_t begin = group == 0 ? 0 : ends[group - 1];
      if (begin == ends[group]) continue;
      for (int64_t v = 0; v < vectors; v += kMaxColumnVectors) {
        kAddFilters[std::min<int64_t>(kMaxColumnVectors, vectors - v) - 1](
            tables.filters + v * kLanes, sorted + begin, ends[group] - begin, column + v * kLanes);
      }
      float* const corner =
          image + y * g.window.stride.h * width + x * plan.group_pixels() * g.window.stride.w;
      for (int64_t row = 0; row < plan.filter_rows(); ++row) {
        for (int64_t i = 0; i < kWinnersFilterRow; i += kRowLanes) {
          float* const to = corner + tables.offsets[row] + i;
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
  float* const filters = scratch.shared() + kWinnersFilterRow;
  std::fill_n(scratch.shared(), plan.filters_elements(), 0.0f);
  for (int64_t f = 0; f < g.out_channels; ++f) {
    for (int64_t row = 0; row < plan.filter_rows(); ++row) {
      std::copy_n(weights.data() + (f * plan.filter_rows() + row) * g.window.size.w,
                  g.window.size.w, filters + f * plan.column_elements() + row * kWinnersFilterRow);
    }
  }
  auto* const offsets = reinterpret_cast<int32_t*>(scratch.shared() + plan.filters_elements());
  WriteFilterRowOffsets(g, offsets);
  int32_t* const groups = offsets + plan.filter_rows();
  int32_t* const shifts = groups + g.output.area();
  for (int64_t i = 0; i < g.output.area(); ++i) {
    const int64_t y = i / g.output.w, x = i % g.output.w;
    groups[i] = static_cast<int32_t>(y * plan.row_groups() + x / plan.group_pixels());
    shifts[i] = static_cast<int32_t>(x % plan.group_pixels() * g.window.stride.w);
  }
  const WinnersInputTables tables{filters, offsets, groups, shifts};
  context.pool.ParallelFor(batch, [&](int64_t n, int worker) {
    HWY_DYNAMIC_DISPATCH(WinnersInputPiece)
    (plan, d_pooled.Sample(n).data(), winners.data() + n * g.out_channels * pooled, tables,
     d_input.Sample(n).data(), scratch.of_worker(worker));
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
