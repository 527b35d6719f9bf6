// The chapter's im2col and the book's col2im: same names, same parameters, same numbers.
//
//   Tensor<double> x({1, 3, 7, 7}, 0.5);
//   Tensor<double> col = reference::Im2col(x, 5, 5, /*stride=*/1, /*pad=*/0);   // 9x75
//   Tensor<double> sums = reference::Col2im(col, x.shape(), 5, 5);              // 1x3x7x7
//
// Im2col writes each place that the filter is applied to as one row:
//
//   col[(n, oy, ox), (c, ky, kx)] =
//       input_data[n, c, oy * stride + ky - pad, ox * stride + kx - pad]
//
// where input outside the image is 0. So the matrix has N * OH * OW rows and C * FH * FW columns.
// Col2im is its adjoint: it adds every element of col to the place that Im2col read it from. Where
// filters overlap, contributions add up; it is not an inverse.
//
// The fast kernels never build this matrix; here it is for reading, teaching and testing.
#pragma once

#include <cstdint>

#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Returns input_data {N, C, H, W} as a matrix {N * OH * OW, C * FH * FW}. Rows and columns that the
// stride does not reach are left out, as in the chapter. Throws Error if input_data is not of rank
// 4, an option is out of range or the filter is larger than the padded input.
Tensor<double> Im2col(TensorView<const double> input_data, int64_t filter_h, int64_t filter_w,
                      int64_t stride = 1, int64_t pad = 0);

// Returns a tensor of input_shape {N, C, H, W} with the elements of col {N * OH * OW, C * FH * FW}
// added up where they belong. Throws Error as Im2col does and if col has another shape.
Tensor<double> Col2im(TensorView<const double> col, const Shape& input_shape, int64_t filter_h,
                      int64_t filter_w, int64_t stride = 1, int64_t pad = 0);

// The same for any window: height and width separately, dilation, every rounding. Elements of a
// window that hangs over the edge (rounding kCeil) are 0 like those in the padding.
Tensor<double> Im2col(TensorView<const double> input_data, const Window& window);
Tensor<double> Col2im(TensorView<const double> col, const Shape& input_shape, const Window& window);

}  // namespace ocellus::reference
