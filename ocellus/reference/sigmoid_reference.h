// Sigmoid: output = 1 / (1 + exp(-input)), element by element.
#pragma once

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output, which has the shape of input and may be the same memory.
void SigmoidForward(TensorView<const double> input, TensorView<double> output);

// Overwrites d_input with d_output * output * (1 - output), where output is the result of
// SigmoidForward. All have the same shape; d_input may be the same memory as d_output.
void SigmoidInputGradient(TensorView<const double> output, TensorView<const double> d_output,
                          TensorView<double> d_input);

}  // namespace ocellus::reference
