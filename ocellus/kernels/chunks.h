// How arrays are cut for threads when every element is on its own.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/parallel.h"

namespace ocellus {

// 64 KiB of floats: some 10 us of work that is bound by memory, ten times what a piece costs to
// hand out. A multiple of every vector size.
inline constexpr int64_t kChunkElements = 16384;

// Steps of one sample and optimizers leave fewer elements to one thread, whose cache holds them
// from one operation to the next.
inline constexpr int64_t kMinSharedElements = 4 * kChunkElements;

// Calls body(begin, end) for chunks of [0, size), on all threads.
template <typename Body>
void ForEachChunk(int64_t size, ThreadPool& pool, const Body& body) {
  pool.ParallelFor(CeilDivide(size, kChunkElements), [&](int64_t chunk, int) {
    body(chunk * kChunkElements, std::min(size, (chunk + 1) * kChunkElements));
  });
}

}  // namespace ocellus
