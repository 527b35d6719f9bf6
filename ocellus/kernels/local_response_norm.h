// Local response normalisation in SIMD over pixels. Formulas: layers/local_response_norm_layer.h.
// All tensors are N x C x H x W of the same sizes; operands must not overlap.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/response_norm.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Scratch memory of the input gradient.
int64_t LocalResponseNormScratchBytes(int64_t channels, int threads);

// Overwrites output. Needs no scratch memory.
void LocalResponseNormForward(const ResponseNorm& norm, TensorView<const float> input,
                              TensorView<float> output, const KernelContext& context);

// Overwrites d_input. Computes the scales again from the input: that is cheaper than to keep them
// in memory.
void LocalResponseNormInputGradient(const ResponseNorm& norm, TensorView<const float> input,
                                    TensorView<const float> d_output, TensorView<float> d_input,
                                    const KernelContext& context);

}  // namespace ocellus
