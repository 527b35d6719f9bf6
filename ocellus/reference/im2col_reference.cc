// im2col and col2im: one walk over all windows, in two directions.
#include "ocellus/reference/im2col_reference.h"

#include "ocellus/base/error.h"

namespace ocellus::reference {
namespace {

Window ChapterWindow(int64_t filter_h, int64_t filter_w, int64_t stride, int64_t pad) {
  return {
      .size = {filter_h, filter_w}, .stride = stride, .padding = pad, .rounding = Rounding::kFloor};
}

Extent CheckedOutput(const Shape& input, const Window& window, const char* where) {
  if (input.rank() != 4) {
    Fail("{}: expected an input with axes N, C, H, W, found shape {}", where, input.ToString());
  }
  return OutputExtent({input[2], input[3]}, window, where);
}

// Calls visit(row, column, n, c, iy, ix) for every element of the matrix that lies in the image.
template <typename Visit>
void ForEachElement(const Shape& input, const Window& window, Extent output, const Visit& visit) {
  int64_t row = 0;
  for (int64_t n = 0; n < input[0]; ++n) {
    for (int64_t oy = 0; oy < output.h; ++oy) {
      for (int64_t ox = 0; ox < output.w; ++ox, ++row) {
        int64_t column = 0;
        for (int64_t c = 0; c < input[1]; ++c) {
          for (int64_t ky = 0; ky < window.size.h; ++ky) {
            for (int64_t kx = 0; kx < window.size.w; ++kx, ++column) {
              const int64_t iy = oy * window.stride.h + ky * window.dilation.h - window.padding.h;
              const int64_t ix = ox * window.stride.w + kx * window.dilation.w - window.padding.w;
              const bool inside = iy >= 0 && iy < input[2] && ix >= 0 && ix < input[3];
              if (inside) visit(row, column, n, c, iy, ix);
            }
          }
        }
      }
    }
  }
}

}  // namespace

Tensor<double> Im2col(TensorView<const double> input_data, const Window& window) {
  const Shape& shape = input_data.shape();
  const Extent output = CheckedOutput(shape, window, "im2col");
  Tensor<double> col({shape[0] * output.area(), shape[1] * window.size.area()}, 0.0);
  ForEachElement(shape, window, output,
                 [&](int64_t row, int64_t column, int64_t n, int64_t c, int64_t iy, int64_t ix) {
                   col.At(row, column) = input_data.At(n, c, iy, ix);
                 });
  return col;
}

Tensor<double> Col2im(TensorView<const double> col, const Shape& input_shape,
                      const Window& window) {
  const Extent output = CheckedOutput(input_shape, window, "col2im");
  const Shape expected{input_shape[0] * output.area(), input_shape[1] * window.size.area()};
  if (col.shape() != expected) {
    Fail("col2im: expected a matrix of shape {}, found {}", expected.ToString(),
         col.shape().ToString());
  }
  Tensor<double> sums(input_shape, 0.0);
  ForEachElement(input_shape, window, output,
                 [&](int64_t row, int64_t column, int64_t n, int64_t c, int64_t iy, int64_t ix) {
                   sums.At(n, c, iy, ix) += col.At(row, column);
                 });
  return sums;
}

Tensor<double> Im2col(TensorView<const double> input_data, int64_t filter_h, int64_t filter_w,
                      int64_t stride, int64_t pad) {
  return Im2col(input_data, ChapterWindow(filter_h, filter_w, stride, pad));
}

Tensor<double> Col2im(TensorView<const double> col, const Shape& input_shape, int64_t filter_h,
                      int64_t filter_w, int64_t stride, int64_t pad) {
  return Col2im(col, input_shape, ChapterWindow(filter_h, filter_w, stride, pad));
}

}  // namespace ocellus::reference
