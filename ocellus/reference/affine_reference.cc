// The chapter's Affine: one matrix product in each direction.
#include "ocellus/reference/affine_reference.h"

#include <algorithm>

#include "ocellus/reference/matrix_product_reference.h"
#include "ocellus/reference/relu_reference.h"
#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {

void AffineForward(TensorView<const double> input, TensorView<const double> weights,
                   TensorView<const double> biases, Activation activation,
                   TensorView<double> output) {
  CheckShape("output", output.shape(), {input.shape()[0], weights.shape()[1]});
  const Tensor<double> product = MatrixProduct(input, weights);
  for (int64_t n = 0; n < output.shape()[0]; ++n) {
    for (int64_t j = 0; j < output.shape()[1]; ++j) {
      const double bias = biases.empty() ? 0.0 : biases[j];
      output.At(n, j) = Activate(activation, product.At(n, j) + bias);
    }
  }
}

void AffineInputGradient(TensorView<const double> d_output, TensorView<const double> weights,
                         TensorView<double> d_input) {
  CheckShape("d_input", d_input.shape(), {d_output.shape()[0], weights.shape()[0]});
  const Tensor<double> product = MatrixProduct(d_output, Transpose(weights));
  std::ranges::copy(product.span(), d_input.data());
}

void AccumulateAffineWeightGradient(TensorView<const double> input,
                                    TensorView<const double> d_output, TensorView<double> d_weights,
                                    TensorView<double> d_biases) {
  CheckShape("d_weights", d_weights.shape(), {input.shape()[1], d_output.shape()[1]});
  const Tensor<double> product = MatrixProduct(Transpose(input), d_output);
  for (int64_t i = 0; i < product.elements(); ++i) d_weights[i] += product[i];
  if (d_biases.empty()) return;
  for (int64_t j = 0; j < d_output.shape()[1]; ++j) {
    double sum = 0;
    for (int64_t n = 0; n < d_output.shape()[0]; ++n) sum += d_output.At(n, j);
    d_biases[j] += sum;
  }
}

}  // namespace ocellus::reference
