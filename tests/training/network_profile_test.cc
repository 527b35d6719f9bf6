// Profiles: which passes there are, what they are said to work on, and that their times add up.
#include "ocellus/training/network_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

constexpr MachineLimits kLimits{.flop_per_second = 1e9, .bytes_per_second = 1e9};
constexpr ProfileOptions kOptions{.batch_size = 3, .seconds = 1e-3};

Network SmallNet() {
  Network net({2, 7, 9});
  net.Add(Convolution{.filters = 4, .kernel_size = 2})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 5})
      .Add(Relu{});
  net.Initialize(1);
  return net;
}

TEST(NetworkProfile, OfPredictionHasTheForwardPassOfEachStep) {
  ThreadPool pool(2);
  const NetworkProfile profile = ProfilePrediction(SmallNet(), kOptions, kLimits, pool);
  ASSERT_EQ(profile.passes.size(), 3u);
  EXPECT_EQ(profile.passes[0].layer, "conv1");
  EXPECT_EQ(profile.passes[1].layer, "pool1");  // relu1 was moved behind it
  EXPECT_EQ(profile.passes[2].layer, "affine1 + relu2");
  for (const PassProfile& pass : profile.passes) {
    EXPECT_EQ(pass.pass, "forward");
    EXPECT_GT(pass.seconds, 0) << pass.layer;
  }
  // Sizes of one sample: input 2x7x9, conv1 4x6x8 of filters 2x2x2, pool1 4x3x4, affine1 5.
  EXPECT_EQ(profile.passes[0].flop, 2.0 * 3 * (4 * 6 * 8) * 8);
  EXPECT_EQ(profile.passes[0].bytes, 4.0 * (3 * 126 + 32 + 4 + 3 * 192));
  EXPECT_EQ(profile.passes[1].flop, 0);
  EXPECT_EQ(profile.passes[1].bytes, 4.0 * 3 * (192 + 48));
  EXPECT_EQ(profile.flop(), 2.0 * 3 * (1536 + 48 * 5));
}

TEST(NetworkProfile, OfTrainingHasAllThatAStepDoes) {
  ThreadPool pool(1);
  const Network net = SmallNet();
  const NetworkProfile profile = ProfileTraining(net, kOptions, kLimits, pool);
  std::vector<std::string> names;
  double sum = 0;
  for (const PassProfile& pass : profile.passes) {
    names.push_back(pass.layer + " " + pass.pass);
    sum += pass.seconds;
  }
  EXPECT_THAT(names,
              testing::ElementsAre("conv1 forward", "pool1 forward", "affine1 + relu2 forward",
                                   "softmax with loss ", "affine1 + relu2 backward",
                                   "pool1 backward", "conv1 backward", "Adam "));
  // Medians need not add up exactly.
  EXPECT_TRUE(sum > profile.seconds / 3 && sum < profile.seconds * 3)
      << sum << " of " << profile.seconds;
  // Two products; but the input of the first layer wants no gradient.
  EXPECT_EQ(profile.passes[4].flop, 2 * profile.passes[2].flop);
  EXPECT_EQ(profile.passes[6].flop, profile.passes[0].flop);
  // affine1 backward reads d_output, output (for ReLU) and input, writes d_input; parameters, and
  // their gradients.
  EXPECT_EQ(profile.passes[4].bytes, 4.0 * (3 * 2 * 5 + 3 * 2 * 48 + 2 * (48 * 5 + 5)));
  // pool1 reads d_output and output, for ReLU. The rest of its work conv1 does, which reads the
  // gradient and what pool1 saved. In training, forward also writes what it saves.
  const double saved = profile.passes[1].bytes - 4.0 * 3 * (192 + 48);
  EXPECT_GT(saved, 0);
  EXPECT_EQ(profile.passes[5].bytes, 4.0 * 3 * (48 + 48));
  EXPECT_EQ(profile.passes[6].bytes, 4.0 * (3 * 48 + 3 * 126 + 2 * (32 + 4)) + saved);
}

TEST(NetworkProfile, LeavesTheNetworkAsItIs) {
  ThreadPool pool(1);
  const Network net = SmallNet();
  const Network before = net.Clone();
  ProfileTraining(net, kOptions, kLimits, pool);
  EXPECT_TRUE(SameBits(net.parameter_values(), before.parameter_values()));
}

TEST(NetworkProfile, TellsWhatIsTheLimit) {
  const MachineLimits limits{.flop_per_second = 100, .bytes_per_second = 10};
  const PassProfile product{.seconds = 8, .flop = 400, .bytes = 20};
  EXPECT_EQ(product.bound(limits), Bound::kArithmetic);
  EXPECT_EQ(product.limit_seconds(limits), 4);
  const PassProfile copy{.seconds = 8, .flop = 100, .bytes = 20};
  EXPECT_EQ(copy.bound(limits), Bound::kMemory);
  EXPECT_EQ(copy.limit_seconds(limits), 2);

  NetworkProfile profile{.work = "prediction", .batch_size = 7, .threads = 1, .limits = limits};
  profile.passes = {product, copy};
  profile.seconds = 16;
  const std::string table = ToTable(profile);
  EXPECT_THAT(table, HasSubstr("prediction, batch 7, 1 thread:"));
  EXPECT_THAT(table, HasSubstr("arithmetic       50%"));
  EXPECT_THAT(table, HasSubstr("memory           25%"));
  const Json json = ToJson(profile);
  EXPECT_EQ(json["flop_per_second"], 500.0 / 16);
  EXPECT_EQ(json["passes"][1]["limited_by"], "memory");
  EXPECT_EQ(json["passes"][0]["share_of_limit"], 0.5);
}

TEST(NetworkProfile, MeasuresLimitsOfThePool) {
  ThreadPool pool(1);
  const MachineLimits limits = MeasureLimits(SmallNet(), kOptions, pool);
  EXPECT_GT(limits.flop_per_second, 1e7);
  EXPECT_GT(limits.bytes_per_second, 1e7);
}

TEST(NetworkProfile, RefusesOptionsOutOfRangeAndNetworksWithoutScores) {
  ThreadPool pool(1);
  const Network net = SmallNet();
  EXPECT_EQ(ErrorText([&] { ProfilePrediction(net, {.batch_size = 0}, kLimits, pool); }),
            "batch size: expected 1 or more, found 0");
  EXPECT_EQ(ErrorText([&] { ProfileTraining(net, {.seconds = 0}, kLimits, pool); }),
            "seconds: expected a finite number above 0, found 0");
  Network images({1, 4, 4});
  images.Add(Relu{});
  EXPECT_THAT(ErrorText([&] { ProfileTraining(images, kOptions, kLimits, pool); }),
              HasSubstr("expected a network whose output is one row of class scores"));
}

}  // namespace
}  // namespace ocellus
