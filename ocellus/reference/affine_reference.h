// Affine, the fully connected layer of the chapter.
//
//   output = activation(input * weights + biases)
//
//   input {N, in}   weights {in, out} (as in the chapter)   biases {out}   output {N, out}
//
// Operands must not overlap.
#pragma once

#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output. Without biases if that view is empty.
void AffineForward(TensorView<const double> input, TensorView<const double> weights,
                   TensorView<const double> biases, Activation activation,
                   TensorView<double> output);

// Overwrites d_input with d_output * weights^T. d_output is the gradient before the activation,
// here and below.
void AffineInputGradient(TensorView<const double> d_output, TensorView<const double> weights,
                         TensorView<double> d_input);

// Adds input^T * d_output to d_weights and, unless that view is empty, the sum of d_output over
// the batch to d_biases.
void AccumulateAffineWeightGradient(TensorView<const double> input,
                                    TensorView<const double> d_output, TensorView<double> d_weights,
                                    TensorView<double> d_biases);

}  // namespace ocellus::reference
