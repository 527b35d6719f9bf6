// See add.h.
#include "ocellus/kernels/add.h"

#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/add.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

void AccumulateAddRange(const float* term, float* sum, int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::LoadU(d, term + i)), d, sum + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(AccumulateAddRange);

void AccumulateAdd(TensorView<const float> term, TensorView<float> sum,
                   const KernelContext& context) {
  CheckShape("term", term.shape(), sum.shape());
  ForEachChunk(sum.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AccumulateAddRange)(term.data(), sum.data(), begin, end);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
