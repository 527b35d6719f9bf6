// Sigmoid in float: output = 1 / (1 + exp(-input)), element by element. NaN stays NaN.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites output, which has the shape of input and may be the same memory. Relative error at
// most 4 epsilon (of float), unless the result is below the smallest normal number. Needs no
// scratch memory.
void SigmoidForward(TensorView<const float> input, TensorView<float> output,
                    const KernelContext& context);

// Overwrites d_input with d_output * output * (1 - output), where output is the result of
// SigmoidForward. All have the same shape; d_input may be the same memory as d_output.
void SigmoidInputGradient(TensorView<const float> output, TensorView<const float> d_output,
                          TensorView<float> d_input, const KernelContext& context);

}  // namespace ocellus
