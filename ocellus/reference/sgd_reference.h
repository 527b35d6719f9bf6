// Stochastic gradient descent: parameters -= learning_rate * gradient.
#pragma once

#include <span>

#include "ocellus/tensor/update_steps.h"

namespace ocellus::reference {

// Updates the parameters by one step, with step.terms of the gradient. Both spans have the same
// size and do not overlap.
void SgdUpdate(const SgdStep& step, std::span<const double> gradient, std::span<double> parameters);

}  // namespace ocellus::reference
