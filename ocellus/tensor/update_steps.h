// The constants of one step of an optimizer. double, so that a constant near 1 keeps its distance
// from it: 1 - 0.999f is off in the fifth digit. Adam's are in adam_step.h.
#pragma once

namespace ocellus {

// What an optimizer takes for the gradient: scale * gradient + decay * parameter.
struct GradientTerms {
  double scale = 1;  // below 1 where a gradient is clipped
  double decay = 0;  // weight decay: the gradient of decay / 2 * parameter^2 in the loss

  double Apply(double gradient, double parameter) const {
    return scale * gradient + decay * parameter;
  }
};

struct SgdStep {
  double learning_rate = 0.01;
  GradientTerms terms;
};

struct MomentumStep {
  double learning_rate = 0.01;
  double momentum = 0.9;
  GradientTerms terms;
};

struct AdaGradStep {
  double learning_rate = 0.01;
  double epsilon = 1e-7;
  GradientTerms terms;
};

struct RmsPropStep {
  double learning_rate = 0.01;
  double decay_rate = 0.99;
  double epsilon = 1e-7;
  GradientTerms terms;
};

}  // namespace ocellus
