// Memory for numbers: aligned to a cache line, owned, movable, not copied by accident.
//
//   AlignedBuffer<float> scratch(1000);   // not initialised
//   scratch[0] = 1.0f;
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "ocellus/base/checked_math.h"

namespace ocellus {

// One cache line, and one AVX-512 vector.
inline constexpr int64_t kAlignmentBytes = 64;

// The size of a huge page on x86-64, and on AArch64 with pages of 4 KiB.
inline constexpr int64_t kHugePageBytes = int64_t{2} << 20;

// Buffers of this size and more ask the system for huge pages. A kernel that streams through
// hundreds of kilobytes then seldom waits for the translation of an address: a tile of a matrix
// product with its operand in the second-level cache is a sixth faster (Intel Xeon).
inline constexpr int64_t kMinHugeBytes = kHugePageBytes / 4;

// Takes `bytes` > 0 of memory for std::free and leaves it uninitialised: aligned to
// kAlignmentBytes, with huge pages to kHugePageBytes. The last huge page is one only if
// kMinHugeBytes of it are asked for. Throws Error if the size overflows, std::bad_alloc if there is
// not so much memory.
void* AllocateAligned(int64_t bytes);

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
    data_.reset(static_cast<T*>(AllocateAligned(bytes)));
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
