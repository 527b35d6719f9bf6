// A training that was interrupted ends with the bits of one that was not; and no checkpoint that is
// not its own is taken.
#include "ocellus/training/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/formats/safetensors.h"
#include "ocellus/nets/simple_conv_net.h"
#include "ocellus/training/trainer.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

Network TinyNet(int64_t filters = 4) {
  return MakeSimpleConvNet({.input_dim = {1, 8, 8},
                            .filter_num = filters,
                            .filter_size = 3,
                            .hidden_size = 12,
                            .output_size = 4,
                            .weight_init_std = 0.1});
}

// What a training leaves: parameters, and all that it reported.
struct Outcome {
  std::vector<float> parameters;
  std::vector<double> reports;
  TrainingResult::End end = TrainingResult::End::kFinished;

  void Add(const StepReport& r) {
    for (const double n : {static_cast<double>(r.step), r.loss, r.accuracy, r.learning_rate}) {
      reports.push_back(n);
    }
  }
  void Add(const EpochReport& r) {
    for (const double n : {static_cast<double>(r.epoch), r.train_loss, r.train_accuracy,
                           r.test->loss, r.test->accuracy(), r.is_best ? 1.0 : 0.0}) {
      reports.push_back(n);
    }
  }
};

class CheckpointTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "checkpoint.safetensors"; }

  // Trains until the end, or for `steps` steps if this is not 0, and leaves a checkpoint then. Goes
  // on from the checkpoint in the folder if `resume`.
  void Train(TrainerOptions options, int64_t steps, bool resume, int threads, Outcome& outcome) {
    ThreadPool pool(threads);
    options.pool = &pool;
    Model model{.network = TinyNet(), .preprocessing = options.preprocessing};
    const TrainingCallbacks callbacks{
        .on_step =
            [&](const StepReport& report) {
              outcome.Add(report);
              return steps != 0 && report.step == steps ? Verdict::kStop : Verdict::kContinue;
            },
        .on_epoch =
            [&](const EpochReport& report) {
              if (report.is_complete || report.step == report.epochs * 4) outcome.Add(report);
            },
        .on_checkpoint =
            [&](const TrainingSnapshot& snapshot) {
              SaveCheckpoint(model, snapshot, {{"note", steps}}, file());
            }};
    Trainer trainer(model.network, options);
    const TrainingResult result =
        resume ? trainer.Resume(LoadCheckpoint(file()), *data_, test_.get(), callbacks)
               : trainer.Fit(*data_, test_.get(), callbacks);
    outcome.end = result.end;
    const std::span<const float> values = model.network.parameter_values();
    outcome.parameters.assign(values.begin(), values.end());
  }

  // Interrupted after each of these numbers of steps, on other numbers of threads, or not at all.
  Outcome TrainInPieces(const TrainerOptions& options, const std::vector<int64_t>& stops) {
    Outcome outcome;
    bool resume = false;
    int threads = 1;
    for (const int64_t stop : stops) {
      Train(options, stop, resume, threads++, outcome);
      EXPECT_EQ(outcome.end, TrainingResult::End::kStopped) << stop;
      resume = true;
    }
    Train(options, 0, resume, threads, outcome);
    return outcome;
  }

  void ExpectTheSame(const TrainerOptions& options, const std::vector<int64_t>& stops) {
    const Outcome whole = TrainInPieces(options, {}), pieces = TrainInPieces(options, stops);
    EXPECT_TRUE(SameBits(pieces.parameters, whole.parameters));
    EXPECT_EQ(pieces.reports, whole.reports);
    EXPECT_EQ(pieces.end, whole.end);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Dataset> data_ = TinyData(37, 8, 4);  // 4 steps an epoch with batches of 10
  std::unique_ptr<Dataset> test_ = TinyData(9, 8, 4);
};

TEST_F(CheckpointTest, AnInterruptedTrainingHasTheSameBitsForEveryOptimizer) {
  for (const std::string& name : OptimizerNames()) {
    SCOPED_TRACE(name);
    TrainerOptions options{.optimizer = OptimizerFromName(name), .batch_size = 10, .epochs = 4};
    options.gradient.max_norm = 0.3;
    std::visit([](auto& o) { o.weight_decay = 0.01; }, options.optimizer);
    ExpectTheSame(options, {1, 6, 8, 15});
  }
}

