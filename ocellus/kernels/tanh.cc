// See tanh.h.
#include "ocellus/kernels/tanh.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/tanh.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once for each target.
#include <hwy/contrib/math/math-inl.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void TanhForwardRange(const float* input, float* output, int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    hn::StoreU(hn::Tanh(d, hn::LoadU(d, input + i)), d, output + i);
  });
}

void TanhInputGradientRange(const float* output, const float* d_output, float* d_input,
                            int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto y = hn::LoadU(d, output + i);
    const auto slope = hn::NegMulAdd(y, y, hn::Set(d, 1.0f));
    hn::StoreU(hn::Mul(hn::LoadU(d, d_output + i), slope), d, d_input + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(TanhForwardRange);
HWY_EXPORT(TanhInputGradientRange);

void TanhForward(TensorView<const float> input, TensorView<float> output,
                 const KernelContext& context) {
  CheckShape("output", output.shape(), input.shape());
  ForEachChunk(input.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(TanhForwardRange)(input.data(), output.data(), begin, end);
  });
}

void TanhInputGradient(TensorView<const float> output, TensorView<const float> d_output,
                       TensorView<float> d_input, const KernelContext& context) {
  CheckShape("d_output", d_output.shape(), output.shape());
  CheckShape("d_input", d_input.shape(), output.shape());
  ForEachChunk(output.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(TanhInputGradientRange)
    (output.data(), d_output.data(), d_input.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
