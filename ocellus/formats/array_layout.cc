// From the bytes of an array to a tensor: byte order and axis order.
#include "ocellus/formats/array_layout.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// Files are written as memory lies.
static_assert(std::endian::native == std::endian::little);

template <typename T>
void ReverseBytes(std::span<T> values) {
  for (T& value : values) {
    auto* bytes = reinterpret_cast<uint8_t*>(&value);
    std::reverse(bytes, bytes + sizeof(T));
  }
}

// Returns the elements of `from`, whose first axis is contiguous, with the last axis contiguous.
template <typename T>
Tensor<T> FromFortranOrder(const Tensor<T>& from) {
  const Shape& shape = from.shape();
  std::array<int64_t, Shape::kMaxRank> stride{};  // of `from`
  for (int64_t axis = 0, product = 1; axis < shape.rank(); ++axis) {
    stride[axis] = product;
    product *= shape[static_cast<int>(axis)];
  }
  Tensor<T> to(shape);
  std::array<int64_t, Shape::kMaxRank> index{};
  int64_t source = 0;
  for (T& value : to.span()) {
    value = from[source];
    // The next index, the last axis first.
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      source += stride[axis];
      if (++index[axis] < shape[axis]) break;
      source -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return to;
}

template <typename T>
Tensor<T> Decode(std::span<const uint8_t> bytes, const ArrayLayout& layout) {
  Tensor<T> tensor(layout.shape);
  std::memcpy(tensor.data(), bytes.data(), bytes.size());
  if (layout.element.byte_order != std::endian::native) ReverseBytes(tensor.span());
  if (layout.order == AxisOrder::kC || layout.shape.rank() < 2) return tensor;
  return FromFortranOrder(tensor);
}

}  // namespace

std::optional<ElementFormat> ParseElementFormat(std::string_view code) {
  if (code == "<f4") return ElementFormat{4, std::endian::little};
  if (code == "<f8") return ElementFormat{8, std::endian::little};
  if (code == ">f4") return ElementFormat{4, std::endian::big};
  if (code == ">f8") return ElementFormat{8, std::endian::big};
  return std::nullopt;
}

Shape ParseShape(std::span<const int64_t> sizes, std::string_view where) {
  try {
    return Shape(sizes);
  } catch (const Error& error) {
    Fail("{}: {}", where, error.what());
  }
}

ArrayValues DecodeArray(std::span<const uint8_t> bytes, const ArrayLayout& layout) {
  OCELLUS_CHECK(static_cast<int64_t>(bytes.size()) == layout.size_bytes(), "{} bytes for shape {}",
                bytes.size(), layout.shape.ToString());
  if (layout.element.size_bytes == 4) return Decode<float>(bytes, layout);
  return Decode<double>(bytes, layout);
}

}  // namespace ocellus
