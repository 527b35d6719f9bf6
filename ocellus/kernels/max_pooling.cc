// Max pooling, one plane (image and channel) at a time. The window of nearly all networks, 2 x 2 in
// steps of 2 over an even image, has a path of its own in SIMD; it computes the same bits.
#include "ocellus/kernels/max_pooling.h"

#include <algorithm>
#include <cmath>

#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/max_pooling.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// Where `value` wins against what is best so far: larger, or the first NaN.
template <typename V>
HWY_INLINE auto Wins(V value, V best) {
  return hn::And(hn::Not(hn::Le(value, best)), hn::Eq(best, best));
}

template <bool kKeepWinners>
HWY_INLINE void Forward2x2Plane(const float* HWY_RESTRICT input, int64_t height, int64_t width,
                                float* HWY_RESTRICT output, int32_t* HWY_RESTRICT winners) {
  const int64_t output_width = width / 2;
  for (int64_t oy = 0; oy < height / 2; ++oy) {
    const float* top = input + 2 * oy * width;
    const float* bottom = top + width;
    ForEachRowVector(output_width, [&](auto d, int64_t ox) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> di;
      hn::Vec<decltype(d)> corner[4];
      hn::LoadInterleaved2(d, top + 2 * ox, corner[0], corner[1]);
      hn::LoadInterleaved2(d, bottom + 2 * ox, corner[2], corner[3]);
      const auto first = static_cast<int32_t>(2 * oy * width + 2 * ox);
      const int32_t offset[4] = {0, 1, static_cast<int32_t>(width),
                                 static_cast<int32_t>(width) + 1};
      const auto iota = hn::Iota(di, 0);
      const auto corners = hn::Add(hn::Set(di, first), hn::Add(iota, iota));
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
      hn::StoreU(best, d, output + oy * output_width + ox);
      if constexpr (kKeepWinners) hn::StoreU(winner, di, winners + oy * output_width + ox);
    });
  }
}

void MaxPooling2x2Forward(const float* input, int64_t height, int64_t width, float* output,
                          int32_t* winners) {
  if (winners != nullptr) {
    Forward2x2Plane<true>(input, height, width, output, winners);
  } else {
    Forward2x2Plane<false>(input, height, width, output, nullptr);
  }
}

void MaxPooling2x2InputGradient(const float* HWY_RESTRICT d_output,
                                const int32_t* HWY_RESTRICT winners, int64_t height, int64_t width,
                                float* HWY_RESTRICT d_input) {
  const int64_t output_width = width / 2;
  for (int64_t oy = 0; oy < height / 2; ++oy) {
    float* top = d_input + 2 * oy * width;
    float* bottom = top + width;
    ForEachRowVector(output_width, [&](auto d, int64_t ox) HWY_ATTR {
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

HWY_EXPORT(MaxPooling2x2Forward);
HWY_EXPORT(MaxPooling2x2InputGradient);

namespace {

// Whether each input element is in exactly one 2 x 2 window.
bool Is2x2(const PoolingGeometry& g) {
  return g.window.size == Extent(2) && g.window.stride == Extent(2) &&
         g.window.padding == Extent(0) && g.window.dilation == Extent(1) &&
         g.input.h == 2 * g.output.h && g.input.w == 2 * g.output.w;
}

// One plane with any window.
void ForwardPlane(const PoolingGeometry& g, const float* input, float* output, int32_t* winners) {
  const Window& w = g.window;
  for (int64_t oy = 0; oy < g.output.h; ++oy) {
    for (int64_t ox = 0; ox < g.output.w; ++ox) {
      float best = 0;
      int64_t winner = -1;
      for (int64_t ky = 0; ky < w.size.h; ++ky) {
        const int64_t iy = oy * w.stride.h + ky * w.dilation.h - w.padding.h;
        if (iy < 0 || iy >= g.input.h) continue;
        for (int64_t kx = 0; kx < w.size.w; ++kx) {
          const int64_t ix = ox * w.stride.w + kx * w.dilation.w - w.padding.w;
          if (ix < 0 || ix >= g.input.w) continue;
          const float value = input[iy * g.input.w + ix];
          if (winner < 0 || (!(value <= best) && !std::isnan(best))) {
            best = value;
            winner = iy * g.input.w + ix;
          }
        }
      }
      output[oy * g.output.w + ox] = best;
      if (winners != nullptr) winners[oy * g.output.w + ox] = static_cast<int32_t>(winner);
    }
  }
}

}  // namespace

void MaxPoolingForward(const PoolingGeometry& geometry, TensorView<const float> input,
                       TensorView<float> output, std::span<int32_t> winners,
                       const KernelContext& context) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  const int64_t inputs = geometry.input.area();
  const int64_t outputs = geometry.output.area();
  const bool is_2x2 = Is2x2(geometry);
  context.pool.ParallelFor(batch, [&](int64_t n, int) {
    for (int64_t plane = n * geometry.channels; plane < (n + 1) * geometry.channels; ++plane) {
      const float* from = input.data() + plane * inputs;
      float* to = output.data() + plane * outputs;
      int32_t* plane_winners = winners.empty() ? nullptr : winners.data() + plane * outputs;
      if (is_2x2) {
        HWY_DYNAMIC_DISPATCH(MaxPooling2x2Forward)
        (from, geometry.input.h, geometry.input.w, to, plane_winners);
      } else {
        ForwardPlane(geometry, from, to, plane_winners);
      }
    }
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
  context.pool.ParallelFor(batch, [&](int64_t n, int) {
    for (int64_t plane = n * geometry.channels; plane < (n + 1) * geometry.channels; ++plane) {
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
    }
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
