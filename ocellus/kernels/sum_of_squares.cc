// See sum_of_squares.h.
#include "ocellus/kernels/sum_of_squares.h"

#include "ocellus/base/check.h"
#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/sum_of_squares.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// In double, where the square of a float is exact. Two sums, because one would wait for its own
// addition; more gain nothing, since memory is what bounds it.
double SumOfSquaresRange(const float* values, int64_t begin, int64_t end) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  int64_t i = begin;
  for (; i + 2 * lanes <= end; i += 2 * lanes) {
    const auto value0 = hn::PromoteTo(d, hn::LoadU(narrow, values + i));
    const auto value1 = hn::PromoteTo(d, hn::LoadU(narrow, values + i + lanes));
    sum0 = hn::MulAdd(value0, value0, sum0);
    sum1 = hn::MulAdd(value1, value1, sum1);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (; i < end; ++i) sum += double{values[i]} * double{values[i]};
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(SumOfSquaresRange);

int64_t SumOfSquaresScratchBytes(int64_t size) {
  return CeilDivide(size, kChunkElements) * static_cast<int64_t>(sizeof(double));
}

double SumOfSquares(std::span<const float> values, const KernelContext& context) {
  const auto size = static_cast<int64_t>(values.size());
  OCELLUS_CHECK(static_cast<int64_t>(context.scratch.size()) >= SumOfSquaresScratchBytes(size),
                "{} bytes of scratch memory for {} values", context.scratch.size(), size);
  auto* const sums = reinterpret_cast<double*>(context.scratch.data());
  ForEachChunk(size, context.pool, [&](int64_t begin, int64_t end) {
    sums[begin / kChunkElements] =
        HWY_DYNAMIC_DISPATCH(SumOfSquaresRange)(values.data(), begin, end);
  });
  double sum = 0;
  for (int64_t chunk = 0; chunk < CeilDivide(size, kChunkElements); ++chunk) sum += sums[chunk];
  return sum;
}

}  // namespace ocellus
#endif  // HWY_ONCE
