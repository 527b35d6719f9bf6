// The training loop.
#include "ocellus/training/trainer.h"

#include <algorithm>
#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/data/batch_loader.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/divergence.h"
#include "ocellus/training/training_state.h"

namespace ocellus {
namespace {

bool AllFinite(std::span<const float> values) {
  // The sum of 0 * value is 0 exactly if all are finite; no branch, so it runs as fast as memory.
  float sum = 0;
  for (const float value : values) sum += 0.0f * value;
  return sum == 0.0f;
}

int64_t TotalSteps(const TrainerOptions& options, int64_t samples) {
  const int64_t steps_per_epoch = CeilDivide(samples, std::min(options.batch_size, samples));
  const int64_t steps = CheckedMultiply(options.epochs, steps_per_epoch, "number of steps");
  return options.max_steps > 0 ? std::min(steps, options.max_steps) : steps;
}

int64_t CountCorrect(TensorView<const float> scores, std::span<const int32_t> labels) {
  int64_t correct = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (PredictedClass<float>(scores.Sample(static_cast<int64_t>(i)).span()) == labels[i]) {
      ++correct;
    }
  }
  return correct;
}

}  // namespace

// One call of Fit: all memory of a training, taken before the first step.
class Trainer::Run {
 public:
  Run(Network& network, const TrainerOptions& options, const Dataset& train, const Dataset* test,
      const TrainingCallbacks& callbacks)
      : network_(network),
        options_(options),
        test_(test),
        callbacks_(callbacks),
        total_steps_(TotalSteps(options, train.size())),
        loader_(train, {.batch_size = options.batch_size,
                        .seed = options.seed,
                        .image_shape = network.input_shape(),
                        .augmentation = options.augmentation,
                        .preprocessing = options.preprocessing,
                        .end = total_steps_,
                        .pool = options.pool}),
        workspace_(network,
                   {.max_batch = loader_.batch_size(), .training = true, .pool = options.pool}),
        optimizer_(options.optimizer, network, options.gradient) {}

  TrainingResult Train() {
    while (state_.step < total_steps_ && result_.end == End::kFinished) {
      const Batch batch = loader_.Load(state_.step);
      StepReport report = Step(batch);
      if (!std::isfinite(report.loss)) {
        return Diverged(fmt::format("the loss of step {} is {}", report.step, report.loss), batch);
      }
      const bool stop = callbacks_.on_step && callbacks_.on_step(report) == Verdict::kStop;
      if (stop && state_.step < total_steps_) result_.end = End::kStopped;

      const bool is_complete = state_.step % loader_.steps_per_epoch() == 0;
      const bool is_last = state_.step == total_steps_ || result_.end != End::kFinished;
      if (!is_complete && !is_last) continue;
      if (!AllFinite(network_.parameter_values())) {
        return Diverged(fmt::format("parameters after step {} are not finite", state_.step), batch);
      }
      if (is_complete) {
        EndEpoch();
      } else {
        Report(MakeEpochReport());
      }
    }
    result_.steps = state_.step;
    return std::move(result_);
  }

 private:
  using End = TrainingResult::End;

  // One step: the loss of a batch, its gradient, and what the optimizer makes of it. Changes
  // nothing if the loss is not finite.
  StepReport Step(const Batch& batch) {
    StepReport report{.epoch = state_.step / loader_.steps_per_epoch() + 1,
                      .epochs = options_.epochs,
                      .step = state_.step + 1,
                      .steps = total_steps_,
                      .samples = batch.size(),
                      .learning_rate = RateOfStep()};
    workspace_.set_step(options_.seed, state_.step);
    CheckLabels(network_.output_shape().Batch(batch.size()), batch.labels);
    network_.Forward(batch.images, workspace_);
    const int64_t correct = CountCorrect(workspace_.output(), batch.labels);
    report.loss = LossAndGradient(batch.labels);
    if (!std::isfinite(report.loss)) return report;
    network_.UpdateStatistics(workspace_.d_parameters());
    optimizer_.set_learning_rate(report.learning_rate);
    optimizer_.Update(workspace_.d_parameters(), network_.parameter_values(), workspace_.context());

    ++state_.step;
    const auto samples = static_cast<double>(batch.size());
    state_.epoch.loss += report.loss * samples;
    state_.epoch.correct += correct;
    state_.epoch.samples += batch.size();
    report.accuracy = static_cast<double>(correct) / samples;
    report.epochs_done = EpochsDone();
    return report;
  }

