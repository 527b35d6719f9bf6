// Tanh.
#include "ocellus/reference/tanh_reference.h"

#include <cmath>

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {

void TanhForward(TensorView<const double> input, TensorView<double> output) {
  CheckShape("output", output.shape(), input.shape());
  for (int64_t i = 0; i < input.elements(); ++i) output[i] = std::tanh(input[i]);
}

void TanhInputGradient(TensorView<const double> output, TensorView<const double> d_output,
                       TensorView<double> d_input) {
  CheckShape("d_output", d_output.shape(), output.shape());
  CheckShape("d_input", d_input.shape(), output.shape());
  for (int64_t i = 0; i < output.elements(); ++i) {
    d_input[i] = d_output[i] * (1 - output[i] * output[i]);
  }
}

}  // namespace ocellus::reference
