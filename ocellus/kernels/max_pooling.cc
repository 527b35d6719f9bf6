// Max pooling, one plane (image and channel) at a time: vectors of outputs where their windows lie
// inside the image from left to right, single outputs elsewhere. The gradient is scattered to where
// the maxima were. The window of most networks, 2 x 2 in steps of 2 over an even image, has paths
// of its own: forward more than twice as fast as the general one, even if that one's sizes and
// strides are constants (AMD Zen 4). The general one is 4 times as fast as single outputs.
#include "ocellus/kernels/max_pooling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ocellus/base/checked_math.h"
#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/max_pooling.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

#ifndef OCELLUS_KERNELS_MAX_POOLING_CC_
#define OCELLUS_KERNELS_MAX_POOLING_CC_
namespace ocellus {

// A part of one axis.
struct PoolingRange {
  int64_t begin;
  int64_t end;
};

// Whether each input element is in exactly one 2 x 2 window.
inline bool Is2x2(const PoolingGeometry& g) {
  return g.window.size == Extent(2) && g.window.stride == Extent(2) &&
         g.window.padding == Extent(0) && g.window.dilation == Extent(1) &&
         g.input.h == 2 * g.output.h && g.input.w == 2 * g.output.w;
}

// The columns of the output that are computed in vectors. Their windows lie inside the image from
// left to right; and what a vector reads beyond them with stride 2 does too (see PoolVector).
inline PoolingRange VectorColumns(const PoolingGeometry& g) {
  const Window& w = g.window;
  const bool known = w.dilation.w == 1 && (w.stride.w == 1 || (w.stride.w == 2 && w.size.w >= 2));
  if (!known) return {0, 0};
  const int64_t begin = CeilDivide(w.padding.w, w.stride.w);
  const int64_t end = (g.input.w + w.padding.w - w.size.w) / w.stride.w + 1;
  if (g.input.w + w.padding.w < w.size.w || end <= begin) return {0, 0};
  return {std::min(begin, g.output.w), std::min(end, g.output.w)};
}

// The rows ky of the window of output row oy that are inside the image.
inline PoolingRange InsideRows(const PoolingGeometry& g, int64_t oy) {
  const Window& w = g.window;
  const int64_t top = oy * w.stride.h - w.padding.h;  // of ky = 0
  // Nearly always; and divisions take long beside a short row.
  if (top >= 0 && top + (w.size.h - 1) * w.dilation.h < g.input.h) return {0, w.size.h};
  const int64_t begin = top >= 0 ? 0 : CeilDivide(-top, w.dilation.h);
  const int64_t end = std::min(w.size.h, CeilDivide(g.input.h - top, w.dilation.h));
  return {begin, end};
}

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_MAX_POOLING_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// Where `value` wins against what is best so far: larger, or the first NaN.
template <typename V>
HWY_INLINE auto Wins(V value, V best) {
  return hn::And(hn::Not(hn::Le(value, best)), hn::Eq(best, best));
}

template <typename V>
HWY_INLINE V Activate(bool relu, V value) {
  const hn::DFromV<V> d;
  return relu ? hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value) : value;
}

template <bool kKeepWinners>
HWY_INLINE void Forward2x2Plane(const float* HWY_RESTRICT input, int64_t height, int64_t width,
                                bool relu, float* HWY_RESTRICT output,
                                int32_t* HWY_RESTRICT winners) {
  const int64_t output_width = width / 2, outputs = height / 2 * output_width;
  for (int64_t row = 0; row < outputs; row += output_width) {
    ForEachRowVector(output_width, outputs - row - output_width, [&](auto d, int64_t ox) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> di;
      const int64_t first = 4 * row + 2 * ox;
      const float* top = input + first;
      const float* bottom = top + width;
      hn::Vec<decltype(d)> corner[4];
      hn::LoadInterleaved2(d, top, corner[0], corner[1]);
      hn::LoadInterleaved2(d, bottom, corner[2], corner[3]);
      const int32_t offset[4] = {0, 1, static_cast<int32_t>(width),
                                 static_cast<int32_t>(width) + 1};
      const auto iota = hn::Iota(di, 0);
      const auto corners = hn::Add(hn::Set(di, static_cast<int32_t>(first)), hn::Add(iota, iota));
      auto best = corner[0];
      auto winner = corners;
      for (int k = 1; k < 4; ++k) {
        const auto wins = Wins(corner[k], best);
        best = hn::IfThenElse(wins, corner[k], best);
        if constexpr (kKeepWinners) {
          winner = hn::IfThenElse(hn::RebindMask(di, wins),
                                  hn::Add(corners, hn::Set(di, offset[k])), winner);
        }
      }
      hn::StoreU(Activate(relu, best), d, output + row + ox);
      if constexpr (kKeepWinners) hn::StoreU(winner, di, winners + row + ox);
    });
  }
}

