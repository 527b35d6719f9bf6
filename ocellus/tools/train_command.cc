// ocellus train: trains a network and leaves model, metrics and curves in a folder.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/tools/initial_weights.h"
#include "ocellus/tools/interrupt_guard.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/output_folder.h"
#include "ocellus/tools/progress.h"
#include "ocellus/tools/saved_flags.h"
#include "ocellus/tools/terminal.h"
#include "ocellus/tools/train_arguments.h"
#include "ocellus/training/checkpoint.h"
#include "ocellus/training/trainer.h"

namespace ocellus {
namespace {

// Flags that may be given with --resume, whatever they were before.
const std::vector<std::string> kFreeFlags = {"--resume", "--out", "--threads", "--checkpoint-steps",
                                             "--checkpoint-minutes"};

// What the model file tells about its training.
Json Recipe(const TrainArguments& arguments, const TrainerOptions& options,
            const TrainingData& data, const EpochReport& report) {
  Json recipe = {{"net", arguments.net}, {"data", data.recipe}};
  recipe["data"]["sha256"] = data.splits.train->sha256();
  recipe.update(ToJson(options));
  recipe["epoch"] = report.epoch;
  recipe["steps"] = report.step;
  recipe["train_loss"] = report.train_loss;
  recipe["train_accuracy"] = report.train_accuracy;
  if (report.test) {
    recipe["test_loss"] = report.test->loss;
    recipe["test_accuracy"] = report.test->accuracy();
    recipe["test_correct"] = report.test->correct;
    recipe["test_samples"] = report.test->samples;
  }
  return recipe;
}

// Says how good the model in the folder is, from its recipe.
void PrintResult(const Json& recipe, const OutputFolder& folder) {
  if (recipe.contains("test_accuracy")) {
    const Json& loss = recipe["test_loss"];  // null in a file if it was not finite
    fmt::print("epoch {}: test accuracy {:.2f}% ({} of {}), test loss {:.4f}\n",
               recipe["epoch"].get<int64_t>(), 100 * recipe["test_accuracy"].get<double>(),
               recipe["test_correct"].get<int64_t>(), recipe["test_samples"].get<int64_t>(),
               loss.is_number() ? loss.get<double>() : NAN);
  }
  fmt::print("wrote {}, {}, {}\n", folder.model_path().string(), folder.curves_path().string(),
             folder.metrics_path().string());
}

// The text as a word of a shell command.
std::string ShellWord(const std::string& text) {
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./+,:@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// What --resume finds; nothing if that training has come to its end.
std::optional<Checkpoint> FindCheckpoint(const std::filesystem::path& folder) {
  const std::filesystem::path path = OutputFolder::CheckpointPath(folder);
  if (std::filesystem::exists(path)) return LoadCheckpoint(path);
  if (OutputFolder::HasEnded(folder)) return std::nullopt;
  Fail("{}: there is no checkpoint; was one written before the training was interrupted?",
       path.string());
}

// The model of a checkpoint, as it is to be trained on.
Model CopyModel(const Model& model) {
  return {.network = model.network.Clone(),
          .preprocessing = model.preprocessing,
          .class_names = model.class_names,
          .training = model.training};
}

// The model that begins with the network that --net names, without parameter values.
Model NewModel(const TrainArguments& arguments, const NetOptions& options) {
  RefuseFolder(arguments.net);
  Model model = LoadNetModel(arguments.net, options);
  if (!arguments.init.empty()) {
    model.network = WithInitialWeights(model.network, arguments.init);
  }
  return model;
}

// The model that --net names: its training was another one.
Model OtherModel(const TrainArguments& arguments) {
  if (!arguments.init.empty()) Fail("--init: {} has its weights already", arguments.net);
  Model model = LoadModelArgument(arguments.net, "");
  model.training = nullptr;
  return model;
}

// Writes checkpoints with which RestoreArguments can call the command again.
void Save(const Model& model, const TrainingSnapshot& snapshot, const Json& flags,
          OutputFolder& folder) {
  const Json notes = {{"flags", flags}, {"metrics_bytes", folder.FlushMetrics()}};
  SaveCheckpoint(model, snapshot, notes, folder.checkpoint_path());
}

// Gives the command the flags of the training that it goes on with.
void RestoreArguments(const Checkpoint& checkpoint, CLI::App& command, TrainArguments& arguments) {
  const Json& notes = checkpoint.notes;
  if (!notes.is_object() || !notes.contains("flags") || !notes.contains("metrics_bytes") ||
      !notes["metrics_bytes"].is_number_unsigned()) {
    Fail("{}: this checkpoint was not written by `ocellus train`", checkpoint.where);
  }
  RestoreFlags(notes["flags"], kFreeFlags, checkpoint.where, command);
  arguments.out = arguments.resume;
}

int Train(CLI::App& command, TrainArguments& arguments) {
  std::optional<Checkpoint> checkpoint;
  if (!arguments.resume.empty()) {
    checkpoint = FindCheckpoint(arguments.resume);
    if (!checkpoint) {
      Note("the training of {} has come to its end\n", arguments.resume);
      return 0;
    }
    RestoreArguments(*checkpoint, command, arguments);
  }
  Json flags = FlagsToJson(command);
  for (const char* folder : {"--resume", "--out", "--overwrite"}) flags.erase(std::string(folder));
  if (!checkpoint && !arguments.overwrite) OutputFolder::ExpectFinished(arguments.out);

  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);
  const bool is_new = !checkpoint && !IsParameterFile(arguments.net);
  Model model = checkpoint ? CopyModel(checkpoint->model)
                : is_new   ? NewModel(arguments, {})
                           : OtherModel(arguments);
  TrainerOptions options = MakeTrainerOptions(arguments, model.network);
  CheckOptions(options);  // before all pictures are read
  const TrainingData data = LoadTrainingData(arguments.data, arguments.images, model, pool.get());
  if (is_new) {
    const auto classes = std::ssize(data.splits.train->class_names());
    model.network = NewModel(arguments, {.classes = classes}).network;
    model.network.Initialize(arguments.seed);
  }
  options.preprocessing = model.preprocessing = data.preprocessing;
  options.augmentation = data.augmentation;
  options.pool = pool.get();
  Trainer trainer(model.network, options);
  trainer.CheckCanTrain(*data.splits.train, data.splits.test.get(),
                        checkpoint ? &*checkpoint : nullptr);
  model.class_names = data.splits.train->class_names();
  OutputFolder folder =
      checkpoint ? OutputFolder::Continue(arguments.out, checkpoint->notes["metrics_bytes"])
                 : OutputFolder::Begin(arguments.out);

  ProgressLine progress;
  const InterruptGuard guard;
  const TrainingCallbacks callbacks{
      .on_step =
          [&](const StepReport& report) {
            progress.Step(report);
            folder.Add(report);
            return guard.interrupted() ? Verdict::kStop : Verdict::kContinue;
          },
      .on_epoch =
          [&](const EpochReport& report) {
            progress.Epoch(report);
            folder.Add(report);
            const bool is_saved = !model.training.is_null();
            if (options.early_stopping > 0 && is_saved && !report.is_best) return;
            model.training = Recipe(arguments, options, data, report);
            SaveModel(model, folder.model_path());
          },
      .on_checkpoint =
          [&](const TrainingSnapshot& snapshot) { Save(model, snapshot, flags, folder); }};
  const Dataset& train = *data.splits.train;
  const Dataset* test = data.splits.test.get();
  const TrainingResult result =
      checkpoint ? trainer.Resume(*std::exchange(checkpoint, {}), train, test, callbacks)
                 : trainer.Fit(train, test, callbacks);
  progress.Clear();

  folder.WriteCurves(fmt::format("{} on {}", arguments.net, arguments.data.data));
  if (result.end == TrainingResult::End::kDiverged) {
    Fail("training diverged: {}\n{}; a smaller learning rate than {} may help", result.cause,
         model.training.is_null()
             ? std::string("no epoch was completed, so no model was saved")
             : folder.model_path().string() + " is the model after the last good epoch",
         LearningRate(options.optimizer));
  }
  if (result.end == TrainingResult::End::kStopped) {
    try {
      PrintResult(model.training, folder);
    } catch (const std::system_error&) {
      // A terminal that was closed takes no output. The exit status tells about the signal.
    }
    Note(
        "interrupted after step {}. To go on as if it had not been:\n"
        "  ocellus train --resume {}\n",
        result.steps, ShellWord(arguments.out));
    return guard.exit_status();
  }
  PrintResult(model.training, folder);
  folder.End(result);
  return 0;
}

}  // namespace

void AddTrainCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("train", "Train a network");
  auto arguments = std::make_shared<TrainArguments>();
  AddTrainArguments(*command, *arguments);
  command->callback(
      [command, arguments, &action] { action = [=] { return Train(*command, *arguments); }; });
}

}  // namespace ocellus
