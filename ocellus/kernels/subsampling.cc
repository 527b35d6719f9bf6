// Subsampling, one plane (image and channel) at a time. LeNet's window, 2 x 2 in steps of 2 over an
// even image, has a path of its own in SIMD.
#include "ocellus/kernels/subsampling.h"

#include <algorithm>

#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/subsampling.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

#ifndef OCELLUS_KERNELS_SUBSAMPLING_CC_
#define OCELLUS_KERNELS_SUBSAMPLING_CC_
namespace ocellus {

// What one plane adds to the gradients of its channel.
struct ParameterGradient {
  float weight = 0;
  float bias = 0;
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_SUBSAMPLING_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// The sums of the 2 x 2 windows whose left elements are top[0], top[2], ...
template <class D>
HWY_INLINE hn::Vec<D> Sum2x2(D d, const float* HWY_RESTRICT top, int64_t width) {
  hn::Vec<D> corner[4];
  hn::LoadInterleaved2(d, top, corner[0], corner[1]);
  hn::LoadInterleaved2(d, top + width, corner[2], corner[3]);
  return hn::Add(hn::Add(corner[0], corner[1]), hn::Add(corner[2], corner[3]));
}

void Subsampling2x2Forward(const PoolingGeometry& g, const float* HWY_RESTRICT input, float weight,
                           float bias, float* HWY_RESTRICT output) {
  for (int64_t oy = 0; oy < g.output.h; ++oy) {
    const float* top = input + 2 * oy * g.input.w;
    ForEachRowVector(g.output.w, 0, [&](auto d, int64_t ox) HWY_ATTR {
      const auto sum = Sum2x2(d, top + 2 * ox, g.input.w);
      hn::StoreU(hn::MulAdd(hn::Set(d, weight), sum, hn::Set(d, bias)), d,
                 output + oy * g.output.w + ox);
    });
  }
}

void Subsampling2x2InputGradient(const PoolingGeometry& g, const float* HWY_RESTRICT d_output,
                                 float weight, float* HWY_RESTRICT d_input) {
  for (int64_t oy = 0; oy < g.output.h; ++oy) {
    float* top = d_input + 2 * oy * g.input.w;
    ForEachRowVector(g.output.w, 0, [&](auto d, int64_t ox) HWY_ATTR {
      const auto share = hn::Mul(hn::Set(d, weight), hn::LoadU(d, d_output + oy * g.output.w + ox));
      hn::StoreInterleaved2(share, share, d, top + 2 * ox);
      hn::StoreInterleaved2(share, share, d, top + g.input.w + 2 * ox);
    });
  }
}

ParameterGradient Subsampling2x2ParameterGradient(const PoolingGeometry& g,
                                                  const float* HWY_RESTRICT input,
                                                  const float* HWY_RESTRICT d_output) {
  ParameterGradient total;
  for (int64_t oy = 0; oy < g.output.h; ++oy) {
    const float* top = input + 2 * oy * g.input.w;
    ForEachRowVector(g.output.w, 0, [&](auto d, int64_t ox) HWY_ATTR {
      const auto gradient = hn::LoadU(d, d_output + oy * g.output.w + ox);
      const auto product = hn::Mul(Sum2x2(d, top + 2 * ox, g.input.w), gradient);
      total.weight += hn::GetLane(hn::SumOfLanes(d, product));
      total.bias += hn::GetLane(hn::SumOfLanes(d, gradient));
    });
  }
  return total;
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(Subsampling2x2Forward);
HWY_EXPORT(Subsampling2x2InputGradient);
HWY_EXPORT(Subsampling2x2ParameterGradient);

namespace {

// Whether each input element is in exactly one 2 x 2 window.
bool Is2x2(const PoolingGeometry& g) {
  return g.window.size == Extent(2) && g.window.stride == Extent(2) &&
         g.input.h == 2 * g.output.h && g.input.w == 2 * g.output.w;
}

// Calls body(index of the output element, index of the window's first input element) for each
// output element of a plane.
template <typename Body>
void ForEachWindow(const PoolingGeometry& g, const Body& body) {
  int64_t index = 0;
  for (int64_t oy = 0; oy < g.output.h; ++oy) {
    for (int64_t ox = 0; ox < g.output.w; ++ox, ++index) {
      body(index, oy * g.window.stride.h * g.input.w + ox * g.window.stride.w);
    }
  }
}

float WindowSum(const PoolingGeometry& g, const float* window) {
  float sum = 0;
  for (int64_t ky = 0; ky < g.window.size.h; ++ky) {
    for (int64_t kx = 0; kx < g.window.size.w; ++kx) sum += window[ky * g.input.w + kx];
  }
  return sum;
}

// One plane with any window.
void ForwardPlane(const PoolingGeometry& g, const float* input, float weight, float bias,
                  float* output) {
  ForEachWindow(g, [&](int64_t index, int64_t first) {
    output[index] = weight * WindowSum(g, input + first) + bias;
  });
}

void InputGradientPlane(const PoolingGeometry& g, const float* d_output, float weight,
                        float* d_input) {
  std::fill_n(d_input, g.input.area(), 0.0f);
  ForEachWindow(g, [&](int64_t index, int64_t first) {
    const float share = weight * d_output[index];
    for (int64_t ky = 0; ky < g.window.size.h; ++ky) {
      float* row = d_input + first + ky * g.input.w;
      for (int64_t kx = 0; kx < g.window.size.w; ++kx) row[kx] += share;
    }
  });
}

ParameterGradient PlaneParameterGradient(const PoolingGeometry& g, const float* input,
                                         const float* d_output) {
  ParameterGradient total;
  ForEachWindow(g, [&](int64_t index, int64_t first) {
    total.weight += WindowSum(g, input + first) * d_output[index];
    total.bias += d_output[index];
  });
  return total;
}

}  // namespace

void SubsamplingForward(const PoolingGeometry& geometry, TensorView<const float> input,
                        TensorView<const float> weights, TensorView<const float> biases,
                        TensorView<float> output, const KernelContext& context) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("weights", weights.shape(), {geometry.channels});
  CheckShape("biases", biases.shape(), {geometry.channels});
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  const auto run = Is2x2(geometry) ? &HWY_DYNAMIC_DISPATCH(Subsampling2x2Forward) : &ForwardPlane;
  context.pool.ParallelFor(batch * geometry.channels, [&](int64_t plane, int) {
    const int64_t c = plane % geometry.channels;
    run(geometry, input.data() + plane * geometry.input.area(), weights[c], biases[c],
        output.data() + plane * geometry.output.area());
  });
}

void SubsamplingInputGradient(const PoolingGeometry& geometry, TensorView<const float> d_output,
                              TensorView<const float> weights, TensorView<float> d_input,
                              const KernelContext& context) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("weights", weights.shape(), {geometry.channels});
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  const auto run =
      Is2x2(geometry) ? &HWY_DYNAMIC_DISPATCH(Subsampling2x2InputGradient) : &InputGradientPlane;
  context.pool.ParallelFor(batch * geometry.channels, [&](int64_t plane, int) {
    run(geometry, d_output.data() + plane * geometry.output.area(),
        weights[plane % geometry.channels], d_input.data() + plane * geometry.input.area());
  });
}

void AccumulateSubsamplingParameterGradient(const PoolingGeometry& geometry,
                                            TensorView<const float> input,
                                            TensorView<const float> d_output,
                                            TensorView<float> d_weights, TensorView<float> d_biases,
                                            const KernelContext& context) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_weights", d_weights.shape(), {geometry.channels});
  CheckShape("d_biases", d_biases.shape(), {geometry.channels});
  const auto run = Is2x2(geometry) ? &HWY_DYNAMIC_DISPATCH(Subsampling2x2ParameterGradient)
                                   : &PlaneParameterGradient;
  context.pool.ParallelFor(geometry.channels, [&](int64_t c, int) {
    double weight = 0, bias = 0;
    for (int64_t n = 0; n < batch; ++n) {
      const int64_t plane = n * geometry.channels + c;
      const ParameterGradient gradient = run(geometry, input.data() + plane * geometry.input.area(),
                                             d_output.data() + plane * geometry.output.area());
      weight += gradient.weight;
      bias += gradient.bias;
    }
    d_weights[c] += static_cast<float>(weight);
    d_biases[c] += static_cast<float>(bias);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
