// Max pooling: the largest element of each window.
//
//   output[n, c, oy, ox] = max over ky, kx of
//       input[n, c, oy * stride.h + ky * dilation.h - padding.h,
//                   ox * stride.w + kx * dilation.w - padding.w]
//
// over the elements that lie in the image: padding never wins. The first of equal elements in
// row-major order wins. A NaN wins against every number, so that it is not hidden. The shapes are
// those of PoolingGeometry; operands must not overlap.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output and, unless it is empty, winners: for each output element the index
// iy * W + ix that its input element has in its plane.
void MaxPoolingForward(const PoolingGeometry& geometry, TensorView<const double> input,
                       TensorView<double> output, std::span<int32_t> winners);

// Overwrites d_input: every element of d_output goes to the input element that won.
void MaxPoolingInputGradient(const PoolingGeometry& geometry, TensorView<const double> d_output,
                             std::span<const int32_t> winners, TensorView<double> d_input);

}  // namespace ocellus::reference
