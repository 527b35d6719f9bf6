// The C++ at the beginning of the headers of ocellus/training/, as it stands there.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/checkpoint.h"
#include "ocellus/training/evaluate.h"
#include "ocellus/training/gradient_check.h"
#include "ocellus/training/network_passes.h"
#include "ocellus/training/network_profile.h"
#include "ocellus/training/optimizer.h"
#include "ocellus/training/schedule.h"
#include "ocellus/training/trainer.h"
#include "tests/support/compare.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

Network ThreeClassNetwork() {
  Network net({1, 4, 4});
  net.Add(Affine{.units = 6}).Add(Relu{}).Add(Affine{.units = 3});
  net.Initialize(/*seed=*/1);
  return net;
}

class TrainingExamples : public testing::Test {
 protected:
  TrainingExamples() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~TrainingExamples() override { fs::current_path(before_); }

  const TemporaryFolder folder_;
  const fs::path before_;
  const DataSplits data_{.train = TinyData(40, 4, 3), .test = TinyData(10, 4, 3)};
};

TEST_F(TrainingExamples, Checkpoint) {
  const DataSplits& data = data_;
  const TrainerOptions options{.batch_size = 10, .epochs = 2, .checkpoint = {.every_steps = 3}};
  Model model{.network = ThreeClassNetwork()};
  Trainer trainer(model.network, options);  // with .checkpoint = {.every_steps = 1000}
  trainer.Fit(*data.train, data.test.get(), {.on_checkpoint = [&](const auto& snapshot) {
    SaveCheckpoint(model, snapshot, {}, "checkpoint.safetensors");
  }});

  Checkpoint checkpoint = LoadCheckpoint("checkpoint.safetensors");
  Network net = checkpoint.model.network.Clone();
  Trainer(net, options).Resume(std::move(checkpoint), *data.train, data.test.get());
  EXPECT_TRUE(SameBits(net.parameter_values(), model.network.parameter_values()));
}

TEST_F(TrainingExamples, Evaluate) {
  const DataSplits& data = data_;
  const Model model{.network = ThreeClassNetwork()};
  Evaluation result = Evaluate(model.network, *data.test, {.preprocessing = model.preprocessing});
  result.accuracy();
  EXPECT_LE(result.accuracy(), 1);
}

TEST_F(TrainingExamples, GradientCheck) {
  const Network net = ThreeClassNetwork();
  GradientCheck check = CheckGradient(net.ConvertTo<double>(), {.values_per_parameter = 0});
  if (!check.passed) fmt::print("{}", ToTable(check));
  EXPECT_TRUE(check.passed);
}

TEST_F(TrainingExamples, NetworkPasses) {
  const Network network = ThreeClassNetwork();
  const MachineLimits limits{.flop_per_second = 1e9, .bytes_per_second = 1e9};
  testing::internal::CaptureStdout();
  const Workspace<float> workspace(network, {.max_batch = 100, .training = true});
  for (const NetworkPass& pass : TrainingPasses(network, workspace)) {
    fmt::print("{} {}: {} s\n", pass.layer, pass.pass, pass.limit_seconds(limits));
  }
  EXPECT_NE(testing::internal::GetCapturedStdout().find("affine1 + relu1 forward: "),
            std::string::npos);
}

TEST_F(TrainingExamples, NetworkProfile) {
  const Network network = ThreeClassNetwork();
  testing::internal::CaptureStdout();
  ThreadPool pool(2);
  const MachineLimits limits = MeasureLimits(network, {.batch_size = 100}, pool);
  const NetworkProfile profile = ProfileTraining(network, {.batch_size = 100}, limits, pool);
  fmt::print("{}", ToTable(profile));
  EXPECT_NE(testing::internal::GetCapturedStdout().find("affine2"), std::string::npos);
}

TEST_F(TrainingExamples, Optimizer) {
  Network net = ThreeClassNetwork();
  Workspace<float> workspace(net, {.max_batch = 1, .training = true});
  for (float& element : workspace.d_parameters()) element = 1;
  const float before = net.parameter_values()[0];
  Optimizer optimizer(Adam{.learning_rate = 0.001}, net);
  optimizer.Update(workspace.d_parameters(), net.parameter_values(), workspace.context());
  EXPECT_LT(net.parameter_values()[0], before);
}

TEST_F(TrainingExamples, Schedule) {
  TrainerOptions options{.schedule = StepDecay{.every_epochs = 10}, .warmup_steps = 500};
  EXPECT_EQ(options.warmup_steps, 500);
}

TEST_F(TrainingExamples, Trainer) {
  const DataSplits& data = data_;
  Network net = ThreeClassNetwork();
  Trainer trainer(net, {.optimizer = Adam{.learning_rate = 0.001}, .epochs = 20});
  TrainingResult result = trainer.Fit(*data.train, data.test.get());
  EXPECT_EQ(result.end, TrainingResult::End::kFinished);
}

}  // namespace
}  // namespace ocellus
