// The matrix product: the engine behind convolution and affine layers, for matrices in memory.
//
//   output = activation(a * b + column_biases)          or          output += a * b
//
// How it is done: matrix_product-inl.h (one block in SIMD), matrix_product_plan.h (how a product is
// cut into blocks for caches and threads).
#pragma once

#include <cstdint>

#include "ocellus/base/function_ref.h"
#include "ocellus/kernels/kernel_context.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/tensor/activation.h"

namespace ocellus {

// A factor of a product, rows x columns, or its transposed. Element (r, c) of the stored matrix is
// at data[r * row_stride + c].
struct MatrixFactor {
  const float* data;
  int64_t row_stride;
  bool is_transposed = false;  // whether the product takes the stored matrix transposed
};

// Where a product goes. Element (r, c) is at data[r * row_stride + c].
struct MatrixResult {
  float* data;
  int64_t row_stride;
  const float* column_biases = nullptr;  // one for each column, added to every row; or none
  Activation activation = Activation::kNone;
  bool accumulates = false;  // adds to what is there; then without biases and activation
};

// Scratch memory for a product of this size with this many threads.
int64_t MatrixProductScratchBytes(const ProductSize& size, int threads);

// The largest scratch memory of the products of 1, 2, ... batch samples: a larger batch may be cut
// in another way and need less, but who has memory for it runs smaller ones too.
int64_t LargestProductScratchBytes(int64_t batch, int threads,
                                   FunctionRef<ProductSize(int64_t samples)> size);

// Computes rows x columns elements, each the sum of depth products. The result must not overlap the
// factors. The same bits for any number of threads, and for a row, whatever other rows there are.
void MatrixProduct(const ProductSize& size, const MatrixFactor& a, const MatrixFactor& b,
                   const MatrixResult& result, const KernelContext& context);

// to[c * rows + r] = from[r * columns + c]. They must not overlap.
void TransposeMatrix(const float* from, int64_t rows, int64_t columns, float* to, ThreadPool& pool);

}  // namespace ocellus
