// Memory for numbers: aligned to a cache line, owned, movable, not copied by accident.
//
//   AlignedBuffer<float> scratch(1000);   // not initialised
//   scratch[0] = 1.0f;
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "ocellus/base/checked_math.h"

namespace ocellus {

// One cache line, and one AVX-512 vector.
inline constexpr int64_t kAlignmentBytes = 64;

template <typename T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>, "memory is handed out uninitialised");

 public:
  AlignedBuffer() = default;

  // Takes memory for `size` elements and leaves it uninitialised. Throws Error if the size
  // overflows, std::bad_alloc if there is not so much memory.
  explicit AlignedBuffer(int64_t size) : size_(size) {
    if (size == 0) return;
    const int64_t bytes = CheckedMultiply(size, sizeof(T), "buffer size in bytes");
    const int64_t padded = CheckedAdd(bytes, kAlignmentBytes - 1, "buffer size in bytes") /
                           kAlignmentBytes * kAlignmentBytes;
    data_.reset(static_cast<T*>(
        std::aligned_alloc(static_cast<size_t>(kAlignmentBytes), static_cast<size_t>(padded))));
    if (data_ == nullptr) throw std::bad_alloc();
  }

  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  int64_t size() const { return size_; }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](int64_t i) { return data_.get()[i]; }
  const T& operator[](int64_t i) const { return data_.get()[i]; }
  std::span<T> span() { return {data_.get(), static_cast<size_t>(size_)}; }
  std::span<const T> span() const { return {data_.get(), static_cast<size_t>(size_)}; }

 private:
  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<T, Free> data_;
  int64_t size_ = 0;
};

}  // namespace ocellus
