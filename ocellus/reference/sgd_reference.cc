// Stochastic gradient descent, written out.
#include "ocellus/reference/sgd_reference.h"

namespace ocellus::reference {

void SgdUpdate(const SgdStep& step, std::span<const double> gradient,
               std::span<double> parameters) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const double g = step.terms.Apply(gradient[i], parameters[i]);
    parameters[i] -= step.learning_rate * g;
  }
}

}  // namespace ocellus::reference
