// See rms_prop.h.
#include "ocellus/kernels/rms_prop.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/rms_prop.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"
#include "ocellus/kernels/update_terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void RmsPropUpdateRange(const RmsPropStep& step, const float* HWY_RESTRICT gradient,
                        float* HWY_RESTRICT parameters, float* HWY_RESTRICT mean_square,
                        int64_t begin, int64_t end) {
  const auto rate = static_cast<float>(step.learning_rate);
  const auto weight = static_cast<float>(1 - step.decay_rate);
  const auto epsilon = static_cast<float>(step.epsilon);
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto p = hn::LoadU(d, parameters + i);
    const auto g = ApplyTerms(d, step.terms, hn::LoadU(d, gradient + i), p);
    auto h = hn::LoadU(d, mean_square + i);
    h = hn::MulAdd(hn::Set(d, weight), hn::MulSub(g, g, h), h);
    const auto change =
        hn::Div(hn::Mul(hn::Set(d, rate), g), hn::Add(hn::Sqrt(h), hn::Set(d, epsilon)));
    hn::StoreU(h, d, mean_square + i);
    hn::StoreU(hn::Sub(p, change), d, parameters + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(RmsPropUpdateRange);

void RmsPropUpdate(const RmsPropStep& step, std::span<const float> gradient,
                   std::span<float> parameters, std::span<float> mean_square,
                   const KernelContext& context) {
  const size_t size = parameters.size();
  OCELLUS_CHECK(gradient.size() == size && mean_square.size() == size, "sizes {}, {}, {}",
                gradient.size(), size, mean_square.size());
  ForEachChunk(static_cast<int64_t>(size), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(RmsPropUpdateRange)
    (step, gradient.data(), parameters.data(), mean_square.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
