// Stochastic gradient descent: parameters -= learning_rate * gradient.
#pragma once

#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/update_steps.h"

namespace ocellus {

// Updates the parameters by one step, with step.terms of the gradient. Both spans have the same
// size and do not overlap. Needs no scratch memory.
void SgdUpdate(const SgdStep& step, std::span<const float> gradient, std::span<float> parameters,
               const KernelContext& context);

}  // namespace ocellus
