// The runner fails when a kernel does what it must not.
#include "tests/support/kernel_run.h"

#include <gtest/gtest-spi.h>

#include <set>

#include "ocellus/kernels/simd_target.h"
#include "tests/support/compare.h"

namespace ocellus {
namespace {

constexpr auto kSixteenBytesEach = [](int threads) { return 16 * threads; };

GuardedTensor Filled(float value) { return GuardedTensor(Tensor<float>({3}, value)); }

constexpr auto kAccept = [](TensorView<const float>) { return testing::AssertionSuccess(); };

TEST(RunEverywhere, RunsEveryTargetWithEveryNumberOfThreads) {
  std::set<std::string> targets;
  std::multiset<int> threads;
  int checks = 0;
  RunEverywhere(
      kSixteenBytesEach,
      [&](const KernelContext& context) {
        targets.insert(CurrentSimdTarget());
        threads.insert(context.pool.threads());
        EXPECT_EQ(std::ssize(context.scratch), 16 * context.pool.threads());
        return Filled(1);
      },
      [&](TensorView<const float> output) {
        ++checks;
        return SameBits(output, Tensor<float>({3}, 1.0f));
      });
  EXPECT_EQ(targets.size(), SupportedSimdTargets().size());
  EXPECT_EQ(threads.size(), 4 * targets.size());
  EXPECT_EQ(threads.count(7), targets.size());
  EXPECT_EQ(checks, std::ssize(targets));
  EXPECT_EQ(CurrentSimdTarget(), SupportedSimdTargets().front()) << "the best one again";
}

// A failure of each kind happens on every target, hence the loops inside one expectation.
template <typename Run>
std::string FailuresOf(const Run& run) {
  testing::TestPartResultArray failures;
  {
    testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    run();
  }
  std::string text;
  for (int i = 0; i < failures.size(); ++i) text += failures.GetTestPartResult(i).message();
  return text;
}

TEST(RunEverywhere, FailsWhenTheCheckDoes) {
  const std::string failures = FailuresOf([] {
    RunEverywhere(
        kNoScratch, [](const KernelContext&) { return Filled(1); },
        [](TensorView<const float>) { return testing::AssertionFailure() << "is wrong"; });
  });
  EXPECT_NE(failures.find("is wrong"), std::string::npos) << failures;
}

TEST(RunEverywhere, FailsWhenTheNumberOfThreadsShows) {
  const std::string failures = FailuresOf([] {
    RunEverywhere(
        kNoScratch,
        [](const KernelContext& context) { return Filled(context.pool.threads() == 3 ? 2 : 1); },
        kAccept);
  });
  EXPECT_NE(failures.find("threads: 3"), std::string::npos) << failures;
  EXPECT_EQ(failures.find("threads: 7"), std::string::npos) << failures;
}

TEST(RunEverywhere, FailsWhenScratchOrOutputIsOverrun) {
  const std::string scratch_failures = FailuresOf([] {
    RunEverywhere(
        kSixteenBytesEach,
        [](const KernelContext& context) {
          context.scratch.data()[context.scratch.size()] = std::byte{0};
          return Filled(1);
        },
        kAccept);
  });
  EXPECT_NE(scratch_failures.find("scratch memory"), std::string::npos) << scratch_failures;
  const std::string output_failures = FailuresOf([] {
    RunEverywhere(
        kNoScratch,
        [](const KernelContext&) {
          GuardedTensor output = Filled(1);
          output.view().data()[3] = 1;
          return output;
        },
        kAccept);
  });
  EXPECT_NE(output_failures.find("output"), std::string::npos) << output_failures;
}

TEST(RunEverywhere, PassesAKernelThatBehaves) {
  EXPECT_EQ(FailuresOf([] {
              RunEverywhere(
                  kSixteenBytesEach,
                  [](const KernelContext& context) {
                    std::ranges::fill(context.scratch, std::byte{0});
                    return Filled(1);
                  },
                  kAccept);
            }),
            "");
}

}  // namespace
}  // namespace ocellus
