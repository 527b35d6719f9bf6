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

void AddRange(const float* a, const float* b, float* sum, int64_t begin, int64_t end) {
  ForEachVector(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, sum + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(AddRange);

void AddForward(TensorView<const float> a, TensorView<const float> b, TensorView<float> sum,
                const KernelContext& context) {
  CheckShape("a", a.shape(), sum.shape());
  CheckShape("b", b.shape(), sum.shape());
  ForEachChunk(sum.elements(), context.pool, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(AddRange)(a.data(), b.data(), sum.data(), begin, end);
  });
}

void AccumulateAdd(TensorView<const float> term, TensorView<float> sum,
                   const KernelContext& context) {
  AddForward(sum, term, sum, context);
}

}  // namespace ocellus
#endif  // HWY_ONCE
