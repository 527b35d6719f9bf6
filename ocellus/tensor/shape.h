// The size of a tensor along each axis.
//
//   Shape batch{100, 1, 28, 28};            // N, C, H, W
//   batch.elements();                       // 78400
//   batch.ToString();                       // "100x1x28x28"
//
// A Shape needs no heap memory. Sizes are at least 1 and their product is at most 2^58, checked
// when it is made: whoever holds a Shape can multiply without fear.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace ocellus {

class Shape {
 public:
  static constexpr int kMaxRank = 6;

  // The shape of a single number: no axes, one element.
  Shape() = default;

  // Throws Error if there are more than kMaxRank sizes, one of them is below 1, or their product
  // overflows.
  Shape(std::initializer_list<int64_t> sizes);
  explicit Shape(std::span<const int64_t> sizes);

  int rank() const { return rank_; }
  int64_t operator[](int axis) const { return sizes_[static_cast<size_t>(axis)]; }
  int64_t elements() const { return elements_; }
  std::span<const int64_t> sizes() const { return {sizes_.data(), static_cast<size_t>(rank_)}; }

  // This shape with one more axis in front: a batch of n samples of this shape.
  Shape Batch(int64_t n) const;

  // This shape without its first axis: one sample of a batch. The rank must be at least 1.
  Shape Sample() const;

  // "100x1x28x28"; "scalar" for no axes.
  std::string ToString() const;

  friend bool operator==(const Shape& a, const Shape& b) = default;

 private:
  std::array<int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
  int64_t elements_ = 1;
};

}  // namespace ocellus