// The best so far of each window of a vector of them, and where it is. Starts with minus infinity
// at the first element, against which everything wins but minus infinity itself.
template <bool kKeepWinners, class D>
struct Champions {
  using DI = hn::RebindToSigned<D>;
  hn::Vec<D> best;
  hn::Vec<DI> winner;

  // Takes the challenger if it is larger, or the first NaN.
  HWY_INLINE void Challenge(hn::Vec<D> value, hn::Vec<DI> first, int64_t offset) {
    const DI di;
    const auto wins = Wins(value, best);
    best = hn::IfThenElse(wins, value, best);
    if constexpr (kKeepWinners) {
      const auto place = hn::Add(first, hn::Set(di, static_cast<int32_t>(offset)));
      winner = hn::IfThenElse(hn::RebindMask(di, wins), place, winner);
    }
  }
};

// Outputs ox, ox + 1, ... of row oy, one in each lane.
template <bool kKeepWinners, class D>
HWY_INLINE void PoolVector(D d, const PoolingGeometry& g, PoolingRange rows, int64_t oy, int64_t ox,
                           const float* HWY_RESTRICT plane, bool relu, float* HWY_RESTRICT output,
                           int32_t* HWY_RESTRICT winners) {
  const hn::RebindToSigned<D> di;
  const Window& w = g.window;
  const int64_t ix = ox * w.stride.w - w.padding.w;
  const int64_t top = oy * w.stride.h - w.padding.h;
  // Where the first lane's window would begin if it had no rows outside the image; lanes are a
  // stride apart.
  const auto stride = hn::Set(di, static_cast<int32_t>(w.stride.w));
  const auto first = hn::Add(hn::Set(di, static_cast<int32_t>(top * g.input.w + ix)),
                             hn::Mul(hn::Iota(di, 0), stride));
  Champions<kKeepWinners, D> champions;
  champions.best = hn::Set(d, -std::numeric_limits<float>::infinity());
  const int64_t step = w.dilation.h * g.input.w;
  champions.winner = hn::Add(first, hn::Set(di, static_cast<int32_t>(rows.begin * step)));
  for (int64_t ky = rows.begin; ky < rows.end; ++ky) {
    const float* HWY_RESTRICT row = plane + (top * g.input.w + ky * step) + ix;
    if (w.stride.w == 1) {
      for (int64_t kx = 0; kx < w.size.w; ++kx) {
        champions.Challenge(hn::LoadU(d, row + kx), first, ky * step + kx);
      }
      continue;
    }
    // Stride 2: columns kx and kx + 1 of all windows are one row of the image.
    hn::Vec<D> even, odd;
    int64_t kx = 0;
    for (; kx + 2 <= w.size.w; kx += 2) {
      hn::LoadInterleaved2(d, row + kx, even, odd);
      champions.Challenge(even, first, ky * step + kx);
      champions.Challenge(odd, first, ky * step + kx + 1);
    }
    if (kx < w.size.w) {  // together with the column before it, to stay inside the last window
      hn::LoadInterleaved2(d, row + kx - 1, even, odd);
      champions.Challenge(odd, first, ky * step + kx);
    }
  }
  hn::StoreU(Activate(relu, champions.best), d, output + ox);
  if constexpr (kKeepWinners) hn::StoreU(champions.winner, di, winners + ox);
}

// One output, with any window.
HWY_INLINE void PoolOne(const PoolingGeometry& g, PoolingRange rows, int64_t oy, int64_t ox,
                        const float* HWY_RESTRICT plane, bool relu, float* HWY_RESTRICT output,
                        int32_t* HWY_RESTRICT winners) {
  const Window& w = g.window;
  float best = 0;
  int64_t winner = -1;
  for (int64_t ky = rows.begin; ky < rows.end; ++ky) {
    const int64_t iy = oy * w.stride.h + ky * w.dilation.h - w.padding.h;
    for (int64_t kx = 0; kx < w.size.w; ++kx) {
      const int64_t ix = ox * w.stride.w + kx * w.dilation.w - w.padding.w;
      if (ix < 0 || ix >= g.input.w) continue;
      const float value = plane[iy * g.input.w + ix];
      if (winner < 0 || (!(value <= best) && !std::isnan(best))) {
        best = value;
        winner = iy * g.input.w + ix;
      }
    }
  }
  output[ox] = relu && best < 0 ? 0 : best;
  if (winners != nullptr) winners[ox] = static_cast<int32_t>(winner);
}

