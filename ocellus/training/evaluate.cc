// Evaluation of a network on a data set.
#include "ocellus/training/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/data/batch_loader.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/workspace.h"

namespace ocellus {

void CheckFits(const Dataset& dataset, const Shape& input_shape, const Shape& output_shape) {
  if (dataset.image_shape() != input_shape) {
    Fail("{}: images have shape {}, the network expects {}", dataset.source(),
         dataset.image_shape().ToString(), input_shape.ToString());
  }
  const auto classes = static_cast<int64_t>(dataset.class_names().size());
  if (output_shape.rank() != 1 || output_shape[0] != classes) {
    Fail("{}: has {} classes, the network has output shape {}", dataset.source(), classes,
         output_shape.ToString());
  }
}

template <typename T>
int64_t PredictedClass(std::span<const T> scores) {
  int64_t best = 0;
  for (size_t c = 0; c < scores.size(); ++c) {
    if (std::isnan(scores[c])) return -1;
    if (scores[c] > scores[static_cast<size_t>(best)]) best = static_cast<int64_t>(c);
  }
  return best;
}

template <typename T>
Evaluation Evaluate(const BasicNetwork<T>& network, const Dataset& dataset,
                    const EvaluationOptions& options) {
  CheckFits(dataset, network.input_shape(), network.output_shape());
  options.preprocessing.Validate(network.input_shape()[0], dataset.source());
  const auto start = std::chrono::steady_clock::now();
  const int64_t classes = network.output_shape()[0];
  Evaluation result{.samples = dataset.size(), .classes = classes};
  result.confusion.resize(static_cast<size_t>(classes * classes));

  // Preprocessing is left to this function: in double precision it is more exact.
  const int64_t batch_size = std::min(options.batch_size, dataset.size());
  const int64_t steps = batch_size > 0 ? CeilDivide(dataset.size(), batch_size) : 0;
  Workspace<T> workspace(
      network, {.max_batch = batch_size, .constant_parameters = true, .pool = options.pool});
  BatchLoader loader(dataset, {.batch_size = batch_size,
                               .order = SampleOrder::kSequential,
                               .end = steps,
                               .pool = options.pool});
  Tensor<T> images(network.input_shape().Batch(batch_size));
  Tensor<T> probabilities(network.output_shape().Batch(batch_size));
  double loss_sum = 0;
  for (int64_t step = 0; step < steps; ++step) {
    const Batch raw = loader.Load(step);
    const int64_t n = raw.size();
    CheckLabels(network.output_shape().Batch(n), raw.labels);
    const TensorView<T> batch = images.view().Samples(0, n);
    std::ranges::copy(raw.images.span(), batch.data());
    options.preprocessing.Apply(batch);

    network.Forward(batch, workspace);
    const TensorView<T> scores = workspace.output();
    loss_sum += static_cast<double>(n) *
                SoftmaxWithLoss<T>().Forward(scores, raw.labels, probabilities.view().Samples(0, n),
                                             workspace.context());
    for (int64_t i = 0; i < n; ++i) {
      const int32_t label = raw.labels[static_cast<size_t>(i)];
      const int64_t predicted = PredictedClass<T>(scores.Sample(i).span());
      if (predicted < 0) continue;  // the loss is NaN then, which says it
      if (predicted == label) ++result.correct;
      ++result.confusion[static_cast<size_t>(label * classes + predicted)];
    }
  }
  result.loss = loss_sum / static_cast<double>(result.samples);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

template int64_t PredictedClass(std::span<const float>);
template int64_t PredictedClass(std::span<const double>);
template Evaluation Evaluate(const BasicNetwork<float>&, const Dataset&, const EvaluationOptions&);
template Evaluation Evaluate(const BasicNetwork<double>&, const Dataset&, const EvaluationOptions&);

}  // namespace ocellus
