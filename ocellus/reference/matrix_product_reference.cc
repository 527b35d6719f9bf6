// Matrices, as in a textbook.
#include "ocellus/reference/matrix_product_reference.h"

#include "ocellus/base/check.h"

namespace ocellus::reference {

Tensor<double> MatrixProduct(TensorView<const double> a, TensorView<const double> b) {
  const int64_t rows = a.shape()[0], depth = a.shape()[1], columns = b.shape()[1];
  OCELLUS_CHECK(b.shape()[0] == depth, "{} times {}", a.shape().ToString(), b.shape().ToString());
  Tensor<double> product({rows, columns}, 0.0);
  for (int64_t m = 0; m < rows; ++m) {
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t n = 0; n < columns; ++n) product.At(m, n) += a.At(m, k) * b.At(k, n);
    }
  }
  return product;
}

Tensor<double> Transpose(TensorView<const double> a) {
  Tensor<double> transposed({a.shape()[1], a.shape()[0]});
  for (int64_t m = 0; m < a.shape()[0]; ++m) {
    for (int64_t n = 0; n < a.shape()[1]; ++n) transposed.At(n, m) = a.At(m, n);
  }
  return transposed;
}

}  // namespace ocellus::reference
