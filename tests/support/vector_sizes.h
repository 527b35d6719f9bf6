// Sizes of arrays that leave nothing, one element or all but one behind the last vector of every
// width, and more than one piece of work for threads.
#pragma once

#include <cstdint>

namespace ocellus {

inline constexpr int64_t kVectorSizes[] = {1,  2,  3,  4,  5,  7,  8,  9,     15,    16,    17,
                                           31, 32, 33, 47, 48, 49, 97, 16383, 16384, 16385, 50021};

}  // namespace ocellus
