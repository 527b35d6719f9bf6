// Greedy placement by size.
#include "ocellus/network/memory_plan.h"

#include <algorithm>
#include <numeric>

#include "ocellus/base/aligned_buffer.h"

namespace ocellus {

MemoryPlan PlanMemory(std::span<const BufferLife> buffers) {
  MemoryPlan plan;
  plan.offsets.resize(buffers.size());

  std::vector<size_t> by_size(buffers.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::ranges::stable_sort(by_size, std::ranges::greater{},
                           [&](size_t i) { return buffers[i].size_bytes; });

  std::vector<size_t> placed;  // ordered by offset
  for (const size_t i : by_size) {
    const int64_t size = RoundUp(buffers[i].size_bytes, kAlignmentBytes);
    int64_t offset = 0;
    for (const size_t other : placed) {
      const bool at_the_same_time =
          buffers[other].first <= buffers[i].last && buffers[i].first <= buffers[other].last;
      if (!at_the_same_time) continue;
      if (offset + size <= plan.offsets[other]) break;  // fits into the gap before it
      const int64_t end = plan.offsets[other] + RoundUp(buffers[other].size_bytes, kAlignmentBytes);
      offset = std::max(offset, end);
    }
    plan.offsets[i] = offset;
    plan.size_bytes = std::max(plan.size_bytes, offset + size);
    const auto place =
        std::ranges::upper_bound(placed, offset, {}, [&](size_t p) { return plan.offsets[p]; });
    placed.insert(place, i);
  }
  return plan;
}

}  // namespace ocellus
