// Channels are pieces for the threads; samples are added in their order.
#include "ocellus/kernels/channel_sums.h"

#include <cstdint>

#include "ocellus/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/channel_sums.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The sum of an array, in an order that depends on its size only.
HWY_INLINE float Sum(const float* HWY_RESTRICT values, int64_t count) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  float sum = 0;
  int64_t i = 0;
  if (count >= 2 * lanes) {
    auto sum0 = hn::Zero(d), sum1 = hn::Zero(d);
    for (; i + 2 * lanes <= count; i += 2 * lanes) {
      sum0 = hn::Add(sum0, hn::LoadU(d, values + i));
      sum1 = hn::Add(sum1, hn::LoadU(d, values + i + lanes));
    }
    sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  }
  for (; i < count; ++i) sum += values[i];
  return sum;
}

float ChannelSum(const float* channel, int64_t samples, int64_t sample_stride, int64_t pixels) {
  float sum = 0;
  for (int64_t n = 0; n < samples; ++n) sum += Sum(channel + n * sample_stride, pixels);
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(ChannelSum);

void AccumulateChannelSums(TensorView<const float> images, TensorView<float> sums,
                           ThreadPool& pool) {
  const int64_t channels = images.shape()[1];
  const int64_t pixels = images.shape()[2] * images.shape()[3];
  pool.ParallelFor(channels, [&](int64_t c, int) {
    sums[c] += HWY_DYNAMIC_DISPATCH(ChannelSum)(images.data() + c * pixels, images.shape()[0],
                                                channels * pixels, pixels);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