template <bool kKeepWinners>
HWY_INLINE void ForwardPlane(const PoolingGeometry& g, const float* plane, bool relu, float* output,
                             int32_t* winners) {
  if (Is2x2(g)) {
    Forward2x2Plane<kKeepWinners>(plane, g.input.h, g.input.w, relu, output, winners);
    return;
  }
  const PoolingRange columns = VectorColumns(g);
  for (int64_t oy = 0; oy < g.output.h; ++oy) {
    const PoolingRange rows = InsideRows(g, oy);
    float* output_row = output + oy * g.output.w;
    int32_t* winner_row = kKeepWinners ? winners + oy * g.output.w : nullptr;
    for (int64_t ox = 0; ox < columns.begin; ++ox) {
      PoolOne(g, rows, oy, ox, plane, relu, output_row, winner_row);
    }
    ForEachRowVector(columns.end - columns.begin, 0, [&](auto d, int64_t i) HWY_ATTR {
      PoolVector<kKeepWinners>(d, g, rows, oy, columns.begin + i, plane, relu, output_row,
                               winner_row);
    });
    for (int64_t ox = columns.end; ox < g.output.w; ++ox) {
      PoolOne(g, rows, oy, ox, plane, relu, output_row, winner_row);
    }
  }
}

void MaxPoolingPlane(const PoolingGeometry& g, const float* plane, bool relu, float* output,
                     int32_t* winners) {
  if (winners != nullptr) {
    ForwardPlane<true>(g, plane, relu, output, winners);
  } else {
    ForwardPlane<false>(g, plane, relu, output, nullptr);
  }
}

void MaxPooling2x2InputGradient(const float* HWY_RESTRICT d_output,
                                const int32_t* HWY_RESTRICT winners, int64_t height, int64_t width,
                                float* HWY_RESTRICT d_input) {
  const int64_t output_width = width / 2;
  for (int64_t oy = 0; oy < height / 2; ++oy) {
    float* top = d_input + 2 * oy * width;
    float* bottom = top + width;
    ForEachRowVector(output_width, 0, [&](auto d, int64_t ox) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> di;
      const auto gradient = hn::LoadU(d, d_output + oy * output_width + ox);
      const auto winner = hn::LoadU(di, winners + oy * output_width + ox);
      const auto iota = hn::Iota(di, 0);
      const auto corners =
          hn::Add(hn::Set(di, static_cast<int32_t>(2 * oy * width + 2 * ox)), hn::Add(iota, iota));
      // The gradient in the lanes whose winner is the corner at this offset.
      const auto at = [&](int64_t offset) HWY_ATTR {
        const auto corner = hn::Add(corners, hn::Set(di, static_cast<int32_t>(offset)));
        return hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(winner, corner)), gradient);
      };
      hn::StoreInterleaved2(at(0), at(1), d, top + 2 * ox);
      hn::StoreInterleaved2(at(width), at(width + 1), d, bottom + 2 * ox);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(MaxPoolingPlane);
HWY_EXPORT(MaxPooling2x2InputGradient);

namespace {

// Calls body(plane) for all planes of a batch, on all threads: some at a time, if they are small.
template <typename Body>
void ForEachPlane(const PoolingGeometry& g, int64_t batch, ThreadPool& pool, const Body& body) {
  const int64_t planes = batch * g.channels;
  const int64_t together = std::max<int64_t>(1, kChunkElements / g.input.area());
  pool.ParallelFor(CeilDivide(planes, together), [&](int64_t piece, int) {
    const int64_t end = std::min(planes, (piece + 1) * together);
    for (int64_t plane = piece * together; plane < end; ++plane) body(plane);
  });
}

}  // namespace

void MaxPoolingForward(const PoolingGeometry& geometry, TensorView<const float> input,
                       Activation activation, TensorView<float> output, std::span<int32_t> winners,
                       const KernelContext& context) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  const int64_t inputs = geometry.input.area();
  const int64_t outputs = geometry.output.area();
  const bool relu = activation == Activation::kRelu;
  ForEachPlane(geometry, batch, context.pool, [&](int64_t plane) {
    HWY_DYNAMIC_DISPATCH(MaxPoolingPlane)
    (geometry, input.data() + plane * inputs, relu, output.data() + plane * outputs,
     winners.empty() ? nullptr : winners.data() + plane * outputs);
  });
}

void MaxPoolingInputGradient(const PoolingGeometry& geometry, TensorView<const float> d_output,
                             std::span<const int32_t> winners, TensorView<float> d_input,
                             const KernelContext& context) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  const int64_t inputs = geometry.input.area();
  const int64_t outputs = geometry.output.area();
  const bool is_2x2 = Is2x2(geometry);
  ForEachPlane(geometry, batch, context.pool, [&](int64_t plane) {
    const float* from = d_output.data() + plane * outputs;
    const int32_t* plane_winners = winners.data() + plane * outputs;
    float* to = d_input.data() + plane * inputs;
    if (is_2x2) {
      HWY_DYNAMIC_DISPATCH(MaxPooling2x2InputGradient)
      (from, plane_winners, geometry.input.h, geometry.input.w, to);
    } else {
      std::fill_n(to, inputs, 0.0f);
      for (int64_t i = 0; i < outputs; ++i) to[plane_winners[i]] += from[i];
    }
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
