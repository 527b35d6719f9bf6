// Average pooling, window by window.
#include "ocellus/reference/average_pooling_reference.h"

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {
namespace {

// Calls inside(iy, ix) for each element of a window that lies in the image, and returns how many
// elements the window's mean is over.
template <typename Inside>
int64_t ForEachElement(const PoolingGeometry& geometry, PaddingCount padding_count, int64_t oy,
                       int64_t ox, const Inside& inside) {
  const Window& window = geometry.window;
  int64_t count = 0;
  for (int64_t ky = 0; ky < window.size.h; ++ky) {
    for (int64_t kx = 0; kx < window.size.w; ++kx) {
      const int64_t iy = oy * window.stride.h + ky * window.dilation.h - window.padding.h;
      const int64_t ix = ox * window.stride.w + kx * window.dilation.w - window.padding.w;
      const bool in_image = iy >= 0 && iy < geometry.input.h && ix >= 0 && ix < geometry.input.w;
      const bool in_padded_image =
          iy >= -window.padding.h && iy < geometry.input.h + window.padding.h &&
          ix >= -window.padding.w && ix < geometry.input.w + window.padding.w;
      if (padding_count == PaddingCount::kInclude ? in_padded_image : in_image) ++count;
      if (in_image) inside(iy, ix);
    }
  }
  return count;
}

}  // namespace

void AveragePoolingForward(const PoolingGeometry& geometry, PaddingCount padding_count,
                           TensorView<const double> input, TensorView<double> output) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t c = 0; c < geometry.channels; ++c) {
      for (int64_t oy = 0; oy < geometry.output.h; ++oy) {
        for (int64_t ox = 0; ox < geometry.output.w; ++ox) {
          double sum = 0;
          const int64_t count =
              ForEachElement(geometry, padding_count, oy, ox,
                             [&](int64_t iy, int64_t ix) { sum += input.At(n, c, iy, ix); });
          output.At(n, c, oy, ox) = sum / static_cast<double>(count);
        }
      }
    }
  }
}

void AveragePoolingInputGradient(const PoolingGeometry& geometry, PaddingCount padding_count,
                                 TensorView<const double> d_output, TensorView<double> d_input) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  d_input.Fill(0.0);
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t c = 0; c < geometry.channels; ++c) {
      for (int64_t oy = 0; oy < geometry.output.h; ++oy) {
        for (int64_t ox = 0; ox < geometry.output.w; ++ox) {
          const int64_t count =
              ForEachElement(geometry, padding_count, oy, ox, [](int64_t, int64_t) {});
          const double share = d_output.At(n, c, oy, ox) / static_cast<double>(count);
          ForEachElement(geometry, padding_count, oy, ox,
                         [&](int64_t iy, int64_t ix) { d_input.At(n, c, iy, ix) += share; });
        }
      }
    }
  }
}

}  // namespace ocellus::reference
