// Max pooling. Formulas: reference/max_pooling_reference.h. Shapes are those of PoolingGeometry;
// operands must not overlap. No function needs scratch memory.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites output and, unless it is empty, winners: for each output element the index iy * W + ix
// that its input element has in its plane. Padding never wins; of equal elements the first in
// row-major order wins; a NaN wins against every number, so that it is not hidden. The activation
// is applied to the output.
void MaxPoolingForward(const PoolingGeometry& geometry, TensorView<const float> input,
                       Activation activation, TensorView<float> output, std::span<int32_t> winners,
                       const KernelContext& context);

// Overwrites d_input: every element of d_output is added to the input element that won.
void MaxPoolingInputGradient(const PoolingGeometry& geometry, TensorView<const float> d_output,
                             std::span<const int32_t> winners, TensorView<float> d_input,
                             const KernelContext& context);

}  // namespace ocellus
