// Average pooling. Formulas: reference/average_pooling_reference.h. Shapes are those of
// PoolingGeometry; operands must not overlap. No function needs scratch memory.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites output.
void AveragePoolingForward(const PoolingGeometry& geometry, PaddingCount padding_count,
                           TensorView<const float> input, TensorView<float> output,
                           const KernelContext& context);

// Overwrites d_input: every element of d_output goes in equal parts to the window it is the mean
// of.
void AveragePoolingInputGradient(const PoolingGeometry& geometry, PaddingCount padding_count,
                                 TensorView<const float> d_output, TensorView<float> d_input,
                                 const KernelContext& context);

}  // namespace ocellus
