// AdaGrad (Duchi, Hazan and Singer 2011): smaller steps where gradients have been large.
//
//   sum_of_squares += gradient^2
//   parameters     -= learning_rate * gradient / (sqrt(sum_of_squares) + epsilon)
#pragma once

#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/update_steps.h"

namespace ocellus {

// Updates parameters and sum_of_squares by one step, with step.terms of the gradient. All spans
// have the same size and do not overlap; sum_of_squares starts as 0. Needs no scratch memory.
void AdaGradUpdate(const AdaGradStep& step, std::span<const float> gradient,
                   std::span<float> parameters, std::span<float> sum_of_squares,
                   const KernelContext& context);

}  // namespace ocellus
