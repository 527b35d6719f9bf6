// Matrices in double: what the chapter takes from NumPy.
//
//   Tensor<double> out = reference::MatrixProduct(col, reference::Transpose(weights));
#pragma once

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Returns a {M, K} times b {K, N}: a matrix {M, N}. Terms are added in the order of K.
Tensor<double> MatrixProduct(TensorView<const double> a, TensorView<const double> b);

// Returns a {M, N} with rows and columns exchanged: {N, M}.
Tensor<double> Transpose(TensorView<const double> a);

}  // namespace ocellus::reference
