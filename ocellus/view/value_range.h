// The lowest and the highest of many values, and how many of them are no finite numbers.
//
//   const ValueRange range(weights);
//   if (!range.empty()) fmt::print("from {:.3g} to {:.3g}\n", range.low, range.high);
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace ocellus {

struct ValueRange {
  double low = std::numeric_limits<double>::infinity();  // of the finite values
  double high = -std::numeric_limits<double>::infinity();
  int64_t not_finite = 0;

  ValueRange() = default;
  explicit ValueRange(std::span<const float> values) {
    for (const float value : values) Add(value);
  }

  void Add(double value) {
    if (!std::isfinite(value)) {
      ++not_finite;
      return;
    }
    low = std::min(low, value);
    high = std::max(high, value);
  }

  // Whether no value was finite.
  bool empty() const { return low > high; }
  // The magnitude of the largest finite value; 0 if there is none.
  double largest() const { return empty() ? 0 : std::max(std::abs(low), std::abs(high)); }
};

}  // namespace ocellus
