// ocellus train: trains a network and leaves model, metrics and curves in a folder.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/data/load_data.h"
#include "ocellus/formats/image.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/progress.h"
#include "ocellus/training/trainer.h"
#include "ocellus/view/curves.h"

namespace ocellus {
namespace {

constexpr int kInterrupted = 130;  // what shells expect after Ctrl-C

struct TrainArguments {
  std::string net = "simple-conv-net";
  std::string data = "mnist";
  int64_t epochs = 20;
  int64_t max_steps = 0;
  int64_t batch_size = 100;
  std::string optimizer = "adam";
  double learning_rate = 0;  // meaningless unless given
  std::string schedule = "constant";
  uint64_t seed = 1;
  int threads = 0;
  std::string out = "out";
};

std::atomic<bool> g_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "or the handler could not write it");

// Ctrl-C ends the training after the current step; a second one ends the program at once.
class InterruptGuard {
 public:
  InterruptGuard() {
    struct sigaction action {};
    action.sa_handler = [](int) { g_interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &previous_);
  }
  ~InterruptGuard() { sigaction(SIGINT, &previous_, nullptr); }

 private:
  struct sigaction previous_ {};
};

// The folder of a training and the files in it.
class OutputFolder {
 public:
  explicit OutputFolder(const std::filesystem::path& folder) : folder_(folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) Fail("{}: cannot make this folder: {}", folder.string(), error.message());
    metrics_.open(metrics_path(), std::ios::trunc);
    if (!metrics_) Fail("{}: cannot be written; check --out", metrics_path().string());
  }

  std::filesystem::path model_path() const { return folder_ / "model.safetensors"; }
  std::filesystem::path curves_path() const { return folder_ / "curves.png"; }
  std::filesystem::path metrics_path() const { return folder_ / "metrics.jsonl"; }

  void AddMetrics(const Json& line) {
    metrics_ << line.dump() << '\n';
    if (line["event"] == "epoch") metrics_.flush();
    if (!metrics_) Fail("{}: cannot be written; is the disk full?", metrics_path().string());
  }

 private:
  std::filesystem::path folder_;
  std::ofstream metrics_;
};

OptimizerOptions MakeOptimizer(const TrainArguments& arguments, bool rate_is_given) {
  OptimizerOptions optimizer = OptimizerFromName(arguments.optimizer);
  if (rate_is_given) SetLearningRate(arguments.learning_rate, optimizer);
  return optimizer;
}

Schedule MakeSchedule(const std::string& name) {
  static const std::vector<std::string> names = {"constant", "cosine"};
  if (name == names[0]) return Schedule::kConstant;
  if (name == names[1]) return Schedule::kCosine;
  Fail("unknown schedule '{}'{}", name, DidYouMean(name, names));
}

// What the model file tells about its training.
Json Recipe(const TrainArguments& arguments, const OptimizerOptions& optimizer,
            const Dataset& train, const EpochReport& report) {
  Json recipe = {{"net", arguments.net},
                 {"data", {{"source", train.source()}, {"sha256", train.sha256()}}},
                 {"optimizer", ToJson(optimizer)},
                 {"schedule", arguments.schedule},
                 {"batch_size", arguments.batch_size},
                 {"epochs", arguments.epochs},
                 {"seed", arguments.seed},
                 {"steps", report.step},
                 {"train_loss", report.train_loss},
                 {"train_accuracy", report.train_accuracy}};
  if (report.test) {
    recipe["test_loss"] = report.test->loss;
    recipe["test_accuracy"] = report.test->accuracy();
  }
  return recipe;
}