TEST_F(CheckpointTest, AnInterruptedTrainingFollowsTheSameSchedule) {
  TrainerOptions options{
      .optimizer = Adam{.learning_rate = 0.3}, .warmup_steps = 6, .batch_size = 10, .epochs = 12};
  for (const Schedule& schedule :
       {Schedule(ConstantRate{}), Schedule(StepDecay{.every_epochs = 2, .factor = 0.5}),
        Schedule(CosineDecay{}), Schedule(PlateauDecay{.patience = 1, .factor = 0.5})}) {
    SCOPED_TRACE(ScheduleName(schedule));
    options.schedule = schedule;
    ExpectTheSame(options, {3, 17, 28, 29});
  }
}

TEST_F(CheckpointTest, AnInterruptedTrainingStopsAsEarly) {
  const TrainerOptions options{.optimizer = Adam{.learning_rate = 0.1},
                               .batch_size = 10,
                               .epochs = 100,
                               .early_stopping = 4};
  const Outcome whole = TrainInPieces(options, {});
  ASSERT_EQ(whole.end, TrainingResult::End::kStoppedEarly);
  const auto last = static_cast<int64_t>(whole.reports[whole.reports.size() - 6]) * 4;
  ExpectTheSame(options, {last - 9, last - 1});
  // Asked to stop where it would have stopped anyway, it has nothing to go on with.
  Outcome stopped;
  Train(options, last, false, 1, stopped);
  EXPECT_EQ(stopped.end, TrainingResult::End::kStoppedEarly);
}

TEST_F(CheckpointTest, ComesEverySoManyStepsButNotAfterTheLast) {
  std::vector<int64_t> steps;
  Network net = TinyNet();
  Trainer(net, {.batch_size = 10, .epochs = 2, .checkpoint = {.every_steps = 2}})
      .Fit(*data_, nullptr,
           {.on_step = {}, .on_epoch = {}, .on_checkpoint = [&](const TrainingSnapshot& snapshot) {
              steps.push_back(snapshot.state.step);
              EXPECT_EQ(snapshot.optimizer.steps, snapshot.state.step);
            }});
  EXPECT_THAT(steps, testing::ElementsAre(2, 4, 6));
  steps.clear();
  // Any time has passed since the last one.
  Trainer(net, {.batch_size = 10, .epochs = 1, .checkpoint = {.every_minutes = 1e-12}})
      .Fit(*data_, nullptr,
           {.on_step = {}, .on_epoch = {}, .on_checkpoint = [&](const TrainingSnapshot& snapshot) {
              steps.push_back(snapshot.state.step);
            }});
  EXPECT_THAT(steps, testing::ElementsAre(1, 2, 3));
}

TEST_F(CheckpointTest, KeepsWhatItsCallerAdds) {
  Outcome outcome;
  Train({.batch_size = 10, .preprocessing = {.scale = 0.5}}, 3, false, 1, outcome);
  const Checkpoint checkpoint = LoadCheckpoint(file());
  EXPECT_EQ(checkpoint.notes.dump(), R"({"note":3})");
  EXPECT_EQ(checkpoint.state.step, 3);
  EXPECT_EQ(checkpoint.model.preprocessing.scale, 0.5);
  EXPECT_TRUE(SameBits(checkpoint.model.network.parameter_values(), outcome.parameters));
}

