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

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/adam_step.h"

namespace ocellus {

// Updates parameters, mean and variance by one step, with step.terms of the gradient, in one pass
// over memory, which is what bounds it. All spans have the same size and do not overlap; mean and
// variance start as 0. Needs no scratch memory.
void AdamUpdate(const AdamStep& step, std::span<const float> gradient, std::span<float> parameters,
                std::span<float> mean, std::span<float> variance, const KernelContext& context);

}  // namespace ocellus
