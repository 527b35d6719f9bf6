// See sigmoid.h.
#include "ocellus/kernels/sigmoid.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/sigmoid.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once for each target.
#include <hwy/contrib/math/math-inl.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void SigmoidForwardRange(const float* input, float* output, int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    // exp(-|x|) cannot overflow; below zero, the fraction is extended by it.
    const auto x = hn::LoadU(d, input + i);
    const auto power = hn::Exp(d, hn::Neg(hn::Abs(x)));
    const auto one = hn::Set(d, 1.0f);
    const auto numerator = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), power, one);
    const auto y = hn::Div(numerator, hn::Add(one, power));
    // Exp makes 0 of NaN.
    hn::StoreU(hn::IfThenElse(hn::IsNaN(x), x, y), d, output + i);
  });
}

void SigmoidInputGradientRange(const float* output, const float* d_output, float* d_input,
                               int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto y = hn::LoadU(d, output + i);
    const auto slope = hn::NegMulAdd(y, y, y);
    hn::StoreU(hn::Mul(hn::LoadU(d, d_output + i), slope), d, d_input + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(SigmoidForwardRange);
HWY_EXPORT(SigmoidInputGradientRange);

void SigmoidForward(TensorView<const float> input, TensorView<float> output,
                    const KernelContext& context) {
  CheckShape("output", output.shape(), input.shape());
  ForEachChunk(input.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(SigmoidForwardRange)(input.data(), output.data(), begin, end);
  });
}

void SigmoidInputGradient(TensorView<const float> output, TensorView<const float> d_output,
                          TensorView<float> d_input, const KernelContext& context) {
  CheckShape("d_output", d_output.shape(), output.shape());
  CheckShape("d_input", d_input.shape(), output.shape());
  ForEachChunk(output.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(SigmoidInputGradientRange)
    (output.data(), d_output.data(), d_input.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
