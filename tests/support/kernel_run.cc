// Kernels on every instruction set and with several numbers of threads.
#include "tests/support/kernel_run.h"

#include <array>
#include <optional>
#include <string>

#include "ocellus/kernels/simd_target.h"
#include "tests/support/compare.h"

namespace ocellus {
namespace {

// Started once: the pools of 1, 2, 3 and 7 threads.
std::array<ThreadPool, 4>& Pools() {
  static std::array<ThreadPool, 4> pools{ThreadPool(1), ThreadPool(2), ThreadPool(3),
                                         ThreadPool(7)};
  return pools;
}

// Sets the instruction set and goes back to the best one at the end.
class ScopedSimdTarget {
 public:
  explicit ScopedSimdTarget(const std::string& name) { SetSimdTarget(name); }
  ~ScopedSimdTarget() { SetSimdTarget(""); }
  ScopedSimdTarget(const ScopedSimdTarget&) = delete;
  ScopedSimdTarget& operator=(const ScopedSimdTarget&) = delete;
};

}  // namespace

void RunKernel(ThreadPool& pool, int64_t scratch_bytes,
               FunctionRef<void(const KernelContext&)> run) {
  GuardedBytes scratch(scratch_bytes, /*offset_bytes=*/0);
  run({pool, scratch.span()});
  EXPECT_TRUE(scratch.GuardsAreIntact()) << "scratch memory";
}

void RunEverywhere(FunctionRef<int64_t(int threads)> scratch_bytes,
                   FunctionRef<GuardedTensor(const KernelContext&)> run,
                   FunctionRef<testing::AssertionResult(TensorView<const float>)> check) {
  for (const std::string& target : SupportedSimdTargets()) {
    const ScopedSimdTarget scoped_target(target);
    std::optional<GuardedTensor> of_one_thread;
    for (ThreadPool& pool : Pools()) {
      SCOPED_TRACE(target + ", threads: " + std::to_string(pool.threads()));
      std::optional<GuardedTensor> output;
      RunKernel(pool, scratch_bytes(pool.threads()),
                [&](const KernelContext& context) { output = run(context); });
      EXPECT_TRUE(output->GuardsAreIntact()) << "output";
      if (!of_one_thread) {
        EXPECT_TRUE(check(output->view()));
        of_one_thread = std::move(output);
      } else {
        EXPECT_TRUE(SameBits(output->view(), of_one_thread->view()));
      }
    }
  }
}

}  // namespace ocellus
