// The squared length of a vector: what clipping a gradient by its norm needs.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/kernels/kernel_context.h"

namespace ocellus {

// Returns the sum of the squares, added up in double: the same bits for any number of threads. Uses
// context.scratch.
double SumOfSquares(std::span<const float> values, const KernelContext& context);
int64_t SumOfSquaresScratchBytes(int64_t size);

}  // namespace ocellus
