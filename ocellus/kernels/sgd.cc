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
#include "ocellus/kernels/update_terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void SgdUpdateRange(const SgdStep& step, const float* HWY_RESTRICT gradient,
                    float* HWY_RESTRICT parameters, int64_t begin, int64_t end) {
  const auto rate = static_cast<float>(step.learning_rate);
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto p = hn::LoadU(d, parameters + i);
    const auto g = ApplyTerms(d, step.terms, hn::LoadU(d, gradient + i), p);
    hn::StoreU(hn::NegMulAdd(hn::Set(d, rate), g, p), d, parameters + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(SgdUpdateRange);

void SgdUpdate(const SgdStep& step, std::span<const float> gradient, std::span<float> parameters,
               const KernelContext& context) {
  const size_t size = parameters.size();
  OCELLUS_CHECK(gradient.size() == size, "sizes {}, {}", gradient.size(), size);
  ForEachChunk(static_cast<int64_t>(size), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(SgdUpdateRange)
    (step, gradient.data(), parameters.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
