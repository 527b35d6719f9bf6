// Buffers in the same memory.
#include "ocellus/network/memory_plan.h"

#include <gtest/gtest.h>

#include "ocellus/base/random.h"

namespace ocellus {
namespace {

TEST(PlanMemory, NeverLetsBuffersOverlapThatLiveAtTheSameTime) {
  Random random(1, 0);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<BufferLife> buffers;
    for (int i = 0; i < 20; ++i) {
      const int first = static_cast<int>(random.Below(10));
      buffers.push_back({static_cast<int64_t>(random.Below(1000) + 1), first,
                         first + static_cast<int>(random.Below(5))});
    }
    const MemoryPlan plan = PlanMemory(buffers);
    for (size_t a = 0; a < buffers.size(); ++a) {
      EXPECT_EQ(plan.offsets[a] % 64, 0);
      EXPECT_LE(plan.offsets[a] + buffers[a].size_bytes, plan.size_bytes);
      for (size_t b = 0; b < a; ++b) {
        const bool same_time =
            buffers[a].first <= buffers[b].last && buffers[b].first <= buffers[a].last;
        const bool same_place = plan.offsets[a] < plan.offsets[b] + buffers[b].size_bytes &&
                                plan.offsets[b] < plan.offsets[a] + buffers[a].size_bytes;
        EXPECT_FALSE(same_time && same_place);
      }
    }
  }
}

TEST(PlanMemory, NeedsTwoBuffersForAChainHoweverLong) {
  std::vector<BufferLife> chain;
  for (int step = 0; step < 50; ++step) chain.push_back({1024, step, step + 1});
  EXPECT_EQ(PlanMemory(chain).size_bytes, 2 * 1024);
}

}  // namespace
}  // namespace ocellus
