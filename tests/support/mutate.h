// Damaged copies of files, for tests of readers.
//
//   Random random(/*seed=*/1, /*stream=*/0);
//   for (int i = 0; i < 1000; ++i) Parse(Mutate(good, random));
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ocellus/base/random.h"

namespace ocellus {

// Changes one to three places: a bit, a byte, an extreme number, a piece taken out or doubled.
inline std::vector<uint8_t> Mutate(std::vector<uint8_t> bytes, Random& random) {
  const auto below = [&](size_t limit) {
    return static_cast<size_t>(random.Below(static_cast<uint64_t>(limit)));
  };
  for (size_t changes = 1 + below(3); changes > 0 && !bytes.empty(); --changes) {
    const size_t place = below(bytes.size());
    const auto at = bytes.begin() + static_cast<ptrdiff_t>(place);
    const size_t size = std::min(bytes.size() - place, 1 + below(8));
    const auto end = at + static_cast<ptrdiff_t>(size);
    switch (below(5)) {
      case 0:
        *at ^= static_cast<uint8_t>(1 << below(8));
        break;
      case 1:
        *at = static_cast<uint8_t>(below(256));
        break;
      case 2:
        std::fill(at, end, below(2) == 0 ? uint8_t{0} : uint8_t{0xff});
        break;
      case 3:
        bytes.erase(at, end);
        break;
      case 4: {
        const std::vector<uint8_t> piece(at, end);
        bytes.insert(at, piece.begin(), piece.end());
        break;
      }
    }
  }
  return bytes;
}

}  // namespace ocellus
