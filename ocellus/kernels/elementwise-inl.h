// Loops over arrays, in SIMD, for operations that treat every element alike.
//
// This file is included once for each target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE
// of its own.
#include <algorithm>
#include <cstdint>

// Per-target include guard.
#if defined(OCELLUS_KERNELS_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef OCELLUS_KERNELS_ELEMENTWISE_INL_H_
#undef OCELLUS_KERNELS_ELEMENTWISE_INL_H_
#else
#define OCELLUS_KERNELS_ELEMENTWISE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Calls body(d, i) for vectors of elements i, i + 1, ... of [begin, end): d is the tag of complete
// vectors first, and of single elements for what is left.
template <typename Body>
HWY_INLINE void ForEachVector(int64_t begin, int64_t end, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> single;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) body(d, i);
  for (; i < end; ++i) body(single, i);
}

// The same for [0, width) where that is short, as rows of images are (12 in the chapter's network):
// what does not fill the largest vector goes on in smaller ones. A vector of which more than half
// is in the row is complete all the same where `behind` elements behind the row may be touched,
// which is to say, overwritten by the rows that follow.
template <typename Body>
HWY_INLINE void ForEachRowVector(int64_t width, int64_t behind, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 8> d8;
  const hn::CappedTag<float, 4> d4;
  const hn::CappedTag<float, 1> d1;
  int64_t i = 0;
  const auto run = [&](auto tag) HWY_ATTR {
    const auto lanes = static_cast<int64_t>(hn::Lanes(tag));
    const int64_t end = width + std::min(behind, (lanes - 1) / 2);
    for (; i + lanes <= end; i += lanes) body(tag, i);
  };
  run(d);
  run(d8);
  run(d4);
  run(d1);
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
