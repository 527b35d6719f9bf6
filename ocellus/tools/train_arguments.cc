// The options of `ocellus train`, and what they mean for the trainer.
#include "ocellus/tools/train_arguments.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "ocellus/base/error.h"
#include "ocellus/nets/net_catalog.h"

namespace ocellus {
namespace {

// Adds an option that is not there unless it is given; `text` tells what happens then.
template <typename T>
void AddOptional(CLI::App& command, const std::string& name, std::optional<T>& value,
                 const std::string& text) {
  command.add_option(name, value, text)->default_str("");
}

// Where an argument goes: the first of these members that belongs to the chosen alternative, or
// nullptr.
template <typename Value, typename Variant, typename... Alternatives>
Value* Find(Variant& options, Value Alternatives::*... members) {
  Value* found = nullptr;
  const auto look = [&]<typename Alternative>(Value Alternative::*member) {
    if (auto* chosen = std::get_if<Alternative>(&options)) found = &(chosen->*member);
  };
  (look(members), ...);
  return found;
}

// Moves an argument that was given to its place. Throws Error if there is no place for it.
template <typename T>
void Set(const std::optional<T>& argument, const char* flag, const std::string& user, T* place) {
  if (!argument) return;
  if (place == nullptr) Fail("{}: {} has no use for it", flag, user);
  *place = *argument;
}

OptimizerOptions MakeOptimizer(const TrainArguments& a, const Network& network) {
  OptimizerOptions o = OptimizerFromName(a.optimizer);
  const std::string user = "optimizer " + a.optimizer;
  const bool is_adam = std::holds_alternative<Adam>(o) || std::holds_alternative<AdamW>(o);
  if (const double rate = AdamRateFor(network); is_adam && rate > 0) SetLearningRate(rate, o);
  if (a.learning_rate) SetLearningRate(*a.learning_rate, o);
  Set(a.momentum, "--momentum", user, Find<double>(o, &Momentum::momentum, &Nesterov::momentum));
  Set(a.decay_rate, "--decay-rate", user, Find<double>(o, &RmsProp::decay_rate));
  Set(a.beta1, "--beta1", user, Find<double>(o, &Adam::beta1, &AdamW::beta1));
  Set(a.beta2, "--beta2", user, Find<double>(o, &Adam::beta2, &AdamW::beta2));
  Set(a.epsilon, "--epsilon", user,
      Find<double>(o, &AdaGrad::epsilon, &RmsProp::epsilon, &Adam::epsilon, &AdamW::epsilon));
  if (a.weight_decay) std::visit([&](auto& any) { any.weight_decay = *a.weight_decay; }, o);
  if (a.decay_biases && std::visit([](const auto& any) { return any.weight_decay == 0; }, o)) {
    Fail("--decay-biases: there is no weight decay; give --weight-decay too");
  }
  return o;
}

Schedule MakeSchedule(const TrainArguments& a) {
  Schedule s = ScheduleFromName(a.schedule);
  const std::string user = "schedule " + a.schedule;
  Set(a.decay_epochs, "--decay-epochs", user,
      Find<int64_t>(s, &StepDecay::every_epochs, &PlateauDecay::patience));
  Set(a.decay_factor, "--decay-factor", user,
      Find<double>(s, &StepDecay::factor, &PlateauDecay::factor));
  return s;
}

}  // namespace

void AddTrainArguments(CLI::App& command, TrainArguments& arguments) {
  TrainArguments& a = arguments;
  command.add_option("--net", a.net, "NET to train, or MODEL to go on from");
  AddDataArguments(command, a.data, DefaultData::kMnist);
  AddImageArguments(command, a.images);
  command.add_option("--epochs", a.epochs, "How often each sample is used");
  command.add_option("--max-steps", a.max_steps, "End after so many steps (0: no limit)");
  command.add_option("--early-stopping", a.early_stopping,
                     "End after so many epochs without a smaller test loss, and leave the model of "
                     "the best epoch (0: never)");
  command.add_option("--batch-size", a.batch_size, "Samples in one step");
  command.add_option("--optimizer", a.optimizer,
                     fmt::format("One of {}", fmt::join(OptimizerNames(), ", ")));
  AddOptional(
      command, "--lr", a.learning_rate,
      "Learning rate (default: 0.001 for adam and adamw, 0.0001 if they train alexnet, else "
      "0.01)");
  AddOptional(command, "--momentum", a.momentum, "Of momentum and nesterov (default: 0.9)");
  AddOptional(command, "--decay-rate", a.decay_rate, "Of rmsprop (default: 0.99)");
  AddOptional(command, "--beta1", a.beta1, "Of adam and adamw (default: 0.9)");
  AddOptional(command, "--beta2", a.beta2, "Of adam and adamw (default: 0.999)");
  AddOptional(command, "--epsilon", a.epsilon,
              "Of adagrad, rmsprop, adam and adamw (default: 1e-7)");
  AddOptional(command, "--weight-decay", a.weight_decay,
              "Pulls weights towards 0 (default: 0.01 for adamw, else 0)");
  command.add_flag("--decay-biases", a.decay_biases, "Let weight decay pull biases too");
  command.add_option("--clip-norm", a.clip_norm,
                     "Scale down gradients whose norm is larger (0: never)");
  command.add_option("--schedule", a.schedule,
                     "Of the learning rate: constant; step: falls every --decay-epochs; cosine: "
                     "falls to 0 along a cosine; plateau: falls when the test loss has not, for "
                     "--decay-epochs");
  AddOptional(command, "--decay-epochs", a.decay_epochs,
              "Of the schedules step (default: 10) and plateau (default: 3)");
  AddOptional(command, "--decay-factor", a.decay_factor,
              "What step and plateau multiply the learning rate by (default: 0.1)");
  command.add_option("--warmup-steps", a.warmup_steps,
                     "Steps in which the learning rate grows from almost 0, with any schedule");
  command.add_option("--init", a.init,
                     "Initial weights: he, xavier, glorot, normal:DEVIATION (default: what the "
                     "network says)");
  command.add_option("--seed", a.seed, "Of initial parameters and the order of samples");
  command.add_option("--threads", a.threads, "Threads to use (0: all processors)");
  CLI::Option* out = command.add_option(
      "--out", a.out, "Folder for model.safetensors, metrics.jsonl, curves.png, checkpoints");
  CLI::Option* overwrite = command.add_flag(
      "--overwrite", a.overwrite, "Begin anew in a folder whose training was interrupted");
  command.add_option("--checkpoint-steps", a.checkpoint_steps,
                     "Write a checkpoint every so many steps (0: never)");
  command.add_option("--checkpoint-minutes", a.checkpoint_minutes,
                     "Write a checkpoint every so many minutes (0: never)");
  command
      .add_option("--resume", a.resume,
                  "Folder of an interrupted training, to go on as if it had not been: its flags "
                  "are kept, only --threads and --checkpoint-... may be others")
      ->excludes(out)
      ->excludes(overwrite);
}

TrainerOptions MakeTrainerOptions(const TrainArguments& arguments, const Network& network) {
  return {.optimizer = MakeOptimizer(arguments, network),
          .gradient = {.decay_biases = arguments.decay_biases, .max_norm = arguments.clip_norm},
          .schedule = MakeSchedule(arguments),
          .warmup_steps = arguments.warmup_steps,
          .batch_size = arguments.batch_size,
          .epochs = arguments.epochs,
          .max_steps = arguments.max_steps,
          .early_stopping = arguments.early_stopping,
          .seed = arguments.seed,
          .checkpoint = {.every_steps = arguments.checkpoint_steps,
                         .every_minutes = arguments.checkpoint_minutes}};
}

}  // namespace ocellus
