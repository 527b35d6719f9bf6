// Max pooling, window by window.
#include "ocellus/reference/max_pooling_reference.h"

#include <cmath>

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {

void MaxPoolingForward(const PoolingGeometry& geometry, TensorView<const double> input,
                       TensorView<double> output, std::span<int32_t> winners) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  const Window& window = geometry.window;
  int64_t index = 0;
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t c = 0; c < geometry.channels; ++c) {
      for (int64_t oy = 0; oy < geometry.output.h; ++oy) {
        for (int64_t ox = 0; ox < geometry.output.w; ++ox, ++index) {
          double best = 0;
          int64_t winner = -1;
          for (int64_t ky = 0; ky < window.size.h; ++ky) {
            for (int64_t kx = 0; kx < window.size.w; ++kx) {
              const int64_t iy = oy * window.stride.h + ky * window.dilation.h - window.padding.h;
              const int64_t ix = ox * window.stride.w + kx * window.dilation.w - window.padding.w;
              const bool inside =
                  iy >= 0 && iy < geometry.input.h && ix >= 0 && ix < geometry.input.w;
              if (!inside) continue;
              const double value = input.At(n, c, iy, ix);
              const bool wins =
                  winner < 0 || value > best || (std::isnan(value) && !std::isnan(best));
              if (wins) {
                best = value;
                winner = iy * geometry.input.w + ix;
              }
            }
          }
          OCELLUS_CHECK(winner >= 0, "a window that sees nothing but padding");
          output.At(n, c, oy, ox) = best;
          if (!winners.empty()) winners[static_cast<size_t>(index)] = static_cast<int32_t>(winner);
        }
      }
    }
  }
}

void MaxPoolingInputGradient(const PoolingGeometry& geometry, TensorView<const double> d_output,
                             std::span<const int32_t> winners, TensorView<double> d_input) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  d_input.Fill(0.0);
  const int64_t outputs = geometry.output.area();
  const int64_t inputs = geometry.input.area();
  for (int64_t plane = 0; plane < batch * geometry.channels; ++plane) {
    for (int64_t i = plane * outputs; i < (plane + 1) * outputs; ++i) {
      d_input[plane * inputs + winners[static_cast<size_t>(i)]] += d_output[i];
    }
  }
}

}  // namespace ocellus::reference
