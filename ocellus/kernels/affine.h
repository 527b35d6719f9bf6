// Affine: products of matrices. Formulas and shapes: reference/affine_reference.h.
//
//   input {N, in}   weights {in, out}   biases {out}   output {N, out}
//
// Operands must not overlap. d_output is the gradient before the activation.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t AffineForwardScratchBytes(int64_t batch, int64_t in, int64_t out, int threads);

// Enough for each of the two gradients.
int64_t AffineBackwardScratchBytes(int64_t batch, int64_t in, int64_t out, int threads);

// Overwrites output. Without biases if that view is empty.
void AffineForward(TensorView<const float> input, TensorView<const float> weights,
                   TensorView<const float> biases, Activation activation, TensorView<float> output,
                   const KernelContext& context);

// Overwrites d_input.
void AffineInputGradient(TensorView<const float> d_output, TensorView<const float> weights,
                         TensorView<float> d_input, const KernelContext& context);

// Overwrites d_weights and, unless that view is empty, d_biases.
void AffineWeightGradient(TensorView<const float> input, TensorView<const float> d_output,
                          TensorView<float> d_weights, TensorView<float> d_biases,
                          const KernelContext& context);

// Adds to d_weights and, unless that view is empty, to d_biases.
void AccumulateAffineWeightGradient(TensorView<const float> input, TensorView<const float> d_output,
                                    TensorView<float> d_weights, TensorView<float> d_biases,
                                    const KernelContext& context);

}  // namespace ocellus
