// Affine layers by matrix products.
#include "ocellus/kernels/affine.h"

#include <algorithm>

#include "ocellus/kernels/matrix_product.h"
#include "ocellus/tensor/check_shape.h"

namespace ocellus {
namespace {

// d_weights (+)= input^T d_output
void MultiplyTransposed(TensorView<const float> input, TensorView<const float> d_output,
                        TensorView<float> d_weights, bool accumulates,
                        const KernelContext& context) {
  const int64_t batch = input.shape()[0], in = input.shape()[1], out = d_output.shape()[1];
  CheckShape("d_output", d_output.shape(), {batch, out});
  CheckShape("d_weights", d_weights.shape(), {in, out});
  MatrixProduct({.rows = in, .columns = out, .depth = batch},
                {input.data(), in, /*is_transposed=*/true}, {d_output.data(), out},
                {.data = d_weights.data(), .row_stride = out, .accumulates = accumulates}, context);
}

// Adds up the rows of d_output.
void AccumulateRows(TensorView<const float> d_output, TensorView<float> d_biases) {
  const int64_t batch = d_output.shape()[0], out = d_output.shape()[1];
  for (int64_t n = 0; n < batch; ++n) {
    const float* row = d_output.data() + n * out;
    for (int64_t j = 0; j < out; ++j) d_biases[j] += row[j];
  }
}

}  // namespace

int64_t AffineForwardScratchBytes(int64_t batch, int64_t in, int64_t out, int threads) {
  return LargestProductScratchBytes(batch, threads, [&](int64_t n) {
    return ProductSize{.rows = n, .columns = out, .depth = in};
  });
}

int64_t AffineBackwardScratchBytes(int64_t batch, int64_t in, int64_t out, int threads) {
  const int64_t d_input = LargestProductScratchBytes(batch, threads, [&](int64_t n) {
    return ProductSize{.rows = n, .columns = in, .depth = out};
  });
  const int64_t d_weights = LargestProductScratchBytes(batch, threads, [&](int64_t n) {
    return ProductSize{.rows = in, .columns = out, .depth = n};
  });
  return std::max(d_input, d_weights);
}

void AffineForward(TensorView<const float> input, TensorView<const float> weights,
                   TensorView<const float> biases, Activation activation, TensorView<float> output,
                   const KernelContext& context) {
  const int64_t batch = input.shape()[0], in = input.shape()[1], out = weights.shape()[1];
  CheckShape("weights", weights.shape(), {in, out});
  CheckShape("output", output.shape(), {batch, out});
  MatrixProduct({.rows = batch, .columns = out, .depth = in}, {input.data(), in},
                {weights.data(), out},
                {.data = output.data(),
                 .row_stride = out,
                 .column_biases = biases.data(),
                 .activation = activation},
                context);
}

void AffineInputGradient(TensorView<const float> d_output, TensorView<const float> weights,
                         TensorView<float> d_input, const KernelContext& context) {
  const int64_t batch = d_output.shape()[0], out = d_output.shape()[1], in = weights.shape()[0];
  CheckShape("weights", weights.shape(), {in, out});
  CheckShape("d_input", d_input.shape(), {batch, in});
  MatrixProduct({.rows = batch, .columns = in, .depth = out}, {d_output.data(), out},
                {weights.data(), out, /*is_transposed=*/true},
                {.data = d_input.data(), .row_stride = in}, context);
}

void AffineWeightGradient(TensorView<const float> input, TensorView<const float> d_output,
                          TensorView<float> d_weights, TensorView<float> d_biases,
                          const KernelContext& context) {
  MultiplyTransposed(input, d_output, d_weights, /*accumulates=*/false, context);
  if (d_biases.empty()) return;
  d_biases.Fill(0);
  AccumulateRows(d_output, d_biases);
}

void AccumulateAffineWeightGradient(TensorView<const float> input, TensorView<const float> d_output,
                                    TensorView<float> d_weights, TensorView<float> d_biases,
                                    const KernelContext& context) {
  MultiplyTransposed(input, d_output, d_weights, /*accumulates=*/true, context);
  if (!d_biases.empty()) AccumulateRows(d_output, d_biases);
}

}  // namespace ocellus