Json EpochMetrics(const EpochReport& report) {
  Json line = {{"event", "epoch"},
               {"epoch", report.epoch},
               {"step", report.step},
               {"train_loss", report.train_loss},
               {"train_accuracy", report.train_accuracy}};
  if (report.test) {
    line["test_loss"] = report.test->loss;
    line["test_accuracy"] = report.test->accuracy();
  }
  return line;
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

int Train(const TrainArguments& arguments, bool rate_is_given) {
  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);
  Model model = LoadNetOrModel(arguments.net, arguments.seed);
  const TrainerOptions options{.optimizer = MakeOptimizer(arguments, rate_is_given),
                               .schedule = MakeSchedule(arguments.schedule),
                               .batch_size = arguments.batch_size,
                               .epochs = arguments.epochs,
                               .max_steps = arguments.max_steps,
                               .seed = arguments.seed,
                               .preprocessing = model.preprocessing,
                               .pool = pool.get()};
  Trainer trainer(model.network, options);  // checks the options before anything is written
  const DataSplits data = LoadData(arguments.data);
  CheckFits(*data.train, model.network.input_shape(), model.network.output_shape());
  model.class_names = data.train->class_names();
  OutputFolder folder(arguments.out);

  ProgressLine progress;
  TrainingCurves curves;
  bool is_saved = false;
  g_interrupted = false;
  const InterruptGuard guard;
  const TrainingCallbacks callbacks{
      .on_step =
          [&](const StepReport& report) {
            progress.Step(report);
            folder.AddMetrics({{"event", "step"},
                               {"epoch", report.epoch},
                               {"step", report.step},
                               {"loss", report.loss},
                               {"accuracy", report.accuracy}});
            curves.loss.push_back({report.epochs_done, report.loss});
            return g_interrupted ? Verdict::kStop : Verdict::kContinue;
          },
      .on_epoch =
          [&](const EpochReport& report) {
            progress.Epoch(report);
            folder.AddMetrics(EpochMetrics(report));
            curves.train_accuracy.push_back({report.epochs_done, report.train_accuracy});
            if (report.test) {
              curves.test_accuracy.push_back({report.epochs_done, report.test->accuracy()});
            }
            model.training = Recipe(arguments, options.optimizer, *data.train, report);
            SaveModel(model, folder.model_path());
            is_saved = true;
          }};
  const TrainingResult result = trainer.Fit(*data.train, data.test.get(), callbacks);
  progress.Clear();

  if (!curves.loss.empty()) {
    WritePng(DrawCurves(curves, {.title = fmt::format("{} on {}", arguments.net, arguments.data)}),
             folder.curves_path());
  }
  if (result.end == TrainingResult::End::kDiverged) {
    Fail("training diverged: {}\n{}; a smaller learning rate than {} may help", result.cause,
         is_saved ? folder.model_path().string() + " is the model after the last good epoch"
                  : std::string("no epoch was completed, so no model was saved"),
         LearningRate(options.optimizer));
  }
  PrintResult(*result.last_epoch, folder);
  if (result.end == TrainingResult::End::kStopped) {
    fmt::print(stderr,
               "interrupted after step {}; the model is saved. To go on from these parameters:\n"
               "  ocellus train --net {} --data {} --out {}\n",
               result.steps, folder.model_path().string(), arguments.data, arguments.out);
    return kInterrupted;
  }
  return 0;
}

}  // namespace

void AddTrainCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("train", "Train a network");
  auto arguments = std::make_shared<TrainArguments>();
  TrainArguments& a = *arguments;
  command->add_option("--net", a.net, "NET to train, or MODEL to go on from");
  command->add_option("--data", a.data, "DATA to learn from: mnist or a folder of IDX files");
  command->add_option("--epochs", a.epochs, "How often each sample is used");
  command->add_option("--max-steps", a.max_steps, "End after so many steps (0: no limit)");
  command->add_option("--batch-size", a.batch_size, "Samples in one step");
  command->add_option("--optimizer", a.optimizer, "adam or sgd");
  CLI::Option* rate = command
                          ->add_option("--lr", a.learning_rate,
                                       "Learning rate (default: 0.001 for adam, 0.01 for sgd)")
                          ->default_str("");
  command->add_option("--schedule", a.schedule,
                      "Of the learning rate: constant, or cosine: from --lr down to 0");
  command->add_option("--seed", a.seed, "Of initial parameters and the order of samples");
  command->add_option("--threads", a.threads, "Threads to use (0: all processors)");
  command->add_option("--out", a.out, "Folder for model.safetensors, metrics.jsonl and curves.png");
  command->callback([arguments, rate, &action] {
    action = [arguments, rate] { return Train(*arguments, rate->count() > 0); };
  });
}

}  // namespace ocellus
