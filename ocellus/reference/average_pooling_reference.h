// Average pooling: the mean of each window.
//
//   output[n, c, oy, ox] = 1 / count(oy, ox) * sum over ky, kx of
//       input[n, c, oy * stride.h + ky * dilation.h - padding.h,
//                   ox * stride.w + kx * dilation.w - padding.w]
//
// where input outside the image is 0. count is the number of window elements that lie in the image
// (PaddingCount::kExclude) or in the padded image (kInclude). Elements beyond the padded image,
// where rounding kCeil lets a window hang over the edge, never count. The shapes are those of
// PoolingGeometry; operands must not overlap.
#pragma once

#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output.
void AveragePoolingForward(const PoolingGeometry& geometry, PaddingCount padding_count,
                           TensorView<const double> input, TensorView<double> output);

// Overwrites d_input: every element of d_output goes in equal parts to the window it is the mean
// of.
void AveragePoolingInputGradient(const PoolingGeometry& geometry, PaddingCount padding_count,
                                 TensorView<const double> d_output, TensorView<double> d_input);

}  // namespace ocellus::reference
