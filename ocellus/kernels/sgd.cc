// See sgd.h.
#include "ocellus/kernels/sgd.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/sgd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void SgdUpdateRange(float learning_rate, const float* HWY_RESTRICT gradient,
                    float* HWY_RESTRICT parameters, int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto updated = hn::NegMulAdd(hn::Set(d, learning_rate), hn::LoadU(d, gradient + i),
                                       hn::LoadU(d, parameters + i));
    hn::StoreU(updated, d, parameters + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(SgdUpdateRange);

void SgdUpdate(float learning_rate, std::span<const float> gradient, std::span<float> parameters,
               const KernelContext& context) {
  OCELLUS_CHECK(gradient.size() == parameters.size(), "{} and {}", gradient.size(),
                parameters.size());
  ForEachChunk(static_cast<int64_t>(parameters.size()), context.pool,
               [&](int64_t begin, int64_t end) {
                 HWY_DYNAMIC_DISPATCH(SgdUpdateRange)
                 (learning_rate, gradient.data(), parameters.data(), begin, end);
               });
}

}  // namespace ocellus
#endif  // HWY_ONCE
