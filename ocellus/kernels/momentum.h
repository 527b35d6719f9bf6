// Gradient descent with momentum, in the form of the book: the learning rate goes into the
// velocity.
//
//   velocity   = momentum * velocity - learning_rate * gradient
//   parameters += velocity                                             (Polyak 1964)
//   parameters += momentum * velocity - learning_rate * gradient       (Nesterov 1983)
//
// Nesterov's method takes the gradient at parameters + momentum * velocity. Here, as in Bengio,
// Boulanger-Lewandowski and Pascanu (2012), section 3.5, the parameters themselves stand for that
// point, so that the gradient is taken where they are.
#pragma once

#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/update_steps.h"

namespace ocellus {

// Each updates parameters and velocity by one step, with step.terms of the gradient. All spans have
// the same size and do not overlap; the velocity starts as 0. Needs no scratch memory.
void MomentumUpdate(const MomentumStep& step, std::span<const float> gradient,
                    std::span<float> parameters, std::span<float> velocity,
                    const KernelContext& context);

void NesterovUpdate(const MomentumStep& step, std::span<const float> gradient,
                    std::span<float> parameters, std::span<float> velocity,
                    const KernelContext& context);

}  // namespace ocellus
