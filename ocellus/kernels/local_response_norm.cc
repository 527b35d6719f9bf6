// Local response normalisation. A piece of work is a block of pixels of one sample; within it, a
// column, which is one vector of pixels through all channels, is normalised at a time. Squares are
// summed anew for each channel: a running sum would lose small squares behind large ones.
#include "ocellus/kernels/local_response_norm.h"

#include "ocellus/base/checked_math.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/worker_scratch.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/local_response_norm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Behind foreach_target.h, like all that is compiled for each target.
#include "hwy/contrib/math/math-inl.h"

#ifndef OCELLUS_KERNELS_LOCAL_RESPONSE_NORM_CC_
#define OCELLUS_KERNELS_LOCAL_RESPONSE_NORM_CC_
namespace ocellus {

// Pixels of a piece. A multiple of every vector size.
inline constexpr int64_t kPixelBlock = 256;

// Vectors of at most 512 bits.
inline constexpr int64_t kMaxLanes = 16;

// One sample: `channels` planes of `pixels` elements.
struct Planes {
  int64_t channels;
  int64_t pixels;
};

}  // namespace ocellus
#endif  // OCELLUS_KERNELS_LOCAL_RESPONSE_NORM_CC_

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// scale^-beta: three quick operations for the power that everybody uses.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V PowerOfScale(D d, V scale, float beta) {
  if (beta == 0.75f) {
    const V root = hn::Sqrt(scale);
    return hn::Div(hn::Set(d, 1.0f), hn::Mul(root, hn::Sqrt(root)));
  }
  return hn::Exp(d, hn::Mul(hn::Set(d, -beta), hn::Log(d, scale)));
}

template <class D>
HWY_INLINE hn::Vec<D> ScaleOf(D d, const ResponseNorm& norm, const Planes& planes,
                              const float* HWY_RESTRICT input, int64_t c) {
  const ChannelRange window = norm.WindowOf(c, planes.channels);
  auto sum = hn::Zero(d);
  for (int64_t i = window.begin; i < window.end; ++i) {
    const auto value = hn::LoadU(d, input + i * planes.pixels);
    sum = hn::MulAdd(value, value, sum);
  }
  return hn::MulAdd(hn::Set(d, static_cast<float>(norm.scale)), sum,
                    hn::Set(d, static_cast<float>(norm.k)));
}

// The operands point to the column's first pixel in the first channel.
template <class D>
HWY_INLINE void ForwardColumn(D d, const ResponseNorm& norm, const Planes& planes,
                              const float* HWY_RESTRICT input, float* HWY_RESTRICT output) {
  const auto beta = static_cast<float>(norm.beta);
  for (int64_t c = 0; c < planes.channels; ++c) {
    const auto scale = ScaleOf(d, norm, planes, input, c);
    const auto value = hn::LoadU(d, input + c * planes.pixels);
    hn::StoreU(hn::Mul(value, PowerOfScale(d, scale, beta)), d, output + c * planes.pixels);
  }
}

// `scratch` takes two vectors for each channel: the gradient through the channel's own value, and
// what each input of its window gets of the gradient through the scale.
template <class D>
HWY_INLINE void InputGradientColumn(D d, const ResponseNorm& norm, const Planes& planes,
                                    const float* HWY_RESTRICT input,
                                    const float* HWY_RESTRICT d_output, float* HWY_RESTRICT d_input,
                                    float* HWY_RESTRICT scratch) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto beta = static_cast<float>(norm.beta);
  float* HWY_RESTRICT own = scratch;
  float* HWY_RESTRICT through_scale = scratch + planes.channels * lanes;
  for (int64_t c = 0; c < planes.channels; ++c) {
    const auto scale = ScaleOf(d, norm, planes, input, c);
    const auto value = hn::LoadU(d, input + c * planes.pixels);
    const auto gradient =
        hn::Mul(hn::LoadU(d, d_output + c * planes.pixels), PowerOfScale(d, scale, beta));
    hn::StoreU(gradient, d, own + c * lanes);
    hn::StoreU(hn::Div(hn::Mul(gradient, value), scale), d, through_scale + c * lanes);
  }
  const auto factor = hn::Set(d, static_cast<float>(-2 * norm.scale * norm.beta));
  for (int64_t j = 0; j < planes.channels; ++j) {
    const ChannelRange readers = norm.ReadersOf(j, planes.channels);
    auto sum = hn::Zero(d);
    for (int64_t c = readers.begin; c < readers.end; ++c) {
      sum = hn::Add(sum, hn::LoadU(d, through_scale + c * lanes));
    }
    const auto value = hn::LoadU(d, input + j * planes.pixels);
    hn::StoreU(hn::MulAdd(hn::Mul(factor, value), sum, hn::LoadU(d, own + j * lanes)), d,
               d_input + j * planes.pixels);
  }
}

