// Buffers in the same memory.
#include "ocellus/network/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

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

// A chain of buffers, and the largest sum of two neighbours: the least that any plan can take.
struct Chain {
  std::vector<BufferLife> buffers;
  int64_t least = 0;
};

Chain MakeChain(const std::vector<int64_t>& sizes) {
  Chain chain;
  for (size_t step = 0; step < sizes.size(); ++step) {
    const int first = static_cast<int>(step);
    chain.buffers.push_back({sizes[step], first, first + 1});
    if (step > 0) chain.least = std::max(chain.least, sizes[step - 1] + sizes[step]);
  }
  return chain;
}

TEST(PlanMemory, IsOptimalForChainsThatDoNotGrow) {
  Random random(2, 0);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<int64_t> sizes(20);
    for (int64_t& size : sizes) size = static_cast<int64_t>(64 * (1 + random.Below(50)));
    const Chain any = MakeChain(sizes);
    EXPECT_LE(PlanMemory(any.buffers).size_bytes, any.least * 3 / 2);
    std::ranges::sort(sizes, std::ranges::greater{});
    const Chain shrinking = MakeChain(sizes);
    EXPECT_EQ(PlanMemory(shrinking.buffers).size_bytes, shrinking.least);
  }
}

TEST(PlanMemory, OfNothingIsNothing) { EXPECT_EQ(PlanMemory({}).size_bytes, 0); }

}  // namespace
}  // namespace ocellus
