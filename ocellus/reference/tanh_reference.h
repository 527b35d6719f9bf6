// Tanh: output = tanh(input), element by element.
#pragma once

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output, which has the shape of input and may be the same memory.
void TanhForward(TensorView<const double> input, TensorView<double> output);

// Overwrites d_input with d_output * (1 - output^2), where output is the result of
// TanhForward. All have the same shape; d_input may be the same memory as d_output.
void TanhInputGradient(TensorView<const double> output, TensorView<const double> d_output,
                       TensorView<double> d_input);

}  // namespace ocellus::reference
