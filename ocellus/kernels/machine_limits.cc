// See machine_limits.h.
#include "ocellus/kernels/machine_limits.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/check.h"
#include "ocellus/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/machine_limits.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sums that do not depend on each other: at least latency times units, which is 4 x 2 on current
// x86 and 4 x 4 on large ARM cores, and few enough for the registers: x86 has 16 below AVX-512.
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX3
constexpr int kSums = 12;
#else
constexpr int kSums = 16;
#endif

// Does `rounds` fused multiply-adds to each of the sums. Returns how many floating-point operations
// that were; `result` is there so that none is left out.
double MultiplyAddChains(int64_t rounds, float* result) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  V sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  const V factor = hn::Set(d, 0.999f);
  const V addend = hn::Set(d, 0.001f);
  for (int64_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(16)
    for (int i = 0; i < kSums; ++i) sums[i] = hn::MulAdd(sums[i], factor, addend);
  }
  V total = sums[0];
  for (int i = 1; i < kSums; ++i) total = hn::Add(total, sums[i]);
  *result = hn::GetLane(hn::SumOfLanes(d, total));
  return 2.0 * kSums * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

// Reads `size` values, a multiple of 4 vectors. Returns their sum, so that none is left out.
float ReadAll(const float* values, int64_t size) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto sum0 = hn::Zero(d);
  auto sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (int64_t i = 0; i < size; i += 4 * lanes) {
    sum0 = hn::Add(sum0, hn::Load(d, values + i));
    sum1 = hn::Add(sum1, hn::Load(d, values + i + lanes));
    sum2 = hn::Add(sum2, hn::Load(d, values + i + 2 * lanes));
    sum3 = hn::Add(sum3, hn::Load(d, values + i + 3 * lanes));
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(MultiplyAddChains);
HWY_EXPORT(ReadAll);

namespace {

constexpr int kMeasurements = 10;

// Pieces for each thread: so many that a thread which is held up does not hold up the others.
constexpr int64_t kPiecesPerThread = 8;

// Calls body(piece), which returns an amount of work, for all pieces, several times over. Returns
// the largest amount of work for a second.
double BestRate(ThreadPool& pool, int64_t pieces, FunctionRef<double(int64_t)> body) {
  double best = 0;
  for (int measurement = 0; measurement < kMeasurements; ++measurement) {
    std::atomic<double> work = 0;
    const auto begin = std::chrono::steady_clock::now();
    pool.ParallelFor(pieces, [&](int64_t piece, int) { work.fetch_add(body(piece)); });
    const auto end = std::chrono::steady_clock::now();
    best = std::max(best, work / std::chrono::duration<double>(end - begin).count());
  }
  return best;
}

}  // namespace

double MeasureFmaPeak(ThreadPool& pool) {
  constexpr int64_t kRounds = 300'000;  // a millisecond or two
  const int64_t pieces = kPiecesPerThread * pool.threads();
  std::atomic<float> unused = 0;
  return 1e-9 * BestRate(pool, pieces, [&](int64_t) {
           float result = 0;
           const double operations = HWY_DYNAMIC_DISPATCH(MultiplyAddChains)(kRounds, &result);
           unused.store(result, std::memory_order_relaxed);
           return operations;
         });
}

double MeasureReadBandwidth(ThreadPool& pool, int64_t size_bytes) {
  // One piece for each thread, so that each reads as much as it can keep in its caches; but none so
  // large that a float could not count its elements.
  constexpr int64_t kMaxPieceBytes = int64_t{64} << 20;
  constexpr int64_t kUnit = 1024;  // floats; a multiple of 4 vectors
  const int64_t pieces =
      std::max(CeilDivide(size_bytes, kMaxPieceBytes), static_cast<int64_t>(pool.threads()));
  const int64_t piece_size =
      RoundUp(CeilDivide(size_bytes, pieces * static_cast<int64_t>(sizeof(float))), kUnit);
  // Each measurement reads at least so much that handing out the pieces costs nothing.
  constexpr int64_t kMinRead = int64_t{64} << 20;  // floats
  const int64_t rounds = CeilDivide(kMinRead, pieces * piece_size);
  AlignedBuffer<float> values(pieces * piece_size);
  std::ranges::fill(values.span(), 1.0f);
  return 1e-9 * BestRate(pool, pieces, [&](int64_t piece) {
           float sum = 0;
           for (int64_t round = 0; round < rounds; ++round) {
             sum = HWY_DYNAMIC_DISPATCH(ReadAll)(values.data() + piece * piece_size, piece_size);
           }
           OCELLUS_CHECK(sum == static_cast<float>(piece_size), "{}", sum);
           return static_cast<double>(rounds * piece_size) * sizeof(float);
         });
}

}  // namespace ocellus
#endif  // HWY_ONCE
