// Puts buffers that are needed at different times into the same memory.
//
//   const std::vector<BufferLife> lives = {{1000, 0, 1}, {500, 1, 2}, {1000, 2, 3}};
//   MemoryPlan plan = PlanMemory(lives);       // the third takes the place of the first
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ocellus {

// A buffer and the first and last moment at which its contents matter.
struct BufferLife {
  int64_t size_bytes = 0;
  int first = 0;
  int last = 0;
};

struct MemoryPlan {
  std::vector<int64_t> offsets;  // in bytes, multiples of kAlignmentBytes; one for each buffer
  int64_t size_bytes = 0;        // of the whole
};

// Places the buffers so that no two whose lives overlap share a byte: the largest first, each at
// the lowest place that is free for all its life (Pisarchyk and Lee 2020, "greedy by size"). No
// plan can be smaller than the largest sum of buffers that live at the same time. For a chain of
// layers whose outputs do not grow this one is as small, as is the case for most networks from
// their first layer on; in general it can be larger, for chains of random sizes by up to a half.
MemoryPlan PlanMemory(std::span<const BufferLife> buffers);

}  // namespace ocellus
