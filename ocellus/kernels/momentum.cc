// See momentum.h.
#include "ocellus/kernels/momentum.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/momentum.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"
#include "ocellus/kernels/update_terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void MomentumUpdateRange(const MomentumStep& step, const float* HWY_RESTRICT gradient,
                         float* HWY_RESTRICT parameters, float* HWY_RESTRICT velocity,
                         int64_t begin, int64_t end) {
  const auto rate = static_cast<float>(step.learning_rate);
  const auto momentum = static_cast<float>(step.momentum);
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto p = hn::LoadU(d, parameters + i);
    const auto g = ApplyTerms(d, step.terms, hn::LoadU(d, gradient + i), p);
    const auto change = hn::Mul(hn::Set(d, rate), g);
    const auto v = hn::MulSub(hn::Set(d, momentum), hn::LoadU(d, velocity + i), change);
    hn::StoreU(v, d, velocity + i);
    hn::StoreU(hn::Add(p, v), d, parameters + i);
  });
}

void NesterovUpdateRange(const MomentumStep& step, const float* HWY_RESTRICT gradient,
                         float* HWY_RESTRICT parameters, float* HWY_RESTRICT velocity,
                         int64_t begin, int64_t end) {
  const auto rate = static_cast<float>(step.learning_rate);
  const auto momentum = static_cast<float>(step.momentum);
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto p = hn::LoadU(d, parameters + i);
    const auto g = ApplyTerms(d, step.terms, hn::LoadU(d, gradient + i), p);
    const auto change = hn::Mul(hn::Set(d, rate), g);
    const auto v = hn::MulSub(hn::Set(d, momentum), hn::LoadU(d, velocity + i), change);
    hn::StoreU(v, d, velocity + i);
    hn::StoreU(hn::Add(p, hn::MulSub(hn::Set(d, momentum), v, change)), d, parameters + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(MomentumUpdateRange);
HWY_EXPORT(NesterovUpdateRange);

void MomentumUpdate(const MomentumStep& step, std::span<const float> gradient,
                    std::span<float> parameters, std::span<float> velocity,
                    const KernelContext& context) {
  const size_t size = parameters.size();
  OCELLUS_CHECK(gradient.size() == size && velocity.size() == size, "sizes {}, {}, {}",
                gradient.size(), size, velocity.size());
  ForEachChunk(static_cast<int64_t>(size), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(MomentumUpdateRange)
    (step, gradient.data(), parameters.data(), velocity.data(), begin, end);
  });
}

void NesterovUpdate(const MomentumStep& step, std::span<const float> gradient,
                    std::span<float> parameters, std::span<float> velocity,
                    const KernelContext& context) {
  const size_t size = parameters.size();
  OCELLUS_CHECK(gradient.size() == size && velocity.size() == size, "sizes {}, {}, {}",
                gradient.size(), size, velocity.size());
  ForEachChunk(static_cast<int64_t>(size), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(NesterovUpdateRange)
    (step, gradient.data(), parameters.data(), velocity.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
