// The choice of the instruction set.
#include "ocellus/kernels/simd_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/error_text.h"

namespace ocellus {
namespace {

TEST(SimdTarget, EachSupportedOneCanBeChosenAndTheFirstIsTheDefault) {
  const std::vector<std::string> targets = SupportedSimdTargets();
  ASSERT_FALSE(targets.empty());
  for (const std::string& target : targets) {
    SetSimdTarget(target);
    EXPECT_EQ(CurrentSimdTarget(), target);
    EXPECT_EQ(SupportedSimdTargets(), targets);  // the choice does not narrow what is supported
  }
  SetSimdTarget("");
  EXPECT_EQ(CurrentSimdTarget(), targets.front());
}

TEST(SimdTarget, RefusesUnknownNamesAndKeepsTheChoice) {
  const std::string last = SupportedSimdTargets().back();
  SetSimdTarget(last);
  EXPECT_THAT(ErrorText([] { SetSimdTarget("avx9"); }),
              testing::StartsWith("SIMD target: this processor has no instruction set 'avx9'"));
  EXPECT_EQ(CurrentSimdTarget(), last);
  SetSimdTarget("");
}

}  // namespace
}  // namespace ocellus
