// A piece of work is some samples. The image of each is copied with its padding; then each row of
// each filter is a vector of sums, to which rows of the winners' patches are added as they lie in
// the image. What did not help: 10 rows at a time, whose addresses do not all fit into registers,
// for 5 rows a second winner with sums of its own (within 2%, either way), and summing up the
// gradients of the biases in passing (SimpleConvNet's conv1: 15% slower than a pass of their own).
#include "ocellus/kernels/winners_gradient.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/padded_image.h"
#include "ocellus/kernels/worker_scratch.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/winners_gradient.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/copies-inl.h"
#include "ocellus/kernels/elementwise-inl.h"
#include "ocellus/kernels/padded_image-inl.h"

#ifndef OCELLUS_KERNELS_WINNERS_GRADIENT_CC_
#define OCELLUS_KERNELS_WINNERS_GRADIENT_CC_
namespace ocellus {

struct WinnersPlan {
  ConvolutionGeometry geometry;
  int64_t batch;
  int64_t samples;  // of a piece
  int64_t pooled;   // elements of a map behind the pooling

  int64_t pieces() const { return CeilDivide(batch, samples); }
  int64_t filter_rows() const { return geometry.in_channels * geometry.window.size.h; }
  int64_t sums_elements() const {
    return geometry.out_channels * filter_rows() * kWinnersFilterRow;
  }

  // A worker's scratch memory, in floats: an image with its padding, then a list of gradients and
  // one of pixels.
  int64_t image_elements() const { return PaddedImageElements(geometry, geometry.output.h); }
  int64_t list_elements() const { return RoundUp(pooled, 16); }
  int64_t scratch_elements() const { return image_elements() + 2 * list_elements(); }
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_WINNERS_GRADIENT_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// Rows of a filter whose sums are in registers at a time.
inline constexpr int kMaxRows = 6;

// Adds to the sums of kRows rows of one filter, which begin `offsets` behind the pixel's element:
// pixels[winners[i]] or, of a list of pixels, winners[i] itself.
template <int kRows, bool kListed>
void AddWinners(const float* HWY_RESTRICT image, const int32_t* HWY_RESTRICT pixels,
                const int32_t* HWY_RESTRICT offsets, const float* HWY_RESTRICT d_pooled,
                const int32_t* HWY_RESTRICT winners, int64_t count, float* HWY_RESTRICT sums) {
  const hn::CappedTag<float, kWinnersFilterRow> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto kRowLanes = static_cast<int64_t>(hn::MaxLanes(d));
  constexpr int kVectors = kWinnersFilterRow / kRowLanes;
  const float* rows[kRows];
  V sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    rows[r] = image + offsets[r];
    for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = hn::LoadU(d, sums + r * kWinnersFilterRow + v * kRowLanes);
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    const V gradient = hn::Set(d, d_pooled[i]);
    const int64_t pixel = kListed ? winners[i] : pixels[winners[i]];
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kVectors; ++v) {
        const V seen = hn::LoadU(d, rows[r] + pixel + v * kRowLanes);
        sum[r][v] = hn::MulAdd(gradient, seen, sum[r][v]);
      }
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      hn::StoreU(sum[r][v], d, sums + r * kWinnersFilterRow + v * kRowLanes);
    }
  }
}

// AddWinners for 1 to kMaxRows rows.
template <bool kListed, size_t... kRow>
constexpr auto AddWinnersFunctions(std::index_sequence<kRow...>) {
  return std::array{AddWinners<static_cast<int>(kRow) + 1, kListed>...};
}

