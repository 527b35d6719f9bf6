// Subsampling as in LeNet-5: weights[c] * (sum of a window) + biases[c]. Formulas:
// layers/subsampling_layer.h. The shapes are those of PoolingGeometry, without padding or dilation;
// weights and biases have an element for each channel. Operands must not overlap. Needs no scratch
// memory.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites output.
void SubsamplingForward(const PoolingGeometry& geometry, TensorView<const float> input,
                        TensorView<const float> weights, TensorView<const float> biases,
                        TensorView<float> output, const KernelContext& context);

// Overwrites d_input.
void SubsamplingInputGradient(const PoolingGeometry& geometry, TensorView<const float> d_output,
                              TensorView<const float> weights, TensorView<float> d_input,
                              const KernelContext& context);

// Adds to d_weights and d_biases.
void AccumulateSubsamplingParameterGradient(const PoolingGeometry& geometry,
                                            TensorView<const float> input,
                                            TensorView<const float> d_output,
                                            TensorView<float> d_weights, TensorView<float> d_biases,
                                            const KernelContext& context);

}  // namespace ocellus
