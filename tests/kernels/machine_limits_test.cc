// The machine's limits: they depend on the machine, but not everything is possible.
#include "ocellus/kernels/machine_limits.h"

#include <gtest/gtest.h>

#include "ocellus/kernels/simd_target.h"

namespace ocellus {
namespace {

TEST(MachineLimits, AreWhatProcessorsCanDo) {
  ThreadPool pool(1);
  // The slowest instruction set on a sanitizer's slow code, and what no single core has.
  const double peak = MeasureFmaPeak(pool);
  EXPECT_TRUE(peak > 0.01 && peak < 2000) << peak;
  for (const int64_t size_bytes : {1, 100'000, 8'000'000}) {
    const double bandwidth = MeasureReadBandwidth(pool, size_bytes);
    EXPECT_TRUE(bandwidth > 0.01 && bandwidth < 2000) << size_bytes << ": " << bandwidth;
  }
}

TEST(MachineLimits, ArithmeticIsSlowerInNarrowerVectors) {
  const std::vector<std::string> targets = SupportedSimdTargets();
  if (targets.size() < 2) GTEST_SKIP() << "this processor has one instruction set";
  ThreadPool pool(1);
  const double best = MeasureFmaPeak(pool);
  SetSimdTarget(targets.back());
  const double last = MeasureFmaPeak(pool);
  SetSimdTarget("");
  EXPECT_TRUE(last < best) << last << " with " << targets.back() << ", " << best << " with "
                           << targets.front();
}

}  // namespace
}  // namespace ocellus
