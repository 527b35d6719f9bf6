// Local response normalisation, pixel by pixel.
#include "ocellus/reference/local_response_norm_reference.h"

#include <cmath>

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {
namespace {

// Of one channel at one pixel.
double Scale(const ResponseNorm& norm, TensorView<const double> input, int64_t n, int64_t c,
             int64_t y, int64_t x) {
  const ChannelRange window = norm.WindowOf(c, input.shape()[1]);
  double sum = 0;
  for (int64_t i = window.begin; i < window.end; ++i) {
    sum += input.At(n, i, y, x) * input.At(n, i, y, x);
  }
  return norm.k + norm.scale * sum;
}

// Calls body(n, c, y, x) for each element.
template <typename Body>
void ForEachElement(const Shape& shape, const Body& body) {
  for (int64_t n = 0; n < shape[0]; ++n) {
    for (int64_t c = 0; c < shape[1]; ++c) {
      for (int64_t y = 0; y < shape[2]; ++y) {
        for (int64_t x = 0; x < shape[3]; ++x) body(n, c, y, x);
      }
    }
  }
}

}  // namespace

void LocalResponseNormForward(const ResponseNorm& norm, TensorView<const double> input,
                              TensorView<double> output) {
  CheckShape("output", output.shape(), input.shape());
  ForEachElement(input.shape(), [&](int64_t n, int64_t c, int64_t y, int64_t x) {
    const double scale = Scale(norm, input, n, c, y, x);
    output.At(n, c, y, x) = input.At(n, c, y, x) * std::pow(scale, -norm.beta);
  });
}

void LocalResponseNormInputGradient(const ResponseNorm& norm, TensorView<const double> input,
                                    TensorView<const double> d_output, TensorView<double> d_input) {
  CheckShape("d_output", d_output.shape(), input.shape());
  CheckShape("d_input", d_input.shape(), input.shape());
  const int64_t channels = input.shape()[1];
  ForEachElement(input.shape(), [&](int64_t n, int64_t j, int64_t y, int64_t x) {
    double through_scales = 0;
    const ChannelRange readers = norm.ReadersOf(j, channels);
    for (int64_t c = readers.begin; c < readers.end; ++c) {
      const double scale = Scale(norm, input, n, c, y, x);
      const double output = input.At(n, c, y, x) * std::pow(scale, -norm.beta);
      through_scales += d_output.At(n, c, y, x) * output / scale;
    }
    const double own = std::pow(Scale(norm, input, n, j, y, x), -norm.beta);
    d_input.At(n, j, y, x) = d_output.At(n, j, y, x) * own -
                             2 * norm.scale * norm.beta * input.At(n, j, y, x) * through_scales;
  });
}

}  // namespace ocellus::reference