// Calls body(d, p) for columns of pixels p, p + 1, ... that together are those of the block. The
// last column of a plane begins early enough to be complete, and some pixels are computed twice;
// planes smaller than a vector go pixel by pixel.
template <class Body>
HWY_INLINE void ForEachColumn(const Planes& planes, int64_t block, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> single;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t begin = block * kPixelBlock;
  const int64_t end = std::min(planes.pixels, begin + kPixelBlock);
  if (planes.pixels < lanes) {
    for (int64_t p = begin; p < end; ++p) body(single, p);
  } else {
    for (int64_t p = begin; p < end; p += lanes) body(d, std::min(p, planes.pixels - lanes));
  }
}

void ForwardBlock(const ResponseNorm& norm, const Planes& planes, int64_t block,
                  const float* HWY_RESTRICT input, float* HWY_RESTRICT output) {
  ForEachColumn(planes, block, [&](auto d, int64_t p) HWY_ATTR {
    ForwardColumn(d, norm, planes, input + p, output + p);
  });
}

void InputGradientBlock(const ResponseNorm& norm, const Planes& planes, int64_t block,
                        const float* HWY_RESTRICT input, const float* HWY_RESTRICT d_output,
                        float* HWY_RESTRICT d_input, float* HWY_RESTRICT scratch) {
  ForEachColumn(planes, block, [&](auto d, int64_t p) HWY_ATTR {
    InputGradientColumn(d, norm, planes, input + p, d_output + p, d_input + p, scratch);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(ForwardBlock);
HWY_EXPORT(InputGradientBlock);

namespace {

int64_t WorkerElements(int64_t channels) { return 2 * channels * kMaxLanes; }

Planes PlanesOf(const Shape& batch) {
  return {.channels = batch[1], .pixels = batch[2] * batch[3]};
}

// Calls body(block, offset of the sample, worker) for all blocks of all samples, on all threads.
template <typename Body>
void ForEachBlock(const Shape& batch, ThreadPool& pool, const Body& body) {
  const Planes planes = PlanesOf(batch);
  const int64_t blocks = CeilDivide(planes.pixels, kPixelBlock);
  pool.ParallelFor(batch[0] * blocks, [&](int64_t piece, int worker) {
    body(piece % blocks, piece / blocks * planes.channels * planes.pixels, worker);
  });
}

}  // namespace

int64_t LocalResponseNormScratchBytes(int64_t channels, int threads) {
  return WorkerScratchBytes(WorkerElements(channels), 0, threads);
}

void LocalResponseNormForward(const ResponseNorm& norm, TensorView<const float> input,
                              TensorView<float> output, const KernelContext& context) {
  CheckShape("output", output.shape(), input.shape());
  const Planes planes = PlanesOf(input.shape());
  ForEachBlock(input.shape(), context.pool, [&](int64_t block, int64_t offset, int) {
    HWY_DYNAMIC_DISPATCH(ForwardBlock)
    (norm, planes, block, input.data() + offset, output.data() + offset);
  });
}

void LocalResponseNormInputGradient(const ResponseNorm& norm, TensorView<const float> input,
                                    TensorView<const float> d_output, TensorView<float> d_input,
                                    const KernelContext& context) {
  CheckShape("d_output", d_output.shape(), input.shape());
  CheckShape("d_input", d_input.shape(), input.shape());
  const Planes planes = PlanesOf(input.shape());
  const WorkerScratch scratch(context, WorkerElements(planes.channels), 0);
  ForEachBlock(input.shape(), context.pool, [&](int64_t block, int64_t offset, int worker) {
    HWY_DYNAMIC_DISPATCH(InputGradientBlock)
    (norm, planes, block, input.data() + offset, d_output.data() + offset, d_input.data() + offset,
     scratch.of_worker(worker));
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
