// The options of `ocellus train`, and what they mean for the trainer.
#include "ocellus/tools/train_arguments.h"

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// Adds an option that is not there unless it is given; `text` tells what happens then.
template <typename T>
void AddOptional(CLI::App& command, const std::string& name, std::optional<T>& value,
                 const std::string& text) {
  command.add_option(name, value, text)->default_str("");
}

OptimizerOptions MakeOptimizer(const TrainArguments& arguments) {
  OptimizerOptions optimizer = OptimizerFromName(arguments.optimizer);
  if (arguments.learning_rate) SetLearningRate(*arguments.learning_rate, optimizer);
  return optimizer;
}

// Moves an argument that was given to its place. Throws Error if there is no place for it.
template <typename T>
void Set(const std::optional<T>& argument, const char* name, const std::string& user, T* place) {
  if (!argument) return;
  if (place == nullptr) Fail("{}: {} has no use for it", name, user);
  *place = *argument;
}

Schedule MakeSchedule(const TrainArguments& arguments) {
  Schedule schedule = ScheduleFromName(arguments.schedule);
  auto* step = std::get_if<StepDecay>(&schedule);
  auto* plateau = std::get_if<PlateauDecay>(&schedule);
  int64_t* epochs = step ? &step->every_epochs : plateau ? &plateau->patience : nullptr;
  double* factor = step ? &step->factor : plateau ? &plateau->factor : nullptr;
  const std::string user = "schedule " + arguments.schedule;
  Set(arguments.decay_epochs, "--decay-epochs", user, epochs);
  Set(arguments.decay_factor, "--decay-factor", user, factor);
  return schedule;
}

}  // namespace

void AddTrainArguments(CLI::App& command, TrainArguments& arguments) {
  TrainArguments& a = arguments;
  command.add_option("--net", a.net, "NET to train, or MODEL to go on from");
  command.add_option("--data", a.data, "DATA to learn from: mnist or a folder of IDX files");
  command.add_option("--epochs", a.epochs, "How often each sample is used");
  command.add_option("--max-steps", a.max_steps, "End after so many steps (0: no limit)");
  command.add_option("--early-stopping", a.early_stopping,
                     "End after so many epochs without a smaller test loss, and leave the model of "
                     "the best epoch (0: never)");
  command.add_option("--batch-size", a.batch_size, "Samples in one step");
  command.add_option("--optimizer", a.optimizer, "adam or sgd");
  AddOptional(command, "--lr", a.learning_rate,
              "Learning rate (default: 0.001 for adam, 0.01 for sgd)");
  command.add_option("--schedule", a.schedule,
                     "Of the learning rate: constant; cosine: from --lr down to 0; step: smaller "
                     "every --decay-epochs; plateau: smaller when the test loss has not become so "
                     "for --decay-epochs");
  AddOptional(command, "--decay-epochs", a.decay_epochs,
              "Of the schedules step (default: 10) and plateau (default: 3)");
  AddOptional(command, "--decay-factor", a.decay_factor,
              "By which they multiply the learning rate (default: 0.1)");
  command.add_option("--warmup-steps", a.warmup_steps,
                     "Steps in which the learning rate grows from almost 0, with any schedule");
  command.add_option("--seed", a.seed, "Of initial parameters and the order of samples");
  command.add_option("--threads", a.threads, "Threads to use (0: all processors)");
  command.add_option("--out", a.out, "Folder for model.safetensors, metrics.jsonl and curves.png");
}

TrainerOptions MakeTrainerOptions(const TrainArguments& arguments) {
  return {.optimizer = MakeOptimizer(arguments),
          .schedule = MakeSchedule(arguments),
          .warmup_steps = arguments.warmup_steps,
          .batch_size = arguments.batch_size,
          .epochs = arguments.epochs,
          .max_steps = arguments.max_steps,
          .early_stopping = arguments.early_stopping,
          .seed = arguments.seed};
}

}  // namespace ocellus
