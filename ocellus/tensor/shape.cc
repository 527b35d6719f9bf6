// Shapes: checked when they are made.
#include "ocellus/tensor/shape.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// Leaves room for the size of an element.
constexpr int64_t kMaxElements = int64_t{1} << 58;

}  // namespace

Shape::Shape(std::initializer_list<int64_t> sizes)
    : Shape(std::span<const int64_t>(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const int64_t> sizes) {
  const auto text = [&] { return fmt::format("{}", fmt::join(sizes, "x")); };
  if (sizes.size() > kMaxRank) {
    Fail("shape {}: expected at most {} axes, found {}", text(), kMaxRank, sizes.size());
  }
  for (const int64_t size : sizes) {
    if (size < 1) Fail("shape {}: every size must be at least 1, found {}", text(), size);
    if (size > kMaxElements / elements_) {
      Fail("shape {}: expected at most 2^58 elements, found more", text());
    }
    elements_ *= size;
  }
  std::ranges::copy(sizes, sizes_.begin());
  rank_ = static_cast<int>(sizes.size());
}

Shape Shape::Batch(int64_t n) const {
  std::array<int64_t, kMaxRank + 1> sizes{n};
  std::copy_n(sizes_.begin(), rank_, sizes.begin() + 1);
  return Shape(std::span<const int64_t>(sizes.data(), static_cast<size_t>(rank_) + 1));
}

Shape Shape::Sample() const {
  OCELLUS_CHECK(rank_ >= 1, "a scalar has no first axis");
  return Shape(sizes().subspan(1));
}

std::string Shape::ToString() const {
  if (rank_ == 0) return "scalar";
  return fmt::format("{}", fmt::join(sizes(), "x"));
}

}  // namespace ocellus
