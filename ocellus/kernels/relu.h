// ReLU: output = max(input, 0), element by element. NaN stays NaN.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites output, which has the shape of input and may be the same memory. Needs no scratch
// memory.
void ReluForward(TensorView<const float> input, TensorView<float> output,
                 const KernelContext& context);

// Overwrites d_input with d_output where output, the result of ReluForward, is positive, and with 0
// elsewhere. All have the same shape; d_input may be the same memory as d_output.
void ReluInputGradient(TensorView<const float> output, TensorView<const float> d_output,
                       TensorView<float> d_input, const KernelContext& context);

}  // namespace ocellus
