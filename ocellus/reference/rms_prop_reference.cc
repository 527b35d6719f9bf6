// RMSProp, written out.
#include "ocellus/reference/rms_prop_reference.h"

#include <cmath>

namespace ocellus::reference {

void RmsPropUpdate(const RmsPropStep& step, std::span<const double> gradient,
                   std::span<double> parameters, std::span<double> mean_square) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const double g = step.terms.Apply(gradient[i], parameters[i]);
    mean_square[i] += (1 - step.decay_rate) * (g * g - mean_square[i]);
    parameters[i] -= step.learning_rate * g / (std::sqrt(mean_square[i]) + step.epsilon);
  }
}

}  // namespace ocellus::reference
