// ReLU.
#include "ocellus/reference/relu_reference.h"

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {

double Activate(Activation activation, double value) {
  return activation == Activation::kRelu && value < 0 ? 0.0 : value;
}

void ReluForward(TensorView<const double> input, TensorView<double> output) {
  CheckShape("output", output.shape(), input.shape());
  for (int64_t i = 0; i < input.elements(); ++i) output[i] = Activate(Activation::kRelu, input[i]);
}

void ReluInputGradient(TensorView<const double> output, TensorView<const double> d_output,
                       TensorView<double> d_input) {
  CheckShape("d_output", d_output.shape(), output.shape());
  CheckShape("d_input", d_input.shape(), output.shape());
  for (int64_t i = 0; i < output.elements(); ++i) d_input[i] = output[i] > 0 ? d_output[i] : 0.0;
}

}  // namespace ocellus::reference
