// Adam, as the book implements it: Kingma and Ba (2015) with the bias correction in the rate and
// epsilon outside it.
//
//   rate        = learning_rate * sqrt(1 - beta2^step) / (1 - beta1^step)
//   mean       += (1 - beta1) * (gradient - mean)
//   variance   += (1 - beta2) * (gradient^2 - variance)
//   parameters -= rate * mean / (sqrt(variance) + epsilon)
//
// With a shrinkage, AdamW (Loshchilov and Hutter 2019, algorithm 2): parameters are multiplied by
// 1 - shrinkage before the last line.
#pragma once

#include <span>

#include "ocellus/tensor/adam_step.h"

namespace ocellus::reference {

// Updates parameters, mean and variance by one step, with step.terms of the gradient. All spans
// have the same size and do not overlap; mean and variance start as 0.
void AdamUpdate(const AdamStep& step, std::span<const double> gradient,
                std::span<double> parameters, std::span<double> mean, std::span<double> variance);

}  // namespace ocellus::reference
