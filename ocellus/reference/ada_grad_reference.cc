// AdaGrad, written out.
#include "ocellus/reference/ada_grad_reference.h"

#include <cmath>

namespace ocellus::reference {

void AdaGradUpdate(const AdaGradStep& step, std::span<const double> gradient,
                   std::span<double> parameters, std::span<double> sum_of_squares) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const double g = step.terms.Apply(gradient[i], parameters[i]);
    sum_of_squares[i] += g * g;
    parameters[i] -= step.learning_rate * g / (std::sqrt(sum_of_squares[i]) + step.epsilon);
  }
}

}  // namespace ocellus::reference
