// Profiles: which passes there are, what they are said to work on, and that their times add up.
#include "ocellus/training/network_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/workspace.h"
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

int64_t ParameterBytes(const Network& net) {
  return static_cast<int64_t>(net.parameter_values().size_bytes());
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
  EXPECT_EQ(profile.threads, 2);
  const Network net = SmallNet();
  const Workspace<float> workspace(net, {.max_batch = 3, .pool = &pool});
  EXPECT_EQ(profile.memory_bytes, workspace.size_bytes() + ParameterBytes(net));
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
  EXPECT_EQ(profile.passes[3].bytes, 4.0 * 2 * 3 * 5);  // scores, and their gradient
  EXPECT_EQ(profile.passes[7].bytes,
            7.0 * static_cast<double>(ParameterBytes(net)));  // 4 arrays read, 3 written
  const Workspace<float> workspace(net, {.max_batch = 3, .training = true, .pool = &pool});
  EXPECT_EQ(profile.memory_bytes, workspace.size_bytes() + 3 * ParameterBytes(net));
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
  const MachineLimits limits{.flop_per_second = 100e9, .bytes_per_second = 10e9};
  const PassProfile product{
      .layer = "conv1", .pass = "forward", .seconds = 8e-3, .flop = 400e6, .bytes = 20e6};
  EXPECT_EQ(product.bound(limits), Bound::kArithmetic);
  EXPECT_DOUBLE_EQ(product.limit_seconds(limits), 4e-3);
  const PassProfile copy{
      .layer = "pool1", .pass = "forward", .seconds = 8e-3, .flop = 80e6, .bytes = 20e6};
  EXPECT_EQ(copy.bound(limits), Bound::kMemory);
  EXPECT_DOUBLE_EQ(copy.limit_seconds(limits), 2e-3);

  NetworkProfile profile{.work = "prediction", .batch_size = 8, .threads = 1, .limits = limits};
  profile.passes = {product, copy};
  profile.seconds = 16e-3;
  profile.memory_bytes = 77;
  EXPECT_EQ(ToTable(profile),
            R"(prediction, batch 8, 1 thread: 16.0 ms, 500 images/s, 30 GFLOP/s (30% of 100)

layer  pass            ms  share  GFLOP/s   peak    GB/s  limited by  of limit
conv1  forward       8.00    50%     50.0    50%    2.50  arithmetic       50%
pool1  forward       8.00    50%     10.0    10%    2.50  memory           25%
)");
  const Json json = ToJson(profile);
  EXPECT_EQ(json["work"], "prediction");
  EXPECT_EQ(json["batch_size"], 8);
  EXPECT_EQ(json["threads"], 1);
  EXPECT_EQ(json["memory_bytes"], 77);
  EXPECT_DOUBLE_EQ(json["seconds"], 16e-3);
  EXPECT_DOUBLE_EQ(json["images_per_second"], 500);
  EXPECT_DOUBLE_EQ(json["flop_per_second"], 30e9);
  EXPECT_DOUBLE_EQ(json["share_of_peak"], 0.3);
  EXPECT_EQ(json["limits"], Json({{"flop_per_second", 100e9}, {"bytes_per_second", 10e9}}));
  ASSERT_EQ(json["passes"].size(), 2u);
  const Json& pass = json["passes"][0];
  EXPECT_EQ(pass["layer"], "conv1");
  EXPECT_EQ(pass["pass"], "forward");
  EXPECT_EQ(pass["seconds"], 8e-3);
  EXPECT_EQ(pass["flop"], 400e6);
  EXPECT_EQ(pass["bytes"], 20e6);
  EXPECT_EQ(pass["limited_by"], "arithmetic");
  EXPECT_DOUBLE_EQ(pass["share_of_limit"], 0.5);
  EXPECT_EQ(json["passes"][1]["limited_by"], "memory");
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
