// A tensor with the given elements in row-major order.
//
//   const Tensor<double> plane = TensorOf({2, 2}, {1, 2, 3, 4});
#pragma once

#include <algorithm>
#include <initializer_list>

#include "ocellus/tensor/tensor.h"

namespace ocellus {

template <typename T = double>
Tensor<T> TensorOf(const Shape& shape, std::initializer_list<double> elements) {
  OCELLUS_CHECK(shape.elements() == std::ssize(elements), "{} elements for shape {}",
                elements.size(), shape.ToString());
  Tensor<T> tensor(shape);
  std::ranges::transform(elements, tensor.data(),
                         [](double element) { return static_cast<T>(element); });
  return tensor;
}

}  // namespace ocellus
