// Softmax with cross entropy, the last layer of the chapter's networks.
//
//   probabilities[n, k] = exp(scores[n, k]) / sum over j of exp(scores[n, j])
//   loss = -1/N * sum over n of log(probabilities[n, labels[n]])
//   d_scores = (probabilities - one_hot(labels)) / N
//
// The largest score of a row is subtracted first, so nothing overflows, and the logarithm is taken
// of the sum, so nothing needs the 1e-7 that the book adds inside it: a probability too small for a
// double still has a finite loss. scores, probabilities and d_scores have shape {N, classes};
// labels are N numbers from 0 to classes - 1. The output of each function may be the same memory
// as its last input of the same shape.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites probabilities.
void SoftmaxForward(TensorView<const double> scores, TensorView<double> probabilities);

// Overwrites d_scores with the gradient of a loss whose gradient with respect to the result of
// SoftmaxForward is d_probabilities:
//   d_scores[n, k] = p[n, k] * (d_p[n, k] - sum over j of p[n, j] * d_p[n, j])
void SoftmaxInputGradient(TensorView<const double> probabilities,
                          TensorView<const double> d_probabilities, TensorView<double> d_scores);

// Overwrites probabilities and returns the loss.
double SoftmaxWithLossForward(TensorView<const double> scores, std::span<const int32_t> labels,
                              TensorView<double> probabilities);

// Overwrites d_scores with the gradient of the loss.
void SoftmaxWithLossInputGradient(TensorView<const double> probabilities,
                                  std::span<const int32_t> labels, TensorView<double> d_scores);

}  // namespace ocellus::reference
