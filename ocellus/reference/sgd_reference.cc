// Stochastic gradient descent.
#include "ocellus/reference/sgd_reference.h"

namespace ocellus::reference {

void SgdUpdate(double learning_rate, std::span<const double> gradient,
               std::span<double> parameters) {
  for (size_t i = 0; i < parameters.size(); ++i) parameters[i] -= learning_rate * gradient[i];
}

}  // namespace ocellus::reference
