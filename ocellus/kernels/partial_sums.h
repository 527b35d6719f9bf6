// Results that several pieces of work have for the same numbers.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/base/parallel.h"

namespace ocellus {

// sums[i] += partial[i] + partial[i + size] + ...: `parts` arrays of sums.size() elements behind
// each other, added in this order.
void AddPartialSums(const float* partial, int64_t parts, std::span<float> sums, ThreadPool& pool);

}  // namespace ocellus
