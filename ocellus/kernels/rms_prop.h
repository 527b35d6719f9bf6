// RMSProp (Tieleman and Hinton 2012, lecture 6.5): AdaGrad with a memory that fades.
//
//   mean_square += (1 - decay_rate) * (gradient^2 - mean_square)
//   parameters  -= learning_rate * gradient / (sqrt(mean_square) + epsilon)
#pragma once

#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/update_steps.h"

namespace ocellus {

// Updates parameters and mean_square by one step, with step.terms of the gradient. All spans have
// the same size and do not overlap; mean_square starts as 0. Needs no scratch memory.
void RmsPropUpdate(const RmsPropStep& step, std::span<const float> gradient,
                   std::span<float> parameters, std::span<float> mean_square,
                   const KernelContext& context);

}  // namespace ocellus
