// One pass over the data with a short list of mistakes.
#include "ocellus/view/mistakes.h"

#include <algorithm>

#include "ocellus/base/error.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/training/evaluate.h"
#include "ocellus/view/dataset_scan.h"

namespace ocellus {

Mistakes FindMistakes(const Network& network, const Dataset& dataset,
                      const Preprocessing& preprocessing, int64_t count,
                      const RunOptions& options) {
  if (count < 1) Fail("mistakes: expected 1 or more, found {}", count);
  CheckFits(dataset, network.input_shape(), network.output_shape());
  Mistakes result{.samples = dataset.size(), .classes = network.output_shape()[0]};
  result.confusion.resize(static_cast<size_t>(result.classes * result.classes));
  ThreadPool& pool = options.pool != nullptr ? *options.pool : DefaultThreadPool();
  Tensor<float> probabilities({1, result.classes});
  ScanDataset(network, dataset, preprocessing, options, [&](const ScannedBatch& batch) {
    CheckLabels(batch.outputs.shape(), batch.labels);
    for (size_t i = 0; i < batch.samples.size(); ++i) {
      const TensorView<const float> scores = batch.outputs.Samples(static_cast<int64_t>(i), 1);
      const int64_t label = batch.labels[i];
      const int64_t predicted = PredictedClass(scores.span());
      if (predicted == label) {
        ++result.confusion[static_cast<size_t>(label * result.classes + label)];
        continue;
      }
      ++result.wrong;
      if (predicted < 0) continue;
      ++result.confusion[static_cast<size_t>(label * result.classes + predicted)];
      SoftmaxForward(scores, probabilities, {pool, {}});
      const Mistake mistake{.sample = batch.samples[i],
                            .label = label,
                            .predicted = predicted,
                            .probability = probabilities[predicted],
                            .label_probability = probabilities[label]};
      std::vector<Mistake>& worst = result.worst;
      worst.insert(std::ranges::upper_bound(worst, mistake.probability, std::ranges::greater{},
                                            &Mistake::probability),
                   mistake);
      if (std::ssize(worst) > count) worst.pop_back();
    }
  });
  return result;
}

}  // namespace ocellus
