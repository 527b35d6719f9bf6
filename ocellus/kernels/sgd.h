// Stochastic gradient descent.
#pragma once

#include <span>

#include "ocellus/kernels/kernel_context.h"

namespace ocellus {

// parameters -= learning_rate * gradient. Both spans have the same size and do not overlap. Needs
// no scratch memory.
void SgdUpdate(float learning_rate, std::span<const float> gradient, std::span<float> parameters,
               const KernelContext& context);

}  // namespace ocellus
