// Tanh in float: output = tanh(input), element by element. NaN stays NaN.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites output, which has the shape of input and may be the same memory. Relative error at
// most 4 epsilon (of float) for normal numbers. Needs no scratch memory.
void TanhForward(TensorView<const float> input, TensorView<float> output,
                 const KernelContext& context);

// Overwrites d_input with d_output * (1 - output^2), where output is the result of
// TanhForward. All have the same shape; d_input may be the same memory as d_output.
void TanhInputGradient(TensorView<const float> output, TensorView<const float> d_output,
                       TensorView<float> d_input, const KernelContext& context);

}  // namespace ocellus
