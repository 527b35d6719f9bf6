// RMSProp (Tieleman and Hinton 2012, lecture 6.5): AdaGrad with a memory that fades.
//
//   mean_square += (1 - decay_rate) * (gradient^2 - mean_square)
//   parameters  -= learning_rate * gradient / (sqrt(mean_square) + epsilon)
#pragma once

#include <span>

#include "ocellus/tensor/update_steps.h"

namespace ocellus::reference {

// Updates parameters and mean_square by one step, with step.terms of the gradient. All spans have
// the same size and do not overlap; mean_square starts as 0.
void RmsPropUpdate(const RmsPropStep& step, std::span<const double> gradient,
                   std::span<double> parameters, std::span<double> mean_square);

}  // namespace ocellus::reference