// Writes gradients that are not zero (half of them, behind ReLU) and the pixels of their winners.
// Returns how many there are; what is behind them, up to `count`, is arbitrary then.
HWY_INLINE int64_t ListWinners(const float* HWY_RESTRICT d_pooled,
                               const int32_t* HWY_RESTRICT winners, int64_t count,
                               const int32_t* HWY_RESTRICT pixels, float* HWY_RESTRICT gradients,
                               int32_t* HWY_RESTRICT listed) {
  int64_t found = 0;
  ForEachVector(0, count, [&](auto d, int64_t i) HWY_ATTR {
    const hn::RebindToSigned<decltype(d)> di;
    const auto gradient = hn::LoadU(d, d_pooled + i);
    const auto pixel = hn::GatherIndex(di, pixels, hn::LoadU(di, winners + i));
    const auto counts = hn::Not(hn::Eq(gradient, hn::Zero(d)));  // as NaN does; Ne is ordered
    hn::StoreU(hn::Compress(gradient, counts), d, gradients + found);
    hn::StoreU(hn::Compress(pixel, hn::RebindMask(di, counts)), di, listed + found);
    found += static_cast<int64_t>(hn::CountTrue(d, counts));
  });
  return found;
}

// `pixels` is where output pixels begin in the padded image, `offsets` where filter rows begin.
void WinnersPiece(const WinnersPlan& plan, int64_t piece, const float* input, const float* d_pooled,
                  const int32_t* winners, const int32_t* pixels, const int32_t* offsets,
                  float* sums, float* scratch) {
  static constexpr auto kRows = std::make_index_sequence<kMaxRows>();
  static constexpr auto kAdd = AddWinnersFunctions<false>(kRows);
  static constexpr auto kAddListed = AddWinnersFunctions<true>(kRows);
  const ConvolutionGeometry& g = plan.geometry;
  const Range samples = BlockRange(plan.batch, plan.samples, piece);
  float* const image = scratch;
  float* const gradients = image + plan.image_elements();
  auto* const listed = reinterpret_cast<int32_t*>(gradients + plan.list_elements());
  // For rows that are done all at once it takes longer to make the list than it saves.
  const bool lists = plan.filter_rows() > kMaxRows;
  ZeroFloats(plan.sums_elements(), sums);
  for (int64_t n = samples.begin; n < samples.end; ++n) {
    CopyPaddedImage(g, {0, g.output.h}, input + n * g.input_elements(), image);
    for (int64_t f = 0; f < g.out_channels; ++f) {
      const int64_t map = (n * g.out_channels + f) * plan.pooled;
      const float* map_gradients = d_pooled + map;
      const int32_t* map_winners = winners + map;
      int64_t count = plan.pooled;
      if (lists) {
        count = ListWinners(map_gradients, map_winners, count, pixels, gradients, listed);
        map_gradients = gradients;
        map_winners = listed;
      }
      for (int64_t row = 0; row < plan.filter_rows(); row += kMaxRows) {
        const auto rows =
            static_cast<size_t>(std::min<int64_t>(kMaxRows, plan.filter_rows() - row));
        (lists ? kAddListed : kAdd)[rows - 1](
            image, pixels, offsets + row, map_gradients, map_winners, count,
            sums + (f * plan.filter_rows() + row) * kWinnersFilterRow);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(WinnersPiece);

namespace {

// Scratch memory that all workers share, in floats: sums of all pieces, and the two tables.
int64_t SharedElements(const ConvolutionGeometry& g, int64_t pieces) {
  const WinnersPlan plan{.geometry = g, .batch = 0, .samples = 0, .pooled = 0};
  return pieces * plan.sums_elements() + g.output.area() + plan.filter_rows();
}

int64_t MaxPieces(int64_t batch) { return std::min(batch, kEnoughPieces); }

}  // namespace

bool CanSumOverWinners(const ConvolutionGeometry& geometry) {
  // Each piece of work has sums of its own, in the second-level cache.
  constexpr int64_t kMaxSums = 1 << 13;
  const int64_t sums = geometry.out_channels * geometry.in_channels * geometry.window.size.h;
  return geometry.groups == 1 && geometry.window.size.w <= kWinnersFilterRow &&
         geometry.window.dilation.w == 1 && sums * kWinnersFilterRow <= kMaxSums;
}

bool IsSumOverWinnersFaster(const ConvolutionGeometry& geometry, int64_t pooled) {
  // For one row of a filter: vectors for each winner, against 16 pixels in a vector for each of its
  // elements, which were measured to run at 60% of the peak.
  const int64_t pixels = geometry.output.area();
  return CanSumOverWinners(geometry) && 8 * pooled <= pixels * geometry.window.size.w;
}

int64_t CheckWinners(const ConvolutionGeometry& g, int64_t batch, TensorView<const float> d_pooled,
                     std::span<const int32_t> winners) {
  const int64_t pooled = d_pooled.elements() / (batch * g.out_channels);
  OCELLUS_CHECK(d_pooled.shape()[0] == batch && d_pooled.shape()[1] == g.out_channels &&
                    static_cast<int64_t>(winners.size()) == d_pooled.elements(),
                "d_pooled {} and {} winners do not fit {} samples of {} maps",
                d_pooled.shape().ToString(), winners.size(), batch, g.out_channels);
  return pooled;
}

void WriteFilterRowOffsets(const ConvolutionGeometry& g, int32_t* offsets) {
  const int64_t width = PaddedImageWidth(g), height = PaddedImageRows(g, g.output.h);
  for (int64_t row = 0; row < g.in_channels * g.window.size.h; ++row) {
    const int64_t c = row / g.window.size.h, ky = row % g.window.size.h;
    offsets[row] = static_cast<int32_t>((c * height + ky * g.window.dilation.h) * width);
  }
}

int64_t WinnersWeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t pooled,
                                          int64_t batch, int threads) {
  const WinnersPlan plan{.geometry = geometry, .batch = batch, .samples = batch, .pooled = pooled};
  return WorkerScratchBytes(plan.scratch_elements(), SharedElements(geometry, MaxPieces(batch)),
                            threads);
}

void AccumulateWinnersWeightGradient(const ConvolutionGeometry& geometry,
                                     TensorView<const float> input,
                                     TensorView<const float> d_pooled,
                                     std::span<const int32_t> winners, TensorView<float> d_weights,
                                     const KernelContext& context) {
  const ConvolutionGeometry& g = geometry;
  const int64_t batch = input.shape()[0];
  OCELLUS_CHECK(CanSumOverWinners(g), "convolution not suited to a sum over winners");
  CheckShape("input", input.shape(), InputShape(g, batch));
  CheckShape("d_weights", d_weights.shape(), WeightShape(g));
  const int64_t pooled = CheckWinners(g, batch, d_pooled, winners);
  const WinnersPlan plan{.geometry = g,
                         .batch = batch,
                         .samples = CeilDivide(batch, MaxPieces(batch)),
                         .pooled = pooled};
  const WorkerScratch scratch(context, plan.scratch_elements(),
                              SharedElements(g, MaxPieces(batch)));
  const int64_t width = PaddedImageWidth(g);
  float* const sums = scratch.shared();
  auto* const pixels = reinterpret_cast<int32_t*>(sums + plan.pieces() * plan.sums_elements());
  for (int64_t i = 0; i < g.output.area(); ++i) {
    pixels[i] = static_cast<int32_t>(i / g.output.w * g.window.stride.h * width +
                                     i % g.output.w * g.window.stride.w);
  }
  int32_t* const offsets = pixels + g.output.area();
  WriteFilterRowOffsets(g, offsets);
  context.pool.ParallelFor(plan.pieces(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(WinnersPiece)
    (plan, piece, input.data(), d_pooled.data(), winners.data(), pixels, offsets,
     sums + piece * plan.sums_elements(), scratch.of_worker(worker));
  });
  context.pool.ParallelFor(g.out_channels, [&](int64_t f, int) {
    for (int64_t row = 0; row < plan.filter_rows(); ++row) {
      float* to = d_weights.data() + (f * plan.filter_rows() + row) * g.window.size.w;
      const float* from = sums + (f * plan.filter_rows() + row) * kWinnersFilterRow;
      for (int64_t piece = 0; piece < plan.pieces(); ++piece, from += plan.sums_elements()) {
        for (int64_t kx = 0; kx < g.window.size.w; ++kx) to[kx] += from[kx];
      }
    }
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
