// Convolution as an implicit im2col, forward and input gradient: one matrix product engine whose
// packing step reads image patches straight into cache-sized panels. For any window, stride,
// padding, dilation and groups.
//
//   forward          output {FN, N OH OW}   = weights {FN, K} * patches {K, N OH OW}
//   input gradient   columns {K, OH OW}     = weights^T {K, FN} * d_output {FN, OH OW},
//                    each block of which is added to d_input (col2im) while still in the cache
//
// with K = C * FH * FW, for each group of channels. Contracts are those of convolution.h.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

int64_t DirectConvolutionForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                             int threads);
int64_t DirectInputGradientScratchBytes(const ConvolutionGeometry& geometry, int threads);

void DirectConvolutionForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                              TensorView<const float> weights, TensorView<const float> biases,
                              Activation activation, TensorView<float> output,
                              const KernelContext& context);

void DirectConvolutionInputGradient(const ConvolutionGeometry& geometry,
                                    TensorView<const float> d_output,
                                    TensorView<const float> weights, TensorView<float> d_input,
                                    const KernelContext& context);

}  // namespace ocellus
