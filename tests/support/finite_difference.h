// Derivatives by the central difference quotient, as in the chapter's numerical_gradient.
//
//   Tensor<double> d_input = NumericalGradient(input, [&] { return Loss(input); });
#pragma once

#include "ocellus/base/function_ref.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// A third root of the rounding error of a double balances the error of the formula, h^2, with that
// of the difference, epsilon / h. For functions that are linear in each element only the second
// counts, some 1e-11 times the size of the function.
inline constexpr double kDifferenceStep = 1e-5;

// The derivative of f by each element of x, at the present values of x, which f reads.
inline Tensor<double> NumericalGradient(TensorView<double> x, FunctionRef<double()> f) {
  Tensor<double> gradient(x.shape());
  for (int64_t i = 0; i < x.elements(); ++i) {
    const double value = x[i];
    x[i] = value + kDifferenceStep;
    const double above = f();
    x[i] = value - kDifferenceStep;
    const double below = f();
    x[i] = value;
    gradient[i] = (above - below) / (2 * kDifferenceStep);
  }
  return gradient;
}

// The inner product of two tensors of the same size.
inline double InnerProduct(TensorView<const double> a, TensorView<const double> b) {
  OCELLUS_CHECK(a.elements() == b.elements(), "{} and {} elements", a.elements(), b.elements());
  double sum = 0;
  for (int64_t i = 0; i < a.elements(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace ocellus
