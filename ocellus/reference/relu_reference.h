// ReLU: output = max(input, 0), element by element. NaN stays NaN.
#pragma once

#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Returns the activation of one number.
double Activate(Activation activation, double value);

// Overwrites output, which has the shape of input and may be the same memory.
void ReluForward(TensorView<const double> input, TensorView<double> output);

// Overwrites d_input with d_output where output, the result of ReluForward, is positive, and with 0
// elsewhere. All have the same shape; d_input may be the same memory as d_output.
void ReluInputGradient(TensorView<const double> output, TensorView<const double> d_output,
                       TensorView<double> d_input);

}  // namespace ocellus::reference
