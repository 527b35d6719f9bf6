// Memory that notices who writes beside it or reads what nobody has written.
//
//   GuardedTensor output({2, 3});     // starts as NaN
//   ReluForward(input, output.view(), context);
//   EXPECT_TRUE(output.GuardsAreIntact());
//
// All bytes start as 0xFF, those of the guards before and after too. That is NaN in every
// floating-point type, so that reading too far shows in the result, and -1 in every signed integer.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

class GuardedBytes {
 public:
  // More than the largest vector, so that one vector too far still hits the guard.
  static constexpr int64_t kGuardBytes = 256;

  // `size_bytes` bytes that begin `offset_bytes` behind an address aligned to kAlignmentBytes.
  GuardedBytes(int64_t size_bytes, int64_t offset_bytes)
      : begin_(kGuardBytes + offset_bytes),
        size_(size_bytes),
        all_(begin_ + size_bytes + kGuardBytes) {
    std::memset(all_.data(), kPattern, static_cast<size_t>(all_.size()));
  }

  std::span<std::byte> span() { return all_.span().subspan(begin_, size_); }
  std::span<const std::byte> span() const { return all_.span().subspan(begin_, size_); }

  // Whether no byte outside the span has changed; if one has, the message says which.
  testing::AssertionResult GuardsAreIntact() const {
    for (int64_t i = 0; i < all_.size(); ++i) {
      const bool is_guard = i < begin_ || i >= begin_ + size_;
      if (!is_guard || all_[i] == std::byte{kPattern}) continue;
      if (i < begin_) {
        return testing::AssertionFailure() << "byte " << begin_ - i << " before the memory changed";
      }
      return testing::AssertionFailure()
             << "byte " << i - begin_ - size_ + 1 << " behind the memory changed";
    }
    return testing::AssertionSuccess();
  }

 private:
  static constexpr unsigned char kPattern = 0xFF;

  int64_t begin_;
  int64_t size_;
  AlignedBuffer<std::byte> all_;
};

// A tensor in guarded memory that is aligned to its elements only, like a view into a batch.
template <typename T>
class Guarded {
 public:
  explicit Guarded(const Shape& shape)
      : shape_(shape), bytes_(shape.elements() * int64_t{sizeof(T)}, int64_t{sizeof(T)}) {}

  // Starts with a copy of the given elements.
  explicit Guarded(TensorView<const T> contents) : Guarded(contents.shape()) {
    std::ranges::copy(contents.span(), view().data());
  }
  explicit Guarded(const Tensor<T>& contents) : Guarded(contents.view()) {}

  TensorView<T> view() { return {reinterpret_cast<T*>(bytes_.span().data()), shape_}; }
  TensorView<const T> view() const {
    return {reinterpret_cast<const T*>(bytes_.span().data()), shape_};
  }
  std::span<T> span() { return view().span(); }
  testing::AssertionResult GuardsAreIntact() const { return bytes_.GuardsAreIntact(); }

 private:
  Shape shape_;
  GuardedBytes bytes_;
};

using GuardedTensor = Guarded<float>;

}  // namespace ocellus
