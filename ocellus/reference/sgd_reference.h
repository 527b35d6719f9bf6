// Stochastic gradient descent.
#pragma once

#include <span>

namespace ocellus::reference {

// parameters -= learning_rate * gradient. Both spans have the same size and do not overlap.
void SgdUpdate(double learning_rate, std::span<const double> gradient,
               std::span<double> parameters);

}  // namespace ocellus::reference