TEST_F(CheckpointTest, IsRefusedWhereverItIsCutOff) {
  Outcome outcome;
  Train({.batch_size = 10}, 3, false, 1, outcome);
  const std::string bytes = ReadBytes(file());
  const std::filesystem::path cut = folder_ / "cut.safetensors";
  for (size_t size = 0; size < bytes.size(); size += 97) {
    WriteBytes(cut, bytes.substr(0, size));
    EXPECT_THAT(ErrorText([&] { LoadCheckpoint(cut); }), HasSubstr("cut.safetensors: ")) << size;
  }
  WriteBytes(cut, bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(ErrorText([&] { LoadCheckpoint(cut); }), HasSubstr("cut.safetensors: "));
}

TEST_F(CheckpointTest, IsRefusedForAnotherTrainingWhichSaysWhatDiffers) {
  const TrainerOptions options{.optimizer = Momentum{.learning_rate = 0.5}, .batch_size = 10};
  Outcome outcome;
  Train(options, 3, false, 1, outcome);
  const auto error = [&](const TrainerOptions& changed, Network net, const Dataset& train,
                         const Dataset* test) {
    const std::string text =
        ErrorText([&] { Trainer(net, changed).Resume(LoadCheckpoint(file()), train, test); });
    EXPECT_THAT(text, HasSubstr("checkpoint.safetensors: this is the checkpoint of another"));
    return text;
  };
  TrainerOptions changed = options;
  changed.batch_size = 11;
  EXPECT_THAT(error(changed, TinyNet(), *data_, test_.get()),
              HasSubstr("options/batch_size is 10 there and 11 here"));
  changed = options;
  changed.optimizer = Momentum{.learning_rate = 0.25};
  EXPECT_THAT(error(changed, TinyNet(), *data_, test_.get()),
              HasSubstr("options/optimizer/learning_rate is 0.5 there and 0.25 here"));
  changed = options;
  changed.preprocessing.scale = 2;
  EXPECT_THAT(error(changed, TinyNet(), *data_, test_.get()), HasSubstr("preprocessing/scale is"));
  EXPECT_THAT(error(options, TinyNet(5), *data_, test_.get()),
              HasSubstr("network/layers/0/filters is 4 there and 5 here"));
  EXPECT_THAT(error(options, TinyNet(), *TinyData(38, 8, 4), test_.get()),
              HasSubstr("training data/samples is 37 there and 38 here"));
  Tensor<float> images({37, 1, 8, 8}, 0.0f);
  const InMemoryDataset black(std::move(images), std::vector<int32_t>(37, 0), data_->class_names(),
                              "black");
  EXPECT_THAT(error(options, TinyNet(), black, test_.get()), HasSubstr("training data/sha256 is"));
  EXPECT_THAT(error(options, TinyNet(), *data_, nullptr), HasSubstr("test data"));
}

TEST_F(CheckpointTest, DamagedContentsAreRefused) {
  Outcome outcome;
  Train({.optimizer = Momentum{}, .batch_size = 10}, 3, false, 1, outcome);
  const Safetensors good = ReadSafetensors(file());
  const std::filesystem::path bad = folder_ / "bad.safetensors";
  const auto with_json = [&](const char* pointer, const Json& value) {
    Metadata metadata = good.metadata;
    Json json = Json::parse(metadata.at("checkpoint"));
    json[Json::json_pointer(pointer)] = value;
    metadata["checkpoint"] = json.dump();
    WriteSafetensors(bad, good.arrays, metadata);
    return ErrorText([&] {
      Network net = TinyNet();
      Trainer(net, {.optimizer = Momentum{}, .batch_size = 10})
          .Resume(LoadCheckpoint(bad), *data_, test_.get());
    });
  };
  EXPECT_EQ(with_json("/version", 1), "no error");
  EXPECT_THAT(with_json("/version", 2), HasSubstr("a newer ocellus wrote it"));
  EXPECT_THAT(with_json("/identity", 5), HasSubstr("'identity': expected an object"));
  EXPECT_THAT(with_json("/state/step", -1), HasSubstr("'step': expected a whole number"));
  EXPECT_THAT(with_json("/state/step", 2), HasSubstr("damaged: step 2 of 80"));
  EXPECT_THAT(with_json("/state/epoch", "x"), HasSubstr("'state'"));
  EXPECT_THAT(with_json("/state/history/best", "x"), HasSubstr("'state'"));
  for (const Json& steps : {Json("x"), Json(-1), Json(1.5), Json(uint64_t{1} << 63)}) {
    EXPECT_THAT(with_json("/optimizer/steps", steps),
                HasSubstr("'steps': expected a whole number of 0 or more, found " + steps.dump()));
  }
  EXPECT_THAT(with_json("/optimizer/moments", Json::array()), HasSubstr("nothing belongs to"));
  EXPECT_THAT(with_json("/optimizer/moments/0", "mean"),
              HasSubstr("array optimizer.mean/conv1.weights is missing"));
  EXPECT_THAT(with_json("/optimizer/moments/1", "velocity"),
              HasSubstr("array optimizer.velocity/conv1.weights is missing"));

  std::vector<NamedArray> arrays;
  for (const NamedArray& array : good.arrays) arrays.push_back({array.name, array.ToFloat()});
  WriteSafetensors(bad, arrays, {{"ocellus", good.metadata.at("ocellus")}});
  EXPECT_THAT(ErrorText([&] { LoadCheckpoint(bad); }),
              HasSubstr("this is not a checkpoint of a training"));
  for (NamedArray& array : arrays) {
    if (array.name == "optimizer.velocity/conv1.biases") array.values = Tensor<float>({3}, 0.0f);
  }
  WriteSafetensors(bad, arrays, good.metadata);
  EXPECT_THAT(ErrorText([&] { LoadCheckpoint(bad); }),
              HasSubstr("array optimizer.velocity/conv1.biases: expected shape 4, found 3"));
}

}  // namespace
}  // namespace ocellus
