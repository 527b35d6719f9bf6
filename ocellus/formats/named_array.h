// An array with a name: what files of parameters hold, whatever their format.
//
//   std::vector<NamedArray> arrays = ReadNpz("params.npz");
//   const NamedArray* weights = FindArray(arrays, "W1");
//   Tensor<float> values = weights->ToFloat();
//
// Arrays keep the order that they have in their file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "ocellus/tensor/tensor.h"

namespace ocellus {

using ArrayValues = std::variant<Tensor<float>, Tensor<double>>;

struct NamedArray {
  std::string name;
  ArrayValues values;

  const Shape& shape() const {
    return std::visit([](const auto& tensor) -> const Shape& { return tensor.shape(); }, values);
  }

  // "float32" or "float64", as NumPy calls them.
  std::string_view dtype() const {
    return std::holds_alternative<Tensor<float>>(values) ? "float32" : "float64";
  }

  // The elements as they lie in memory.
  std::span<const uint8_t> bytes() const {
    return std::visit(
        [](const auto& tensor) {
          return std::span(reinterpret_cast<const uint8_t*>(tensor.data()),
                           tensor.span().size_bytes());
        },
        values);
  }

  // Copies of the values, rounded to float or widened to double where needed.
  Tensor<float> ToFloat() const {
    return std::visit([](const auto& tensor) { return ConvertTo<float>(tensor.view()); }, values);
  }
  Tensor<double> ToDouble() const {
    return std::visit([](const auto& tensor) { return ConvertTo<double>(tensor.view()); }, values);
  }
};

// Returns the first array with this name, or nullptr.
inline const NamedArray* FindArray(std::span<const NamedArray> arrays, std::string_view name) {
  for (const NamedArray& array : arrays) {
    if (array.name == name) return &array;
  }
  return nullptr;
}

}  // namespace ocellus
