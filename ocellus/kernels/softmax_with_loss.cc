// See softmax_with_loss.h.
#include "ocellus/kernels/softmax_with_loss.h"

#include <algorithm>
#include <cmath>

#include "ocellus/tensor/check_shape.h"

namespace ocellus {
namespace {

// Overwrites one row of probabilities and returns log(sum of exp(scores)). Reads each score before
// its probability is written, so both may be the same memory.
double SoftmaxRow(const float* scores, int64_t classes, float* probabilities) {
  const double largest = *std::max_element(scores, scores + classes);
  double sum = 0;
  for (int64_t k = 0; k < classes; ++k) sum += std::exp(scores[k] - largest);
  const double log_sum = largest + std::log(sum);
  for (int64_t k = 0; k < classes; ++k) {
    probabilities[k] = static_cast<float>(std::exp(scores[k] - log_sum));
  }
  return log_sum;
}

}  // namespace

void SoftmaxForward(TensorView<const float> scores, TensorView<float> probabilities,
                    const KernelContext& context) {
  CheckShape("probabilities", probabilities.shape(), scores.shape());
  const int64_t classes = scores.shape()[1];
  context.pool.ParallelFor(scores.shape()[0], [&](int64_t n, int) {
    SoftmaxRow(scores.data() + n * classes, classes, probabilities.data() + n * classes);
  });
}

void SoftmaxInputGradient(TensorView<const float> probabilities,
                          TensorView<const float> d_probabilities, TensorView<float> d_scores,
                          const KernelContext& context) {
  CheckShape("d_probabilities", d_probabilities.shape(), probabilities.shape());
  CheckShape("d_scores", d_scores.shape(), probabilities.shape());
  const int64_t classes = probabilities.shape()[1];
  context.pool.ParallelFor(probabilities.shape()[0], [&](int64_t n, int) {
    const float* row = probabilities.data() + n * classes;
    const float* d_row = d_probabilities.data() + n * classes;
    double mean = 0;
    for (int64_t k = 0; k < classes; ++k) mean += double{row[k]} * d_row[k];
    for (int64_t k = 0; k < classes; ++k) {
      d_scores[n * classes + k] = static_cast<float>(row[k] * (d_row[k] - mean));
    }
  });
}

double SoftmaxWithLossForward(TensorView<const float> scores, std::span<const int32_t> labels,
                              TensorView<float> probabilities, const KernelContext&) {
  CheckShape("probabilities", probabilities.shape(), scores.shape());
  const int64_t batch = scores.shape()[0];
  const int64_t classes = scores.shape()[1];
  double sum = 0;
  for (int64_t n = 0; n < batch; ++n) {
    const float* row = scores.data() + n * classes;
    const double right_score = row[labels[static_cast<size_t>(n)]];
    sum += SoftmaxRow(row, classes, probabilities.data() + n * classes) - right_score;
  }
  return sum / static_cast<double>(batch);
}

void SoftmaxWithLossInputGradient(TensorView<const float> probabilities,
                                  std::span<const int32_t> labels, TensorView<float> d_scores,
                                  const KernelContext&) {
  CheckShape("d_scores", d_scores.shape(), probabilities.shape());
  const int64_t batch = probabilities.shape()[0];
  const int64_t classes = probabilities.shape()[1];
  const auto size = static_cast<float>(batch);
  for (int64_t n = 0; n < batch; ++n) {
    const float* row = probabilities.data() + n * classes;
    float* d_row = d_scores.data() + n * classes;
    const int32_t label = labels[static_cast<size_t>(n)];
    for (int64_t k = 0; k < classes; ++k) d_row[k] = (row[k] - (k == label ? 1.0f : 0.0f)) / size;
  }
}

}  // namespace ocellus
