// One pass over all parts.
#include "ocellus/kernels/partial_sums.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/partial_sums.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void AddPartialSumsOfRange(const float* HWY_RESTRICT partial, int64_t parts, int64_t stride,
                           int64_t begin, int64_t end, float* HWY_RESTRICT sums) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto add = [&](auto tag, int64_t i) HWY_ATTR {
    auto sum = hn::LoadU(tag, sums + i);
    for (int64_t part = 0; part < parts; ++part) {
      sum = hn::Add(sum, hn::LoadU(tag, partial + part * stride + i));
    }
    hn::StoreU(sum, tag, sums + i);
  };
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) add(d, i);
  for (; i < end; ++i) add(hn::CappedTag<float, 1>(), i);
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(AddPartialSumsOfRange);

void AddPartialSums(const float* partial, int64_t parts, std::span<float> sums, ThreadPool& pool) {
  const auto size = static_cast<int64_t>(sums.size());
  ForEachChunk(size, pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AddPartialSumsOfRange)(partial, parts, size, begin, end, sums.data());
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
