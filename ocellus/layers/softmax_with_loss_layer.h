// Softmax with cross entropy: what a classifier is trained with. It stands behind the network, not
// in it, as the chapter's last_layer does: it also takes the labels.
//
//   SoftmaxWithLoss<float> last_layer;
//   double loss = last_layer.Forward(scores, labels, probabilities, context);
//   last_layer.Backward(probabilities, labels, d_scores, context);
//
// scores         N x classes
// labels         N numbers in [0, classes)
// probabilities  N x classes
//
//   probabilities[n, c] = exp(scores[n, c]) / sum over k of exp(scores[n, k])
//   loss                = - 1/N sum over n of log probabilities[n, labels[n]]
//   d_scores[n, c]      = (probabilities[n, c] - (c == labels[n] ? 1 : 0)) / N
//
// The logarithm is taken of the sum of exponentials after the largest score has been subtracted, so
// it is exact however wrong the network is. The chapter's book computes log(p + 1e-7) instead,
// which is smaller where p is tiny: never above 16.1.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

template <typename T>
struct SoftmaxWithLoss {
  // Returns the loss. Overwrites probabilities, which may be the same memory as scores.
  double Forward(TensorView<const T> scores, std::span<const int32_t> labels,
                 TensorView<T> probabilities, const KernelContext& context) const;

  // Overwrites d_scores, which may be the same memory as probabilities.
  void Backward(TensorView<const T> probabilities, std::span<const int32_t> labels,
                TensorView<T> d_scores, const KernelContext& context) const;
};

// Throws Error if the output of a network is not one row of scores, or if a label is not the number
// of one of its classes. The two above only promise to work on what has passed this.
void CheckLabels(const Shape& scores, std::span<const int32_t> labels);

}  // namespace ocellus
