// Adam, as the book writes it.
#include "ocellus/reference/adam_reference.h"

#include <cmath>

namespace ocellus::reference {

void AdamUpdate(const AdamStep& step, std::span<const double> gradient,
                std::span<double> parameters, std::span<double> mean, std::span<double> variance) {
  const double rate = CorrectedLearningRate(step);
  for (size_t i = 0; i < parameters.size(); ++i) {
    const double g = step.terms.Apply(gradient[i], parameters[i]);
    mean[i] += (1 - step.beta1) * (g - mean[i]);
    variance[i] += (1 - step.beta2) * (g * g - variance[i]);
    parameters[i] *= 1 - step.shrinkage;
    parameters[i] -= rate * mean[i] / (std::sqrt(variance[i]) + step.epsilon);
  }
}

}  // namespace ocellus::reference
