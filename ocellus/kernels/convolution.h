// Convolution as an implicit im2col: one matrix product engine whose packing step reads image
// patches straight into cache-sized panels. Formulas: layers/convolution_layer.h. Shapes are those
// of ConvolutionGeometry; operands must not overlap. d_output is the gradient before the
// activation.
//
//   forward          output {FN, N OH OW}     = weights {FN, K} * patches {K, N OH OW}
//   weight gradient  d_weights^T {K, FN}     += patches {K, N OH OW} * d_output^T {N OH OW, FN}
//   input gradient   columns {K, OH OW}       = weights^T {K, FN} * d_output {FN, OH OW},
//                    each block of which is added to d_input (col2im) while still in the cache
//
// with K = C * FH * FW, for each group of channels.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t ConvolutionForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                       int threads);

// Enough for each of the two gradients.
int64_t ConvolutionBackwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                        int threads);

// Overwrites output. Without biases if that view is empty.
void ConvolutionForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                        TensorView<const float> weights, TensorView<const float> biases,
                        Activation activation, TensorView<float> output,
                        const KernelContext& context);

// Overwrites d_input.
void ConvolutionInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                              TensorView<const float> weights, TensorView<float> d_input,
                              const KernelContext& context);

// Adds to d_weights and, unless that view is empty, to d_biases.
void AccumulateConvolutionWeightGradient(const ConvolutionGeometry& geometry,
                                         TensorView<const float> input,
                                         TensorView<const float> d_output,
                                         TensorView<float> d_weights, TensorView<float> d_biases,
                                         const KernelContext& context);

}  // namespace ocellus
