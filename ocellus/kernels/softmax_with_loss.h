// Softmax with cross entropy. Formulas and shapes: reference/softmax_with_loss_reference.h and
// layers/softmax_with_loss_layer.h.
//
// Plain loops: a thousand exponentials are nothing beside the network before them, and in double
// they are as good as exact.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites probabilities {N, classes}, which may be the same memory as scores. None of
// these functions needs scratch memory.
void SoftmaxForward(TensorView<const float> scores, TensorView<float> probabilities,
                    const KernelContext& context);

// Overwrites probabilities, which may be the same memory as scores, and returns the mean loss of
// the batch. Labels are N numbers from 0 to classes - 1.
double SoftmaxWithLossForward(TensorView<const float> scores, std::span<const int32_t> labels,
                              TensorView<float> probabilities, const KernelContext& context);

// Overwrites d_scores with (probabilities - one_hot(labels)) / N; it may be the same memory as
// probabilities.
void SoftmaxWithLossInputGradient(TensorView<const float> probabilities,
                                  std::span<const int32_t> labels, TensorView<float> d_scores,
                                  const KernelContext& context);

// Overwrites d_scores, which may be the same memory as d_probabilities, with the gradient of a loss
// whose gradient with respect to the result of SoftmaxForward is d_probabilities. All have the same
// shape.
void SoftmaxInputGradient(TensorView<const float> probabilities,
                          TensorView<const float> d_probabilities, TensorView<float> d_scores,
                          const KernelContext& context);

}  // namespace ocellus
