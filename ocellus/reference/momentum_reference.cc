// Gradient descent with momentum, written out.
#include "ocellus/reference/momentum_reference.h"

namespace ocellus::reference {

void MomentumUpdate(const MomentumStep& step, std::span<const double> gradient,
                    std::span<double> parameters, std::span<double> velocity) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const double g = step.terms.Apply(gradient[i], parameters[i]);
    velocity[i] = step.momentum * velocity[i] - step.learning_rate * g;
    parameters[i] += velocity[i];
  }
}

void NesterovUpdate(const MomentumStep& step, std::span<const double> gradient,
                    std::span<double> parameters, std::span<double> velocity) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const double g = step.terms.Apply(gradient[i], parameters[i]);
    velocity[i] = step.momentum * velocity[i] - step.learning_rate * g;
    parameters[i] += step.momentum * velocity[i] - step.learning_rate * g;
  }
}

}  // namespace ocellus::reference
