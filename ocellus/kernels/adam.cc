// See adam.h.
#include "ocellus/kernels/adam.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/adam.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"
#include "ocellus/kernels/update_terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void AdamUpdateRange(const AdamStep& step, float rate, const float* HWY_RESTRICT gradient,
                     float* HWY_RESTRICT parameters, float* HWY_RESTRICT mean,
                     float* HWY_RESTRICT variance, int64_t begin, int64_t end) {
  const auto mean_weight = static_cast<float>(1 - step.beta1);
  const auto variance_weight = static_cast<float>(1 - step.beta2);
  const auto epsilon = static_cast<float>(step.epsilon);
  const auto kept = static_cast<float>(1 - step.shrinkage);
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto p = hn::LoadU(d, parameters + i);
    const auto g = ApplyTerms(d, step.terms, hn::LoadU(d, gradient + i), p);
    auto m = hn::LoadU(d, mean + i);
    auto v = hn::LoadU(d, variance + i);
    m = hn::MulAdd(hn::Set(d, mean_weight), hn::Sub(g, m), m);
    v = hn::MulAdd(hn::Set(d, variance_weight), hn::MulSub(g, g, v), v);
    const auto change =
        hn::Div(hn::Mul(hn::Set(d, rate), m), hn::Add(hn::Sqrt(v), hn::Set(d, epsilon)));
    hn::StoreU(m, d, mean + i);
    hn::StoreU(v, d, variance + i);
    hn::StoreU(hn::MulSub(hn::Set(d, kept), p, change), d, parameters + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(AdamUpdateRange);

void AdamUpdate(const AdamStep& step, std::span<const float> gradient, std::span<float> parameters,
                std::span<float> mean, std::span<float> variance, const KernelContext& context) {
  const size_t size = parameters.size();
  OCELLUS_CHECK(gradient.size() == size && mean.size() == size && variance.size() == size,
                "sizes {}, {}, {}, {}", gradient.size(), size, mean.size(), variance.size());
  const auto rate = static_cast<float>(CorrectedLearningRate(step));
  ForEachChunk(static_cast<int64_t>(size), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AdamUpdateRange)
    (step, rate, gradient.data(), parameters.data(), mean.data(), variance.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
