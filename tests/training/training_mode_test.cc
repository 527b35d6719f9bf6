// Networks with layers that behave otherwise while they learn: Dropout and BatchNorm in the hands
// of the trainer, the gradient check and the model file.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ocellus/formats/model_file.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/batch_norm_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/dropout_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/network.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/gradient_check.h"
#include "ocellus/training/trainer.h"
#include "tests/support/compare.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

// Without biases in front of BatchNorm, which takes away what they add.
Network TinyNormNet() {
  Network net({1, 8, 8});
  net.Add(Convolution{.filters = 5, .kernel_size = {3, 2}, .biases = false});
  net.Add(BatchNorm{}).Add(Relu{});
  net.Add(Dropout{.ratio = 0.25}).Add(Affine{.units = 12}).Add(Relu{}).Add(BatchNorm{});
  net.Add(Dropout{.ratio = 0.25, .scaling = DropoutScaling::kPrediction}).Add(Affine{.units = 4});
  return net;
}

Network Trained(int64_t epochs, uint64_t seed, ThreadPool* pool) {
  Network net = TinyNormNet();
  Trainer(net, {.optimizer = Adam{.learning_rate = 0.01},
                .batch_size = 16,
                .epochs = epochs,
                .seed = seed,
                .pool = pool})
      .Fit(*TinyData(50, 8, 4), nullptr);
  return net;
}

TEST(TrainingMode, TheGradientCheckPasses) {
  Network net = TinyNormNet();
  net.Initialize(1);
  const GradientCheck check =
      CheckGradient(net.ConvertTo<double>(), {.batch_size = 5, .values_per_parameter = 0});
  EXPECT_TRUE(check.passed) << ToTable(check);
}

TEST(TrainingMode, AnyNumberOfThreadsGivesTheSameBitsAndTwice) {
  const Network expected = Trained(3, 9, nullptr);
  for (const int threads : {1, 1, 2, 3, 7}) {
    ThreadPool pool(threads);
    const Network net = Trained(3, 9, &pool);
    EXPECT_TRUE(SameBits(net.parameter_values(), expected.parameter_values())) << threads;
  }
}

TEST(TrainingMode, LearnsAndPredictsTheSameTwice) {
  const Network net = Trained(15, 1, nullptr);
  const auto data = TinyData(50, 8, 4);
  EXPECT_GT(Evaluate(net, *data, {}).accuracy(), 0.95);
  const Tensor<float> input = RandomTensor({7, 1, 8, 8}, 1);
  EXPECT_TRUE(SameBits(net.Predict(input), net.Predict(input)));
}

TEST(TrainingMode, RunningStatisticsAreThoseOfTheBatchesWhateverTheOptimizer) {
  const auto data = TinyData(16, 8, 4);
  Tensor<float> images({16, 1, 8, 8});
  std::vector<int32_t> labels(16);
  std::vector<int64_t> all(16);
  for (size_t n = 0; n < all.size(); ++n) all[n] = static_cast<int64_t>(n);
  data->Read(all, images, labels);
  double mean = 0, variance = 0;
  for (const float value : images.span()) mean += value / 1024.0;
  for (const float value : images.span()) variance += (value - mean) * (value - mean) / 1023.0;

  for (const OptimizerOptions& optimizer :
       {OptimizerOptions(Sgd{.learning_rate = 0.5}), OptimizerOptions(Adam{})}) {
    Network net({1, 8, 8});
    net.Add(BatchNorm{.momentum = 0.75}).Add(Affine{.units = 4});
    // Two epochs of one batch: 1 - 0.75^2 of the way from 0 and 1 to the statistics of the images.
    Trainer(net, {.optimizer = optimizer, .batch_size = 16, .epochs = 2}).Fit(*data, nullptr);
    EXPECT_NEAR(net.parameter(net.FindParameter("norm1.running_mean"))[0], 0.4375 * mean, 1e-6);
    EXPECT_NEAR(net.parameter(net.FindParameter("norm1.running_variance"))[0],
                0.5625 + 0.4375 * variance, 1e-6);
    EXPECT_NE(net.parameter(net.FindParameter("norm1.scale"))[0], 1.0f);
  }
}

TEST(TrainingMode, AFrozenWorkspaceComputesWhatPredictionDoes) {
  const Network net = Trained(2, 1, nullptr);
  const Tensor<float> input = RandomTensor({6, 1, 8, 8}, 1);
  const Tensor<float> expected = net.Predict(input);
  Workspace<float> frozen(net, {.max_batch = 6, .training = true, .frozen = true});
  Workspace<float> learning(net, {.max_batch = 6, .training = true});
  net.Forward(input, frozen);
  net.Forward(input, learning);
  EXPECT_TRUE(SameBits(frozen.output(), expected.view()));
  EXPECT_FALSE(SameBits(learning.output(), expected.view()));
  // What it measures in a backward pass changes nothing.
  frozen.d_output().Fill(1);
  net.Backward(frozen);
  Network updated = net.Clone();
  updated.UpdateStatistics(frozen.d_parameters());
  EXPECT_TRUE(SameBits(updated.parameter_values(), net.parameter_values()));
}

TEST(TrainingMode, AnotherStepOrLayerDropsOtherElements) {
  Network net({1000});
  net.Add(Dropout{}).Add(Dropout{});
  const Tensor<float> ones({1, 1000}, 1.0f);
  Workspace<float> workspace(net, {.max_batch = 1, .training = true});
  const auto kept = [&](uint64_t seed, int64_t step) {
    workspace.set_step(seed, step);
    net.Forward(ones, workspace);
    return ConvertTo<float>(workspace.output());
  };
  const Tensor<float> first = kept(1, 0);
  EXPECT_TRUE(SameBits(kept(1, 0), first));
  EXPECT_FALSE(SameBits(kept(1, 1), first));
  EXPECT_FALSE(SameBits(kept(2, 0), first));
  // Two layers with the same mask would keep half of the elements, not a quarter.
  const auto zeros = std::ranges::count(first.span(), 0.0f);
  EXPECT_NEAR(static_cast<double>(zeros), 750, 5 * std::sqrt(1000 * 0.75 * 0.25));
}

TEST(TrainingMode, RunningStatisticsTravelInTheModelFile) {
  const TemporaryFolder folder;
  const Network net = Trained(2, 1, nullptr);
  SaveModel({.network = net.Clone()}, folder / "model.safetensors");
  const Model read = LoadModel(folder / "model.safetensors");
  EXPECT_TRUE(SameBits(read.network.parameter_values(), net.parameter_values()));
  const Tensor<float> input = RandomTensor({3, 1, 8, 8}, 1);
  EXPECT_TRUE(SameBits(read.network.Predict(input), net.Predict(input)));
  // conv 30, norm 5 + 5, affine 5*6*7*12 + 12, norm 12 + 12, affine 12*4 + 4: no statistics.
  EXPECT_EQ(net.parameter_count(), 30 + 10 + 2532 + 24 + 52);
}

}  // namespace
}  // namespace ocellus
