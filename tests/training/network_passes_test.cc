// Passes: which there are, and what they work on.
#include "ocellus/training/network_passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ocellus/layers/relu_layer.h"
#include "tests/support/small_net.h"

namespace ocellus {
namespace {

std::vector<std::string> Names(const std::vector<NetworkPass>& passes) {
  std::vector<std::string> names;
  for (const NetworkPass& pass : passes) names.push_back(pass.layer + " " + pass.pass);
  return names;
}

TEST(PredictionPasses, AreTheForwardPassesOfTheSteps) {
  const Network net = SmallNet();
  const Workspace<float> workspace(net, {.max_batch = 3});
  const std::vector<NetworkPass> passes = PredictionPasses(net, workspace);
  // relu1 was moved behind pool1, which conv1 does as well.
  ASSERT_THAT(Names(passes),
              testing::ElementsAre("conv1 + pool1 forward", "affine1 + relu2 forward"));
  // Sizes of one sample: input 2x7x9, conv1 4x6x8 of filters 2x2x2, pool1 4x3x4, affine1 5.
  EXPECT_EQ(passes[0].flop, 2.0 * 3 * (4 * 6 * 8) * 8);
  EXPECT_EQ(passes[0].bytes, 4.0 * (3 * 126 + 32 + 4 + 3 * 48));
  EXPECT_EQ(passes[1].flop, 2.0 * 3 * 48 * 5);
}

TEST(TrainingPasses, AreAllThatAStepDoes) {
  const Network net = SmallNet();
  const Workspace<float> workspace(net, {.max_batch = 3, .training = true});
  const std::vector<NetworkPass> passes = TrainingPasses(net, workspace);
  ASSERT_THAT(
      Names(passes),
      testing::ElementsAre("conv1 + pool1 forward", "affine1 + relu2 forward", "softmax with loss ",
                           "affine1 + relu2 backward", "conv1 + pool1 backward", "Adam "));
  EXPECT_EQ(passes[2].bytes, 4.0 * 2 * 3 * 5);  // scores, and their gradient
  EXPECT_EQ(
      passes[5].bytes,
      7.0 * static_cast<double>(net.parameter_values().size_bytes()));  // 4 arrays read, 3 written
  // Two products; but the input of the first layer wants no gradient.
  EXPECT_EQ(passes[3].flop, 2 * passes[1].flop);
  EXPECT_EQ(passes[4].flop, passes[0].flop);
  // affine1 backward reads d_output, output (for ReLU) and input, writes d_input; parameters, and
  // their gradients.
  EXPECT_EQ(passes[3].bytes, 4.0 * (3 * 2 * 5 + 3 * 2 * 48 + 2 * (48 * 5 + 5)));
  // In training, forward also writes the winners. Backward reads them, d_output, output (for ReLU)
  // and input.
  const double winners = 4.0 * 3 * 48;
  EXPECT_EQ(passes[0].bytes, 4.0 * (3 * 126 + 32 + 4 + 3 * 48) + winners);
  EXPECT_EQ(passes[4].bytes, 4.0 * (3 * (48 + 48 + 126) + 2 * (32 + 4)) + winners);
}

TEST(TrainingPasses, HaveNoneBackwardIfNothingCanBeTrained) {
  Network net({5});
  net.Add(Relu{});
  const Workspace<float> workspace(net, {.max_batch = 1, .training = true});
  EXPECT_THAT(Names(TrainingPasses(net, workspace)),
              testing::ElementsAre("relu1 forward", "softmax with loss ", "Adam "));
}

TEST(NetworkPass, IsLimitedByArithmeticOrMemory) {
  const MachineLimits limits{.flop_per_second = 100e9, .bytes_per_second = 10e9};
  const NetworkPass product{.layer = "conv1", .pass = "forward", .flop = 400e6, .bytes = 20e6};
  EXPECT_EQ(product.bound(limits), Bound::kArithmetic);
  EXPECT_DOUBLE_EQ(product.limit_seconds(limits), 4e-3);
  const NetworkPass copy{.layer = "pool1", .pass = "forward", .flop = 80e6, .bytes = 20e6};
  EXPECT_EQ(copy.bound(limits), Bound::kMemory);
  EXPECT_DOUBLE_EQ(copy.limit_seconds(limits), 2e-3);
}

}  // namespace
}  // namespace ocellus
