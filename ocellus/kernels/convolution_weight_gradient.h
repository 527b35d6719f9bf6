// The weight gradient of a convolution, as products of rows with rows:
//
//   d_weights {FN, K} += d_output {FN, N OH OW} * patches^T {N OH OW, K}        K = C * FH * FW
//
// for each group of channels. Both factors lie in memory with the pixels side by side, so nothing
// is transposed: a sum is a vector of partial sums along the pixels, added up at the end.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t WeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch, int threads);

// Adds to d_weights. For any window, stride, padding, dilation and groups; the contract is that of
// convolution.h.
void AccumulateWeightGradient(const ConvolutionGeometry& geometry, TensorView<const float> input,
                              TensorView<const float> d_output, TensorView<float> d_weights,
                              const KernelContext& context);

}  // namespace ocellus
