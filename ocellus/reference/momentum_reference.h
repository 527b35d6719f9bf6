// Gradient descent with momentum, in the form of the book: the learning rate goes into the
// velocity.
//
//   velocity   = momentum * velocity - learning_rate * gradient
//   parameters += velocity                                             (Polyak 1964)
//   parameters += momentum * velocity - learning_rate * gradient       (Nesterov 1983)
//
// The second in the variables of Bengio, Boulanger-Lewandowski and Pascanu (2012), section 3.5.
#pragma once

#include <span>

#include "ocellus/tensor/update_steps.h"

namespace ocellus::reference {

// Each updates parameters and velocity by one step, with step.terms of the gradient. All spans have
// the same size and do not overlap; the velocity starts as 0.
void MomentumUpdate(const MomentumStep& step, std::span<const double> gradient,
                    std::span<double> parameters, std::span<double> velocity);

void NesterovUpdate(const MomentumStep& step, std::span<const double> gradient,
                    std::span<double> parameters, std::span<double> velocity);

}  // namespace ocellus::reference
