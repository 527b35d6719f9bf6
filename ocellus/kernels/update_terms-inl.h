// The gradient that an optimizer takes, in SIMD.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include "ocellus/tensor/update_steps.h"

// Per-target include guard.
#if defined(OCELLUS_KERNELS_UPDATE_TERMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_UPDATE_TERMS_INL_H_
#undef OCELLUS_KERNELS_UPDATE_TERMS_INL_H_
#else
#define OCELLUS_KERNELS_UPDATE_TERMS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// scale * gradient + decay * parameters: if scale is 1 and decay 0, the gradient as it is.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ApplyTerms(D d, const GradientTerms& terms, V gradient, V parameters) {
  return hn::MulAdd(hn::Set(d, static_cast<float>(terms.decay)), parameters,
                    hn::Mul(hn::Set(d, static_cast<float>(terms.scale)), gradient));
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
