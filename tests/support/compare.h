// Comparisons in which nothing slips through: NaN fails, another shape fails, and a failure shows
// the worst element, its index, both values, the bound, which is derived and not guessed, and the
// seed. And random numbers to compare.
//
//   EXPECT_TRUE(AllNear(found.span(), expected.span(), {.terms = 25, .magnitude = 4.0}));
//   EXPECT_TRUE(AllNear(found, expected, SumBound<double>(25, Largest(a) * Largest(b))));
//   EXPECT_TRUE(SameBits(one, two));
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "ocellus/tensor/tensor.h"
#include "tests/support/guarded.h"

namespace ocellus {

// What a float result that is a sum may be off from the exact one: each of the `terms` roundings of
// a sum of at most `magnitude` (the sum of the terms' magnitudes) is off by half an epsilon of it,
// and a product or the last conversion by as much again.
struct Tolerance {
  int64_t terms = 1;
  double magnitude = 1;

  double bound() const;
};

// How far a sum of so many terms of random sign, each at most largest_term in magnitude, may be
// from the exact sum if products and partial sums are rounded to T. A partial sum of k terms of
// standard deviation s is about s * sqrt(k), and its rounding is off by at most epsilon / 2 of
// that; n such errors together have a standard deviation below epsilon / 2 * s * n / sqrt(2). So
// epsilon * n * largest_term is more than eight standard deviations for terms with largest_term >=
// 3 s.
template <typename T>
double SumBound(int64_t terms, double largest_term) {
  return std::numeric_limits<T>::epsilon() * static_cast<double>(terms) * largest_term;
}

// The largest magnitude of an element.
template <typename T>
double Largest(const Tensor<T>& tensor) {
  double largest = 0;
  for (const T element : tensor.span()) largest = std::max(largest, std::abs(double{element}));
  return largest;
}

// Whether the shapes are the same and |found - expected| <= bound for every element. A NaN on
// either side fails; an infinity is near to itself only.
testing::AssertionResult AllNear(TensorView<const float> found, TensorView<const double> expected,
                                 double bound);
testing::AssertionResult AllNear(TensorView<const double> found, TensorView<const double> expected,
                                 double bound);

// Whether shapes and all bits are the same: 0 differs from -0, and a NaN equals one with the same
// bits.
testing::AssertionResult SameBits(TensorView<const float> a, TensorView<const float> b);
testing::AssertionResult SameBits(TensorView<const double> a, TensorView<const double> b);

// The same for arrays, of which the sizes must agree.
testing::AssertionResult AllNear(std::span<const float> found, std::span<const double> expected,
                                 const Tolerance& tolerance);
testing::AssertionResult SameBits(std::span<const float> a, std::span<const float> b);

// What OCELLUS_TEST_SEED says, or 0: added to the seed of every random tensor, to run the tests
// with other numbers.
uint64_t TestSeed();

// Values of both signs, about every eighth an exact zero; magnitudes are at most 1. T is float or
// double.
template <typename T = float>
Tensor<T> RandomTensor(const Shape& shape, uint64_t seed);

// Whole numbers from -2 to 2: many are equal, and their sums are exact. T is float or double.
template <typename T = float>
Tensor<T> RandomWholeNumbers(const Shape& shape, uint64_t seed);

}  // namespace ocellus
