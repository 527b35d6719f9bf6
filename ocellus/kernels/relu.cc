// See relu.h.
#include "ocellus/kernels/relu.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/relu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void ReluForwardRange(const float* input, float* output, int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto value = hn::LoadU(d, input + i);
    // Not Max(value, 0), which turns NaN into 0 on x86.
    hn::StoreU(hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value), d, output + i);
  });
}

void ReluInputGradientRange(const float* output, const float* d_output, float* d_input,
                            int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto positive = hn::Gt(hn::LoadU(d, output + i), hn::Zero(d));
    hn::StoreU(hn::IfThenElseZero(positive, hn::LoadU(d, d_output + i)), d, d_input + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(ReluForwardRange);
HWY_EXPORT(ReluInputGradientRange);

void ReluForward(TensorView<const float> input, TensorView<float> output,
                 const KernelContext& context) {
  CheckShape("output", output.shape(), input.shape());
  ForEachChunk(input.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(ReluForwardRange)(input.data(), output.data(), begin, end);
  });
}

void ReluInputGradient(TensorView<const float> output, TensorView<const float> d_output,
                       TensorView<float> d_input, const KernelContext& context) {
  CheckShape("d_output", d_output.shape(), output.shape());
  CheckShape("d_input", d_input.shape(), output.shape());
  ForEachChunk(output.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(ReluInputGradientRange)
    (output.data(), d_output.data(), d_input.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
