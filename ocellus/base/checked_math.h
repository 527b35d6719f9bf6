// Arithmetic on sizes that come from outside: 64 bits, and an error instead of an overflow.
#pragma once

#include <cstdint>

#include "ocellus/base/error.h"

namespace ocellus {

// Returns a * b. Throws Error, naming `what`, if the product does not fit into 64 bits.
inline int64_t CheckedMultiply(int64_t a, int64_t b, const char* what) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    Fail("{}: {} x {} does not fit into 64 bits", what, a, b);
  return product;
}

// Returns a + b. Throws Error, naming `what`, if the sum does not fit into 64 bits.
inline int64_t CheckedAdd(int64_t a, int64_t b, const char* what) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) Fail("{}: {} + {} does not fit into 64 bits", what, a, b);
  return sum;
}

// Returns the smallest integer not below a / b, for a >= 0 and b > 0.
constexpr int64_t CeilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Returns the smallest multiple of `unit` that is not below a, for a >= 0 and unit > 0.
constexpr int64_t RoundUp(int64_t a, int64_t unit) { return CeilDivide(a, unit) * unit; }

}  // namespace ocellus
