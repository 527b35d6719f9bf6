// Leaky ReLU.
#include "ocellus/reference/leaky_relu_reference.h"

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {

void LeakyReluForward(TensorView<const double> input, double slope, TensorView<double> output) {
  CheckShape("output", output.shape(), input.shape());
  for (int64_t i = 0; i < input.elements(); ++i) {
    output[i] = input[i] < 0 ? slope * input[i] : input[i];
  }
}

void LeakyReluInputGradient(TensorView<const double> output, double slope,
                            TensorView<const double> d_output, TensorView<double> d_input) {
  CheckShape("d_output", d_output.shape(), output.shape());
  CheckShape("d_input", d_input.shape(), output.shape());
  for (int64_t i = 0; i < output.elements(); ++i) {
    d_input[i] = output[i] > 0 ? d_output[i] : slope * d_output[i];
  }
}

}  // namespace ocellus::reference
