// Philox4x32-10 and the distributions on top of it.
#include "ocellus/base/random.h"

#include <cmath>
#include <numbers>

namespace ocellus {

std::array<uint32_t, 4> Philox(uint64_t seed, uint64_t stream, uint64_t counter) {
  // Multipliers and Weyl increments of the paper's table 2.
  constexpr uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  std::array<uint32_t, 4> word = {
      static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32),
      static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)};
  auto key0 = static_cast<uint32_t>(seed);
  auto key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = kMultiplier0 * word[0];
    const uint64_t product1 = kMultiplier1 * word[2];
    word = {static_cast<uint32_t>(product1 >> 32) ^ word[1] ^ key0, static_cast<uint32_t>(product1),
            static_cast<uint32_t>(product0 >> 32) ^ word[3] ^ key1,
            static_cast<uint32_t>(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return word;
}

Random Random::From(uint64_t block) const {
  Random random(seed_, stream_);
  random.block_ = block;
  return random;
}

uint32_t Random::Bits() {
  if (ready_count_ == 0) {
    ready_ = Philox(seed_, stream_, block_++);
    ready_count_ = 4;
  }
  return ready_[4 - ready_count_--];
}

double Random::Uniform() {
  const uint64_t high = Bits();
  const uint64_t bits = (high << 32 | Bits()) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

uint64_t Random::Below(uint64_t bound) {
  // The high half of bits * bound is uniform once the low halves that occur too often are refused.
  const uint64_t too_often = (0 - bound) % bound;
  for (;;) {
    const uint64_t high = Bits();
    const uint64_t bits = high << 32 | Bits();
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(bits) * bound;
    if (static_cast<uint64_t>(product) >= too_often) return static_cast<uint64_t>(product >> 64);
  }
}

double Random::Normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));  // the logarithm of (0, 1]
  const double angle = 2.0 * std::numbers::pi * Uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_normal_ = true;
  return radius * std::cos(angle);
}

}  // namespace ocellus
