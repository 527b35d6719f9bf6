// See dropout_mask.h.
#include "ocellus/tensor/dropout_mask.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ocellus/base/check.h"
#include "ocellus/base/random.h"

namespace ocellus {

void DropoutMask(double ratio, uint64_t seed, uint64_t stream, int64_t first,
                 std::span<uint8_t> kept) {
  constexpr size_t kWords = 4;  // that one call of the generator gives
  OCELLUS_CHECK(first % static_cast<int64_t>(kWords) == 0, "first is {}", first);
  const auto dropped = static_cast<uint64_t>(std::llround(ratio * 0x1p32));
  uint64_t counter = static_cast<uint64_t>(first) / kWords;
  for (size_t i = 0; i < kept.size(); i += kWords, ++counter) {
    const std::array<uint32_t, kWords> words = Philox(seed, stream, counter);
    const size_t count = std::min(kWords, kept.size() - i);
    for (size_t k = 0; k < count; ++k) kept[i + k] = words[k] >= dropped ? 1 : 0;
  }
}

}  // namespace ocellus
