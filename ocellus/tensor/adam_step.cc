// The one place with Adam's correction, for double and float alike.
#include "ocellus/tensor/adam_step.h"

#include <cmath>

namespace ocellus {

double CorrectedLearningRate(const AdamStep& step) {
  const double count = static_cast<double>(step.step);
  return step.learning_rate * std::sqrt(1 - std::pow(step.beta2, count)) /
         (1 - std::pow(step.beta1, count));
}

}  // namespace ocellus
