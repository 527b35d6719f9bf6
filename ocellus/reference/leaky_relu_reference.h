// Leaky ReLU: output = input where it is not negative, slope * input where it is. NaN stays NaN.
#pragma once

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output, which has the shape of input and may be the same memory.
void LeakyReluForward(TensorView<const double> input, double slope, TensorView<double> output);

// Overwrites d_input with d_output where output, the result of LeakyReluForward with a slope of 0
// or more, is positive, and with slope * d_output elsewhere. All have the same shape; d_input may
// be the same memory as d_output.
void LeakyReluInputGradient(TensorView<const double> output, double slope,
                            TensorView<const double> d_output, TensorView<double> d_input);

}  // namespace ocellus::reference
