// The training loop.
#include "ocellus/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/data/batch_loader.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/network_json.h"
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

Json Describe(const Dataset& dataset) {
  return {{"samples", dataset.size()}, {"sha256", dataset.sha256()}};
}

// What makes a training this one and no other.
Json Identity(const Network& network, const TrainerOptions& options, const Dataset& train,
              const Dataset* test) {
  return {{"network", NetworkToJson(network)},
          {"training data", Describe(train)},
          {"test data", test == nullptr ? Json() : Describe(*test)},
          {"options", ToJson(options)},
          {"preprocessing", ToJson(options.preprocessing)}};
}

// Throws Error with the first difference between a checkpoint's identity and that of a training.
void CheckSameTraining(const Json& saved, const Json& now, const std::string& where) {
  if (saved == now) return;
  const Json::json_pointer place(Json::diff(saved, now).at(0).at("path").get<std::string>());
  const auto value = [&](const Json& json) {
    return json.contains(place) ? json.at(place).dump() : "nothing";
  };
  Fail("{}: this is the checkpoint of another training: {} is {} there and {} here", where,
       place.to_string().substr(1), value(saved), value(now));
}

}  // namespace

// One call of Fit or Resume: all memory of a training, taken before the first step.
class Trainer::Run {
 public:
  Run(Network& network, const TrainerOptions& options, const Dataset& train, const Dataset* test,
      const TrainingCallbacks& callbacks)
      : network_(network),
        options_(options),
        train_(train),
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

  // Takes over from a training that came as far as the checkpoint. Its parameters are in the
  // network already.
  void Restore(Checkpoint checkpoint) {
    if (checkpoint.state.step >= total_steps_ ||
        checkpoint.optimizer.steps != checkpoint.state.step) {
      Fail("{}: damaged: step {} of {}, {} steps of the optimizer", checkpoint.where,
           checkpoint.state.step, total_steps_, checkpoint.optimizer.steps);
    }
    state_ = checkpoint.state;
    optimizer_.Restore(std::move(checkpoint.optimizer));
  }

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
      const bool is_last = state_.step == total_steps_ || result_.end == End::kStopped;
      const bool is_due = CheckpointIsDue();
      if (!is_complete && !is_last && !is_due) continue;

      if (!AllFinite(network_.parameter_values())) {
        return Diverged(fmt::format("parameters after step {} are not finite", state_.step), batch);
      }
      std::optional<EpochReport> epoch;
      if (is_complete || is_last) epoch = MakeEpochReport();
      if (epoch && epoch->test && !std::isfinite(epoch->test->loss)) {
        return Diverged(
            fmt::format("the test loss after step {} is {}", state_.step, epoch->test->loss),
            batch);
      }
      if (is_complete) EndEpoch(std::move(*epoch));
      if (is_due || result_.end == End::kStopped) SaveCheckpoint();
      if (is_last && !is_complete) Report(std::move(*epoch));
    }
    result_.steps = state_.step;
    return std::move(result_);
  }

 private:
  using End = TrainingResult::End;
  using Clock = std::chrono::steady_clock;

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

  void EndEpoch(EpochReport report) {
    report.is_complete = true;
    const auto* plateau = std::get_if<PlateauDecay>(&options_.schedule);
    report.is_best = state_.history.Add(report.test ? report.test->loss : report.train_loss,
                                        plateau != nullptr ? plateau->patience : 0);
    state_.epoch = {};
    if (options_.early_stopping > 0 && state_.step < total_steps_ &&
        state_.history.epochs_since_best >= options_.early_stopping) {
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

  bool CheckpointIsDue() const {
    const CheckpointOptions& due = options_.checkpoint;
    return (due.every_steps > 0 && state_.step % due.every_steps == 0) ||
           (due.every_minutes > 0 &&
            Clock::now() - last_checkpoint_ >=
                std::chrono::duration<double, std::ratio<60>>(due.every_minutes));
  }

  void SaveCheckpoint() {
    const bool is_over = state_.step == total_steps_ || result_.end == End::kStoppedEarly;
    if (is_over || !callbacks_.on_checkpoint) return;
    if (identity_.is_null()) identity_ = Identity(network_, options_, train_, test_);
    callbacks_.on_checkpoint(
        {.state = state_, .optimizer = optimizer_.state(), .identity = identity_});
    last_checkpoint_ = Clock::now();
  }

  TrainingResult Diverged(const std::string& what, const Batch& batch) {
    result_.end = End::kDiverged;
    result_.steps = state_.step;
    result_.cause = what + "; " + ExplainDivergence(network_, batch.images);
    return std::move(result_);
  }

  Network& network_;
  const TrainerOptions& options_;
  const Dataset& train_;
  const Dataset* test_;
  const TrainingCallbacks& callbacks_;
  const int64_t total_steps_;
  BatchLoader loader_;
  Workspace<float> workspace_;
  Optimizer optimizer_;
  TrainingState state_;
  TrainingResult result_;
  Clock::time_point last_checkpoint_ = Clock::now();
  Json identity_;  // null until a checkpoint needs it
};

Trainer::Trainer(Network& network, const TrainerOptions& options)
    : network_(network), options_(options) {
  CheckOptions(options);
  options.preprocessing.Validate(network.input_shape()[0], "training");
  if (!network.has_parameter_values()) network.Initialize(options.seed);
}

void Trainer::CheckCanTrain(const Dataset& train, const Dataset* test,
                            const Checkpoint* checkpoint) const {
  // Images from which crops are taken are larger; the loader checks them.
  CheckFits(train, options_.augmentation.crop ? train.image_shape() : network_.input_shape(),
            network_.output_shape());
  if (test != nullptr) CheckFits(*test, network_.input_shape(), network_.output_shape());
  if (checkpoint == nullptr) return;
  CheckSameTraining(checkpoint->identity, Identity(network_, options_, train, test),
                    checkpoint->where);
  if (NetworkToJson(checkpoint->model.network) != NetworkToJson(network_)) {
    Fail("{}: damaged: its model is not that of its training", checkpoint->where);
  }
}

TrainingResult Trainer::Fit(const Dataset& train, const Dataset* test,
                            const TrainingCallbacks& callbacks) {
  CheckCanTrain(train, test, nullptr);
  return Run(network_, options_, train, test, callbacks).Train();
}

TrainingResult Trainer::Resume(Checkpoint checkpoint, const Dataset& train, const Dataset* test,
                               const TrainingCallbacks& callbacks) {
  CheckCanTrain(train, test, &checkpoint);
  std::ranges::copy(checkpoint.model.network.parameter_values(),
                    network_.parameter_values().begin());
  Run run(network_, options_, train, test, callbacks);
  run.Restore(std::move(checkpoint));
  return run.Train();
}

}  // namespace ocellus
