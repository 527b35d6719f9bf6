// The loss in both precisions.
#include "ocellus/layers/softmax_with_loss_layer.h"

#include "ocellus/base/error.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/reference/softmax_with_loss_reference.h"

namespace ocellus {

template <>
double SoftmaxWithLoss<float>::Forward(TensorView<const float> scores,
                                       std::span<const int32_t> labels,
                                       TensorView<float> probabilities,
                                       const KernelContext& context) const {
  return SoftmaxWithLossForward(scores, labels, probabilities, context);
}

template <>
double SoftmaxWithLoss<double>::Forward(TensorView<const double> scores,
                                        std::span<const int32_t> labels,
                                        TensorView<double> probabilities,
                                        const KernelContext&) const {
  return reference::SoftmaxWithLossForward(scores, labels, probabilities);
}

template <>
void SoftmaxWithLoss<float>::Backward(TensorView<const float> probabilities,
                                      std::span<const int32_t> labels, TensorView<float> d_scores,
                                      const KernelContext& context) const {
  SoftmaxWithLossInputGradient(probabilities, labels, d_scores, context);
}

template <>
void SoftmaxWithLoss<double>::Backward(TensorView<const double> probabilities,
                                       std::span<const int32_t> labels, TensorView<double> d_scores,
                                       const KernelContext&) const {
  reference::SoftmaxWithLossInputGradient(probabilities, labels, d_scores);
}

void CheckLabels(const Shape& scores, std::span<const int32_t> labels) {
  if (scores.rank() != 2) {
    Fail(
        "loss: expected a network whose output is one row of class scores, found output shape {}; "
        "end it with an Affine layer",
        scores.rank() == 0 ? scores.ToString() : scores.Sample().ToString());
  }
  if (static_cast<int64_t>(labels.size()) != scores[0]) {
    Fail("loss: expected {} labels, one for each sample, found {}", scores[0], labels.size());
  }
  for (size_t n = 0; n < labels.size(); ++n) {
    if (labels[n] < 0 || labels[n] >= scores[1]) {
      Fail("loss: label of sample {}: expected 0 to {}, found {}; the network has {} outputs", n,
           scores[1] - 1, labels[n], scores[1]);
    }
  }
}

}  // namespace ocellus
