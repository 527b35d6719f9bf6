// Subsampling, window by window.
#include "ocellus/reference/subsampling_reference.h"

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {
namespace {

// Calls body(n, c, oy, ox) for each element of the output.
template <typename Body>
void ForEachOutput(const PoolingGeometry& geometry, int64_t batch, const Body& body) {
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t c = 0; c < geometry.channels; ++c) {
      for (int64_t oy = 0; oy < geometry.output.h; ++oy) {
        for (int64_t ox = 0; ox < geometry.output.w; ++ox) body(n, c, oy, ox);
      }
    }
  }
}

// Calls body(iy, ix) for each input element of the window at (oy, ox).
template <typename Body>
void ForEachElement(const Window& window, int64_t oy, int64_t ox, const Body& body) {
  for (int64_t ky = 0; ky < window.size.h; ++ky) {
    for (int64_t kx = 0; kx < window.size.w; ++kx) {
      body(oy * window.stride.h + ky, ox * window.stride.w + kx);
    }
  }
}

double WindowSum(const PoolingGeometry& geometry, TensorView<const double> input, int64_t n,
                 int64_t c, int64_t oy, int64_t ox) {
  double sum = 0;
  ForEachElement(geometry.window, oy, ox,
                 [&](int64_t iy, int64_t ix) { sum += input.At(n, c, iy, ix); });
  return sum;
}

}  // namespace

void SubsamplingForward(const PoolingGeometry& geometry, TensorView<const double> input,
                        TensorView<const double> weights, TensorView<const double> biases,
                        TensorView<double> output) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("weights", weights.shape(), {geometry.channels});
  CheckShape("biases", biases.shape(), {geometry.channels});
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  ForEachOutput(geometry, batch, [&](int64_t n, int64_t c, int64_t oy, int64_t ox) {
    output.At(n, c, oy, ox) = weights[c] * WindowSum(geometry, input, n, c, oy, ox) + biases[c];
  });
}

void SubsamplingInputGradient(const PoolingGeometry& geometry, TensorView<const double> d_output,
                              TensorView<const double> weights, TensorView<double> d_input) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("weights", weights.shape(), {geometry.channels});
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  d_input.Fill(0.0);
  ForEachOutput(geometry, batch, [&](int64_t n, int64_t c, int64_t oy, int64_t ox) {
    ForEachElement(geometry.window, oy, ox, [&](int64_t iy, int64_t ix) {
      d_input.At(n, c, iy, ix) += weights[c] * d_output.At(n, c, oy, ox);
    });
  });
}

void AccumulateSubsamplingParameterGradient(const PoolingGeometry& geometry,
                                            TensorView<const double> input,
                                            TensorView<const double> d_output,
                                            TensorView<double> d_weights,
                                            TensorView<double> d_biases) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_weights", d_weights.shape(), {geometry.channels});
  CheckShape("d_biases", d_biases.shape(), {geometry.channels});
  ForEachOutput(geometry, batch, [&](int64_t n, int64_t c, int64_t oy, int64_t ox) {
    d_weights[c] += WindowSum(geometry, input, n, c, oy, ox) * d_output.At(n, c, oy, ox);
    d_biases[c] += d_output.At(n, c, oy, ox);
  });
}

}  // namespace ocellus::reference
