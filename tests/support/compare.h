// Comparisons that NaN fails, with bounds that are derived and not guessed.
//
//   EXPECT_TRUE(AllNear(found.span(), expected.span(), {.terms = 25, .magnitude = 4.0}));
//   EXPECT_TRUE(SameBits(one.span(), two.span()));
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>

#include "ocellus/base/random.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// What a float result that is a sum may be off from the exact one: each of the `terms` roundings of
// a sum of at most `magnitude` (the sum of the terms' magnitudes) is off by half an epsilon of it,
// and a product or the last conversion by as much again.
struct Tolerance {
  int64_t terms = 1;
  double magnitude = 1;

  double bound() const;
};

// Fails for different sizes, NaN in either, or a difference beyond the tolerance; the message has
// the worst element.
testing::AssertionResult AllNear(std::span<const float> found, std::span<const double> expected,
                                 const Tolerance& tolerance);

// Fails unless sizes and all bits are the same.
testing::AssertionResult SameBits(std::span<const float> a, std::span<const float> b);

// Values of both signs, about every eighth an exact zero; magnitudes are at most 1. They are
// floats, so the double copy is exact.
Tensor<float> RandomTensor(const Shape& shape, uint64_t seed);

// A float tensor between guard elements, all NaN at first.
class GuardedTensor {
 public:
  explicit GuardedTensor(const Shape& shape);
  TensorView<float> view();
  std::span<const float> span() { return view().span(); }
  // Whether nobody wrote before or behind the tensor.
  testing::AssertionResult GuardsAreIntact() const;

 private:
  static constexpr int64_t kGuard = 32;
  Shape shape_;
  AlignedBuffer<float> buffer_;
};

}  // namespace ocellus
