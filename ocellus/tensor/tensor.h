// Tensors: numbers in memory with a shape, the last axis contiguous (N, C, H, W for images).
//
//   Tensor<float> image({1, 28, 28});            // owns its memory, not initialised
//   image.Fill(0.0f);
//   TensorView<const float> view = image;        // refers to it
//   float corner = view.At(0, 27, 27);
//
// T is float or double for everything that is computed with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/check.h"
#include "ocellus/tensor/shape.h"

namespace ocellus {

// A tensor in someone else's memory. Cheap to copy; const refers to the elements with
// TensorView<const T>, as with std::span.
template <typename T>
class TensorView {
 public:
  TensorView() = default;

  // Refers to the shape.elements() numbers at `data`.
  TensorView(T* data, const Shape& shape) : data_(data), shape_(shape) {}

  // A view that may write is also one that may read.
  template <typename U>
  requires(std::is_const_v<T>&& std::is_same_v<U, std::remove_const_t<T>>)
      TensorView(const TensorView<U>& other)  // NOLINT(google-explicit-constructor)
      : data_(other.data()), shape_(other.shape()) {}

  T* data() const { return data_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  bool empty() const { return data_ == nullptr; }
  std::span<T> span() const { return {data_, static_cast<size_t>(elements())}; }
  T& operator[](int64_t i) const { return data_[i]; }

  // The element at the given position: one index for each axis.
  template <typename... Index>
  T& At(Index... index) const {
    OCELLUS_DCHECK(sizeof...(index) == static_cast<size_t>(shape_.rank()),
                   "{} indices for shape {}", sizeof...(index), shape_.ToString());
    int64_t offset = 0;
    int axis = 0;
    ((offset = offset * shape_[axis++] + static_cast<int64_t>(index)), ...);
    return data_[offset];
  }

  // Sample n of a batch. The rank must be at least 1.
  TensorView Sample(int64_t n) const {
    const Shape sample = shape_.Sample();
    return {data_ + n * sample.elements(), sample};
  }

  // Samples first, ..., first + count - 1 of a batch.
  TensorView Samples(int64_t first, int64_t count) const {
    OCELLUS_CHECK(first >= 0 && first + count <= shape_[0], "samples {} to {} of {}", first,
                  first + count, shape_[0]);
    const Shape sample = shape_.Sample();
    return {data_ + first * sample.elements(), sample.Batch(count)};
  }

  // The same elements in the same order, seen as another shape.
  TensorView Reshape(const Shape& shape) const {
    OCELLUS_CHECK(shape.elements() == elements(), "{} as {}", shape_.ToString(), shape.ToString());
    return {data_, shape};
  }

  void Fill(T value) const requires(!std::is_const_v<T>) { std::fill_n(data_, elements(), value); }

 private:
  T* data_ = nullptr;
  Shape shape_;
};

// A tensor that owns its memory: aligned to 64 bytes, movable, copied only by Clone.
template <typename T>
class Tensor {
 public:
  Tensor() = default;

  // Takes memory and leaves it uninitialised.
  explicit Tensor(const Shape& shape) : buffer_(shape.elements()), shape_(shape) {}

  Tensor(const Shape& shape, T value) : Tensor(shape) { Fill(value); }

  T* data() { return buffer_.data(); }
  const T* data() const { return buffer_.data(); }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return buffer_.size(); }
  bool empty() const { return buffer_.size() == 0; }
  std::span<T> span() { return buffer_.span(); }
  std::span<const T> span() const { return buffer_.span(); }
  T& operator[](int64_t i) { return buffer_[i]; }
  const T& operator[](int64_t i) const { return buffer_[i]; }

  TensorView<T> view() { return {data(), shape_}; }
  TensorView<const T> view() const { return {data(), shape_}; }
  operator TensorView<T>() { return view(); }              // NOLINT(google-explicit-constructor)
  operator TensorView<const T>() const { return view(); }  // NOLINT(google-explicit-constructor)

  template <typename... Index>
  T& At(Index... index) {
    return view().At(index...);
  }
  template <typename... Index>
  const T& At(Index... index) const {
    return view().At(index...);
  }

  void Fill(T value) { view().Fill(value); }
  Tensor Clone() const { return ConvertTo<T>(view()); }

 private:
  AlignedBuffer<T> buffer_;
  Shape shape_;
};

// A copy with elements of another type.
template <typename To, typename From>
Tensor<To> ConvertTo(TensorView<From> from) {
  Tensor<To> to(from.shape());
  std::transform(from.data(), from.data() + from.elements(), to.data(),
                 [](From value) { return static_cast<To>(value); });
  return to;
}

}  // namespace ocellus
