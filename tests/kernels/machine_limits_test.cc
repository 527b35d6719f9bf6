// The machine's limits: they depend on the machine, but not everything is possible.
#include "ocellus/kernels/machine_limits.h"

#include <gtest/gtest.h>

#include <string>

#include "ocellus/kernels/simd_target.h"

namespace ocellus {
namespace {

// The upper bound is far above what any core has: it is for loops that were compiled away. How fast
// this machine is says `ocellus_bench`.
bool IsPossible(double rate) { return rate > 0 && rate < 2000; }

TEST(MachineLimits, AreWhatProcessorsCanDo) {
  ThreadPool pool(1);
  for (const std::string& target :
       {SupportedSimdTargets().front(), SupportedSimdTargets().back()}) {
    SetSimdTarget(target);
    const double peak = MeasureFmaPeak(pool);
    EXPECT_TRUE(IsPossible(peak)) << target << ": " << peak;
  }
  SetSimdTarget("");
  for (const int64_t size_bytes : {1, 100'000, 8'000'000}) {
    const double bandwidth = MeasureReadBandwidth(pool, size_bytes);
    EXPECT_TRUE(IsPossible(bandwidth)) << size_bytes << ": " << bandwidth;
  }
}

}  // namespace
}  // namespace ocellus
