// The training loop.
#include "ocellus/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/divergence.h"

namespace ocellus {
namespace {

// Streams of random numbers: parameters use 0, 1, ...; epoch e is shuffled with this plus e.
constexpr uint64_t kShuffleStream = uint64_t{1} << 32;

bool AllFinite(std::span<const float> values) {
  // The sum of 0 * value is 0 exactly if all are finite; no branch, so it runs as fast as memory.
  float sum = 0;
  for (const float value : values) sum += 0.0f * value;
  return sum == 0.0f;
}

}  // namespace

// One call of Fit: all memory of a training, taken before the first step.
class Trainer::Run {
 public:
  Run(Network& network, const TrainerOptions& options, const Dataset& train, const Dataset* test,
      const TrainingCallbacks& callbacks)
      : network_(network),
        options_(options),
        train_(train),
        test_(test),
        callbacks_(callbacks),
        batch_size_(std::min(options.batch_size, train.size())),
        steps_per_epoch_(CeilDivide(train.size(), batch_size_)),
        workspace_(network, {.max_batch = batch_size_, .training = true, .pool = options.pool}),
        optimizer_(options.optimizer, static_cast<int64_t>(network.parameter_values().size())),
        images_(train.image_shape().Batch(batch_size_)),
        labels_(static_cast<size_t>(batch_size_)),
        order_(static_cast<size_t>(train.size())) {
    total_steps_ = CheckedMultiply(options.epochs, steps_per_epoch_, "number of steps");
    if (options.max_steps > 0) total_steps_ = std::min(total_steps_, options.max_steps);
  }

  TrainingResult Train() {
    while (result_.steps < total_steps_ && result_.end == TrainingResult::End::kFinished) {
      TrainEpoch();
    }
    return std::move(result_);
  }

 private:
  double EpochsDone() const {
    return static_cast<double>(result_.steps) / static_cast<double>(steps_per_epoch_);
  }

  double RateOfStep() const {
    const double rate = LearningRate(options_.optimizer);
    if (options_.schedule == Schedule::kConstant) return rate;
    const double done = static_cast<double>(result_.steps) / static_cast<double>(total_steps_);
    return rate * (1 + std::cos(std::numbers::pi * done)) / 2;
  }

  void TrainEpoch() {
    const int64_t epoch = result_.steps / steps_per_epoch_;
    std::iota(order_.begin(), order_.end(), int64_t{0});
    Random(options_.seed, kShuffleStream + static_cast<uint64_t>(epoch)).Shuffle(std::span(order_));

    double loss_sum = 0;
    int64_t correct = 0;
    int64_t samples = 0;
    for (int64_t first = 0; first < train_.size() && result_.steps < total_steps_;
         first += batch_size_) {
      const int64_t n = std::min(batch_size_, train_.size() - first);
      StepReport report{.epoch = epoch + 1,
                        .epochs = options_.epochs,
                        .step = result_.steps + 1,
                        .steps = total_steps_,
                        .samples = n};
      report.loss = ForwardAndBackward(first, n);
      if (!std::isfinite(report.loss)) {
        Diverge(fmt::format("the loss of step {} is {}", report.step, report.loss), n);
        return;
      }
      optimizer_.set_learning_rate(RateOfStep());
      optimizer_.Update(workspace_.d_parameters(), network_.parameter_values(),
                        workspace_.context());
      network_.UpdateStatistics(workspace_.d_parameters());
      ++result_.steps;

      loss_sum += report.loss * static_cast<double>(n);
      correct += correct_;
      samples += n;
      report.accuracy = static_cast<double>(correct_) / static_cast<double>(n);
      report.epochs_done = EpochsDone();
      if (callbacks_.on_step && callbacks_.on_step(report) == Verdict::kStop) {
        result_.end = TrainingResult::End::kStopped;
        break;
      }
    }
    if (!AllFinite(network_.parameter_values())) {
      Diverge(fmt::format("parameters after step {} are not finite", result_.steps), batch_size_);
      return;
    }
    EndEpoch({.epoch = epoch + 1,
              .epochs = options_.epochs,
              .step = result_.steps,
              .epochs_done = EpochsDone(),
              .train_loss = loss_sum / static_cast<double>(samples),
              .train_accuracy = static_cast<double>(correct) / static_cast<double>(samples),
              .test = std::nullopt});
  }

  // Computes the loss of a batch and all gradients. Counts right predictions in correct_.
  double ForwardAndBackward(int64_t first, int64_t n) {
    const auto size = static_cast<size_t>(n);
    const TensorView<float> images = images_.view().Samples(0, n);
    const std::span<int32_t> labels = std::span(labels_).first(size);
    train_.Read(std::span(order_).subspan(static_cast<size_t>(first), size), images, labels);
    CheckLabels(network_.output_shape().Batch(n), labels);
    options_.preprocessing.Apply(images);

    workspace_.set_step(options_.seed, result_.steps);
    network_.Forward(images, workspace_);
    const TensorView<float> scores = workspace_.output();
    correct_ = 0;
    for (int64_t i = 0; i < n; ++i) {
      if (PredictedClass<float>(scores.Sample(i).span()) == labels[static_cast<size_t>(i)]) {
        ++correct_;
      }
    }
    const TensorView<float> d_scores = workspace_.d_output();
    const SoftmaxWithLoss<float> last_layer;
    const double loss = last_layer.Forward(scores, labels, d_scores, workspace_.context());
    last_layer.Backward(d_scores, labels, d_scores, workspace_.context());
    workspace_.ClearGradients();
    network_.Backward(workspace_);
    return loss;
  }

  void Diverge(const std::string& what, int64_t n) {
    result_.end = TrainingResult::End::kDiverged;
    result_.cause = what + "; " + ExplainDivergence(network_, images_.view().Samples(0, n));
  }

  void EndEpoch(EpochReport report) {
    if (test_ != nullptr) {
      report.test = Evaluate(network_, *test_,
                             {.preprocessing = options_.preprocessing,
                              .batch_size = options_.batch_size,
                              .pool = options_.pool});
    }
    if (callbacks_.on_epoch) callbacks_.on_epoch(report);
    result_.last_epoch = std::move(report);
  }

  Network& network_;
  const TrainerOptions& options_;
  const Dataset& train_;
  const Dataset* test_;
  const TrainingCallbacks& callbacks_;
  const int64_t batch_size_;
  const int64_t steps_per_epoch_;
  int64_t total_steps_ = 0;
  Workspace<float> workspace_;
  Optimizer optimizer_;
  Tensor<float> images_;
  std::vector<int32_t> labels_;
  std::vector<int64_t> order_;
  int64_t correct_ = 0;
  TrainingResult result_;
};

Trainer::Trainer(Network& network, const TrainerOptions& options)
    : network_(network), options_(options) {
  if (options.batch_size < 1) Fail("batch size: expected 1 or more, found {}", options.batch_size);
  if (options.epochs < 1) Fail("epochs: expected 1 or more, found {}", options.epochs);
  if (options.max_steps < 0) Fail("max steps: expected 0 or more, found {}", options.max_steps);
  options.preprocessing.Validate(network.input_shape()[0], "training");
  Optimizer(options.optimizer, 0);  // checks its options
  if (!network.has_parameter_values()) network.Initialize(options.seed);
}

TrainingResult Trainer::Fit(const Dataset& train, const Dataset* test,
                            const TrainingCallbacks& callbacks) {
  CheckFits(train, network_.input_shape(), network_.output_shape());
  if (test != nullptr) CheckFits(*test, network_.input_shape(), network_.output_shape());
  return Run(network_, options_, train, test, callbacks).Train();
}

}  // namespace ocellus