  // Returns the loss of the batch that has gone forward, and computes its gradients.
  double LossAndGradient(std::span<const int32_t> labels) {
    const SoftmaxWithLoss<float> last_layer;
    const TensorView<float> d_scores = workspace_.d_output();
    const double loss =
        last_layer.Forward(workspace_.output(), labels, d_scores, workspace_.context());
    last_layer.Backward(d_scores, labels, d_scores, workspace_.context());
    workspace_.ClearGradients();
    network_.Backward(workspace_);
    return loss;
  }

  double RateOfStep() const {
    return LearningRate(options_.optimizer) *
           RateFactor(options_.schedule, options_.warmup_steps,
                      {.step = state_.step,
                       .steps = total_steps_,
                       .steps_per_epoch = loader_.steps_per_epoch(),
                       .plateaus = state_.history.plateaus});
  }

  double EpochsDone() const {
    return static_cast<double>(state_.step) / static_cast<double>(loader_.steps_per_epoch());
  }

  void EndEpoch() {
    EpochReport report = MakeEpochReport();
    report.is_complete = true;
    const auto* plateau = std::get_if<PlateauDecay>(&options_.schedule);
    report.is_best = state_.history.Add(report.test ? report.test->loss : report.train_loss,
                                        plateau != nullptr ? plateau->patience : 0);
    state_.epoch = {};
    if (options_.early_stopping > 0 && result_.end == End::kFinished &&
        state_.step < total_steps_ && state_.history.epochs_since_best >= options_.early_stopping) {
      result_.end = End::kStoppedEarly;
    }
    Report(std::move(report));
  }

  // What is known about the epoch so far; evaluates on the test data.
  EpochReport MakeEpochReport() const {
    const EpochSums& sums = state_.epoch;
    const auto samples = static_cast<double>(sums.samples);
    EpochReport report{.epoch = CeilDivide(state_.step, loader_.steps_per_epoch()),
                       .epochs = options_.epochs,
                       .step = state_.step,
                       .epochs_done = EpochsDone(),
                       .train_loss = sums.loss / samples,
                       .train_accuracy = static_cast<double>(sums.correct) / samples,
                       .test = std::nullopt,
                       .is_complete = false};
    if (test_ != nullptr) {
      report.test = Evaluate(network_, *test_,
                             {.preprocessing = options_.preprocessing,
                              .batch_size = options_.batch_size,
                              .pool = options_.pool});
    }
    return report;
  }

  void Report(EpochReport report) {
    if (callbacks_.on_epoch) callbacks_.on_epoch(report);
    result_.last_epoch = std::move(report);
  }

  TrainingResult Diverged(const std::string& what, const Batch& batch) {
    result_.end = End::kDiverged;
    result_.steps = state_.step;
    result_.cause = what + "; " + ExplainDivergence(network_, batch.images);
    return std::move(result_);
  }

  Network& network_;
  const TrainerOptions& options_;
  const Dataset* test_;
  const TrainingCallbacks& callbacks_;
  const int64_t total_steps_;
  BatchLoader loader_;
  Workspace<float> workspace_;
  Optimizer optimizer_;
  TrainingState state_;
  TrainingResult result_;
};

Trainer::Trainer(Network& network, const TrainerOptions& options)
    : network_(network), options_(options) {
  CheckOptions(options);
  options.preprocessing.Validate(network.input_shape()[0], "training");
  if (!network.has_parameter_values()) network.Initialize(options.seed);
}

TrainingResult Trainer::Fit(const Dataset& train, const Dataset* test,
                            const TrainingCallbacks& callbacks) {
  // Images from which crops are taken are larger; the loader checks them.
  CheckFits(train, options_.augmentation.crop ? train.image_shape() : network_.input_shape(),
            network_.output_shape());
  if (test != nullptr) CheckFits(*test, network_.input_shape(), network_.output_shape());
  return Run(network_, options_, train, test, callbacks).Train();
}

}  // namespace ocellus
