// AdaGrad (Duchi, Hazan and Singer 2011): smaller steps where gradients have been large.
//
//   sum_of_squares += gradient^2
//   parameters     -= learning_rate * gradient / (sqrt(sum_of_squares) + epsilon)
#pragma once

#include <span>

#include "ocellus/tensor/update_steps.h"

namespace ocellus::reference {

// Updates parameters and sum_of_squares by one step, with step.terms of the gradient. All spans
// have the same size and do not overlap; sum_of_squares starts as 0.
void AdaGradUpdate(const AdaGradStep& step, std::span<const double> gradient,
                   std::span<double> parameters, std::span<double> sum_of_squares);

}  // namespace ocellus::reference
