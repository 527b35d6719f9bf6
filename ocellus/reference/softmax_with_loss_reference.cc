// Softmax with cross entropy.
#include "ocellus/reference/softmax_with_loss_reference.h"

#include <algorithm>
#include <cmath>

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {
namespace {

// log(sum of exp(scores)), with the largest score taken out of the sum.
double LogSumExp(std::span<const double> scores) {
  double largest = scores[0];
  for (const double score : scores) largest = std::max(largest, score);
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - largest);
  return largest + std::log(sum);
}

}  // namespace

void SoftmaxForward(TensorView<const double> scores, TensorView<double> probabilities) {
  CheckShape("probabilities", probabilities.shape(), scores.shape());
  for (int64_t n = 0; n < scores.shape()[0]; ++n) {
    const double log_sum = LogSumExp(scores.Sample(n).span());
    for (int64_t k = 0; k < scores.shape()[1]; ++k) {
      probabilities.At(n, k) = std::exp(scores.At(n, k) - log_sum);
    }
  }
}

void SoftmaxInputGradient(TensorView<const double> probabilities,
                          TensorView<const double> d_probabilities, TensorView<double> d_scores) {
  CheckShape("d_probabilities", d_probabilities.shape(), probabilities.shape());
  CheckShape("d_scores", d_scores.shape(), probabilities.shape());
  for (int64_t n = 0; n < probabilities.shape()[0]; ++n) {
    double mean = 0;  // of d_probabilities, each as likely as its class
    for (int64_t k = 0; k < probabilities.shape()[1]; ++k) {
      mean += probabilities.At(n, k) * d_probabilities.At(n, k);
    }
    for (int64_t k = 0; k < probabilities.shape()[1]; ++k) {
      d_scores.At(n, k) = probabilities.At(n, k) * (d_probabilities.At(n, k) - mean);
    }
  }
}

double SoftmaxWithLossForward(TensorView<const double> scores, std::span<const int32_t> labels,
                              TensorView<double> probabilities) {
  const int64_t batch = scores.shape()[0];
  double sum = 0;
  for (int64_t n = 0; n < batch; ++n) {
    sum += LogSumExp(scores.Sample(n).span()) - scores.At(n, labels[static_cast<size_t>(n)]);
  }
  SoftmaxForward(scores, probabilities);
  return sum / static_cast<double>(batch);
}

void SoftmaxWithLossInputGradient(TensorView<const double> probabilities,
                                  std::span<const int32_t> labels, TensorView<double> d_scores) {
  CheckShape("d_scores", d_scores.shape(), probabilities.shape());
  const int64_t batch = probabilities.shape()[0];
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t k = 0; k < probabilities.shape()[1]; ++k) {
      const double target = k == labels[static_cast<size_t>(n)] ? 1.0 : 0.0;
      d_scores.At(n, k) = (probabilities.At(n, k) - target) / static_cast<double>(batch);
    }
  }
}

}  // namespace ocellus::reference
