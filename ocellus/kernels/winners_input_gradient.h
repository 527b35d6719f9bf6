// The input gradient of a convolution whose output is read by max pooling alone.
//
// The gradient that comes back through max pooling is zero but for one element in each window: the
// winner (winners_gradient.h). So for each of them, its gradient times its filter is added to what
// it saw:
//
//   d_input[n, c, y SH + ky DH - PH, x SW + kx - PW] += d_pooled[n, f, o] * weights[f, c, ky, kx]
//   with (y, x) the pixel that won window o of map f
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Scratch memory, with `pooled` elements of a map behind the pooling: the same for any batch.
int64_t WinnersInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t pooled,
                                         int threads);

// Overwrites d_input. Operands as in AccumulateWinnersWeightGradient, for the geometries that
// CanSumOverWinners. A sample gets the same result in any batch.
void WinnersInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_pooled,
                          std::span<const int32_t> winners, TensorView<const float> weights,
                          TensorView<float> d_input, const KernelContext& context);

}  // namespace ocellus
