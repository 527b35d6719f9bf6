// Which elements a dropout keeps: a function of seed, stream and position alone, so that it is the
// same for every number of threads, in both precisions, and again in the backward pass.
//
//   DropoutMask(/*ratio=*/0.5, seed, stream, /*first=*/0, kept);
#pragma once

#include <cstdint>
#include <span>

namespace ocellus {

// Overwrites `kept` for the elements first, first + 1, ...: 1 where an element is kept, 0 where it
// is dropped. `first` is a multiple of 4. Element i is dropped if word i of the random numbers
// (seed, stream) is below ratio * 2^32, so that every ratio is met to 2^-32.
void DropoutMask(double ratio, uint64_t seed, uint64_t stream, int64_t first,
                 std::span<uint8_t> kept);

}  // namespace ocellus
