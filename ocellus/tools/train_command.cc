// ocellus train: trains a network and leaves model, metrics and curves in a folder.
#include <fmt/format.h>

#include "ocellus/base/error.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/tools/interrupt_guard.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/output_folder.h"
#include "ocellus/tools/progress.h"
#include "ocellus/tools/train_arguments.h"
#include "ocellus/training/trainer.h"

namespace ocellus {
namespace {

constexpr int kInterrupted = 130;  // what shells expect after Ctrl-C

// What the model file tells about its training.
Json Recipe(const TrainArguments& arguments, const TrainerOptions& options,
            const TrainingData& data, const EpochReport& report) {
  Json recipe = {{"net", arguments.net}, {"data", data.recipe}};
  recipe["data"]["sha256"] = data.splits.train->sha256();
  recipe.update(ToJson(options));
  recipe["steps"] = report.step;
  recipe["train_loss"] = report.train_loss;
  recipe["train_accuracy"] = report.train_accuracy;
  if (report.test) {
    recipe["test_loss"] = report.test->loss;
    recipe["test_accuracy"] = report.test->accuracy();
  }
  return recipe;
}

void PrintResult(const EpochReport& report, const OutputFolder& folder) {
  if (report.test) {
    fmt::print("test accuracy {:.2f}% ({} of {}), test loss {:.4f}\n",
               100 * report.test->accuracy(), report.test->correct, report.test->samples,
               report.test->loss);
  }
  fmt::print("wrote {}, {}, {}\n", folder.model_path().string(), folder.curves_path().string(),
             folder.metrics_path().string());
}

int Train(const TrainArguments& arguments) {
  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);
  TrainerOptions options = MakeTrainerOptions(arguments);
  CheckOptions(options);  // before all pictures are read
  const bool goes_on = IsParameterFile(arguments.net);
  Model model =
      goes_on ? LoadModelArgument(arguments.net, "") : Model{.network = LoadNet(arguments.net)};
  const TrainingData data =
      LoadTrainingData(arguments.data, arguments.images, model.network.input_shape(),
                       goes_on ? std::optional(model.preprocessing) : std::nullopt, pool.get());
  if (!goes_on) {
    const auto classes = std::ssize(data.splits.train->class_names());
    model.network = LoadNet(arguments.net, {.classes = classes});
    model.network.Initialize(arguments.seed);
  }
  options.preprocessing = model.preprocessing = data.preprocessing;
  options.augmentation = data.augmentation;
  options.pool = pool.get();
  Trainer trainer(model.network, options);
  model.class_names = data.splits.train->class_names();
  CheckFits(*data.splits.test, model.network.input_shape(), model.network.output_shape());
  OutputFolder folder(arguments.out);

  ProgressLine progress;
  std::optional<EpochReport> saved;  // the epoch whose model is in the folder
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
            if (options.early_stopping > 0 && saved && !report.is_best) return;
            model.training = Recipe(arguments, options, data, report);
            SaveModel(model, folder.model_path());
            saved = report;
          }};
  const TrainingResult result = trainer.Fit(*data.splits.train, data.splits.test.get(), callbacks);
  progress.Clear();

  folder.WriteCurves(fmt::format("{} on {}", arguments.net, arguments.data.data));
  if (result.end == TrainingResult::End::kDiverged) {
    Fail("training diverged: {}\n{}; a smaller learning rate than {} may help", result.cause,
         saved ? folder.model_path().string() + " is the model after the last good epoch"
               : std::string("no epoch was completed, so no model was saved"),
         LearningRate(options.optimizer));
  }
  if (options.early_stopping > 0) {
    fmt::print("the model is that of epoch {}, which has the smallest loss\n", saved->epoch);
  }
  PrintResult(*saved, folder);
  if (result.end == TrainingResult::End::kStopped) {
    fmt::print(stderr,
               "interrupted after step {}; the model is saved. To go on from these parameters:\n"
               "  ocellus train --net {} --data {} --out {}\n",
               result.steps, folder.model_path().string(), arguments.data.data, arguments.out);
    return kInterrupted;
  }
  return 0;
}

}  // namespace

void AddTrainCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("train", "Train a network");
  auto arguments = std::make_shared<TrainArguments>();
  AddTrainArguments(*command, *arguments);
  command->callback([arguments, &action] { action = [arguments] { return Train(*arguments); }; });
}

}  // namespace ocellus
