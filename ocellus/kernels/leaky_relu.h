// Leaky ReLU in float: output = input where it is not negative, slope * input where it is. NaN
// stays NaN.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites output, which has the shape of input and may be the same memory. Needs no scratch
// memory.
void LeakyReluForward(TensorView<const float> input, float slope, TensorView<float> output,
                      const KernelContext& context);

// Overwrites d_input with d_output where output, the result of LeakyReluForward with a slope of 0
// or more, is positive, and with slope * d_output elsewhere. All have the same shape; d_input may
// be the same memory as d_output.
void LeakyReluInputGradient(TensorView<const float> output, float slope,
                            TensorView<const float> d_output, TensorView<float> d_input,
                            const KernelContext& context);

}  // namespace ocellus
