// Seeded random numbers that are the same on every machine and for any number of threads.
//
//   Random random(seed, /*stream=*/0);
//   double weight = 0.01 * random.Normal();
//
// The generator is counter-based: number i of stream s for seed k is a pure function of (k, s, i).
// So a generator's whole state is three numbers that fit into a checkpoint, and streams with
// different numbers are independent of each other.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011),
// Philox4x32 with 10 rounds.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace ocellus {

class Random {
 public:
  Random(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  // The same stream from its block number `block` on. A block is four times Bits, and so twice
  // Uniform or Normal: pieces of a stream can be drawn at the same time.
  Random From(uint64_t block) const;

  // The next 32 random bits.
  uint32_t Bits();

  // Uniform in [0, 1), a multiple of 2^-53.
  double Uniform();

  // Uniform in [0, bound), without bias; bound > 0 (Lemire 2019).
  uint64_t Below(uint64_t bound);

  // Normal with mean 0 and standard deviation 1 (Box and Muller 1958).
  double Normal();

  // Puts the elements in random order (Fisher and Yates; every order is equally likely).
  template <typename T>
  void Shuffle(std::span<T> elements) {
    for (size_t i = elements.size(); i > 1; --i) std::swap(elements[i - 1], elements[Below(i)]);
  }

 private:
  uint64_t seed_;
  uint64_t stream_;
  uint64_t block_ = 0;  // the next counter value
  std::array<uint32_t, 4> ready_{};
  int ready_count_ = 0;
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

// The generator itself: four random words for a counter value of a stream.
std::array<uint32_t, 4> Philox(uint64_t seed, uint64_t stream, uint64_t counter);

}  // namespace ocellus
