// See leaky_relu.h.
#include "ocellus/kernels/leaky_relu.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/leaky_relu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void LeakyReluForwardRange(const float* input, float slope, float* output, int64_t begin,
                           int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto x = hn::LoadU(d, input + i);
    const auto scaled = hn::Mul(x, hn::Set(d, slope));
    hn::StoreU(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), scaled, x), d, output + i);
  });
}

void LeakyReluInputGradientRange(const float* output, float slope, const float* d_output,
                                 float* d_input, int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto positive = hn::Gt(hn::LoadU(d, output + i), hn::Zero(d));
    const auto d_y = hn::LoadU(d, d_output + i);
    const auto scaled = hn::Mul(d_y, hn::Set(d, slope));
    hn::StoreU(hn::IfThenElse(positive, d_y, scaled), d, d_input + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(LeakyReluForwardRange);
HWY_EXPORT(LeakyReluInputGradientRange);

void LeakyReluForward(TensorView<const float> input, float slope, TensorView<float> output,
                      const KernelContext& context) {
  CheckShape("output", output.shape(), input.shape());
  ForEachChunk(input.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(LeakyReluForwardRange)(input.data(), slope, output.data(), begin, end);
  });
}

void LeakyReluInputGradient(TensorView<const float> output, float slope,
                            TensorView<const float> d_output, TensorView<float> d_input,
                            const KernelContext& context) {
  CheckShape("d_output", d_output.shape(), output.shape());
  CheckShape("d_input", d_input.shape(), output.shape());
  ForEachChunk(output.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(LeakyReluInputGradientRange)
    (output.data(), slope, d_output.data(), d_input.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
