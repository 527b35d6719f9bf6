// Profiles: that the times of passes add up, and how they are printed.
#include "ocellus/training/network_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/workspace.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/small_net.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

constexpr MachineLimits kLimits{.flop_per_second = 1e9, .bytes_per_second = 1e9};
const ProfileOptions kOptions{.batch_size = 3, .seconds = 1e-3};

int64_t ParameterBytes(const Network& net) {
  return static_cast<int64_t>(net.parameter_values().size_bytes());
}

// A clock that goes on by a second each time somebody looks at it.
std::function<double()> TickingClock() {
  return [time = 0.0]() mutable { return ++time; };
}

TEST(NetworkProfile, OfPredictionHasTheForwardPassOfEachStep) {
  ThreadPool pool(2);
  const NetworkProfile profile = ProfilePrediction(
      SmallNet(), {.batch_size = 3, .seconds = 20, .clock = TickingClock()}, kLimits, pool);
  ASSERT_EQ(profile.passes.size(), 2u);
  for (const NetworkPass& pass : profile.passes) EXPECT_EQ(pass.seconds, 1) << pass.layer;
  EXPECT_EQ(profile.seconds, 2);
  EXPECT_EQ(profile.flop(), 2.0 * 3 * (1536 + 48 * 5));
  EXPECT_EQ(profile.threads, 2);
  const Network net = SmallNet();
  const Workspace<float> workspace(net, {.max_batch = 3, .pool = &pool});
  EXPECT_EQ(profile.memory_bytes, workspace.size_bytes() + ParameterBytes(net));
}

TEST(NetworkProfile, OfTrainingHasAllThatAStepDoes) {
  ThreadPool pool(1);
  const Network net = SmallNet();
  const NetworkProfile profile = ProfileTraining(
      net, {.batch_size = 3, .seconds = 20, .clock = TickingClock()}, kLimits, pool);
  ASSERT_EQ(profile.passes.size(), 6u);
  for (const NetworkPass& pass : profile.passes) EXPECT_EQ(pass.seconds, 1) << pass.layer;
  EXPECT_EQ(profile.seconds, 6);
  const Workspace<float> workspace(net, {.max_batch = 3, .training = true, .pool = &pool});
  EXPECT_EQ(profile.memory_bytes, workspace.size_bytes() + 3 * ParameterBytes(net));
}

TEST(NetworkProfile, MeasuresWithTheSystemsClockIfThereIsNoOther) {
  ThreadPool pool(1);
  const NetworkProfile profile = ProfilePrediction(SmallNet(), kOptions, kLimits, pool);
  EXPECT_TRUE(profile.seconds > 0 && std::isfinite(profile.seconds)) << profile.seconds;
}

// Does nothing but let time pass: in the first calls of Forward as much as the list says, then as
// much as its last entry. Counts the calls.
class SleepyLayer : public TypedLayer<SleepyLayer> {
 public:
  struct State {
    double time = 0;
    size_t calls = 0;
  };
  SleepyLayer(std::vector<double> seconds, State& state)
      : seconds_(std::move(seconds)), state_(state) {}

  std::string type() const override { return "SleepyLayer"; }
  std::string label() const override { return "sleep"; }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view, std::span<const Shape> inputs) override {
    return {.output = inputs[0], .parameters = {}};
  }

  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    state_.time += seconds_[std::min(state_.calls++, seconds_.size() - 1)];
    std::ranges::copy(pass.inputs[0].span(), pass.output.span().begin());
  }

  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    if (pass.d_inputs[0].empty()) return;
    std::ranges::copy(pass.d_output.span(), pass.d_inputs[0].span().begin());
  }

 private:
  std::vector<double> seconds_;
  State& state_;
};

TEST(NetworkProfile, TakesTheMedianOfThreeRunsOrMoreAfterOneThatDoesNotCount) {
  ThreadPool pool(1);
  const auto profile_of = [&](auto profile, const std::vector<double>& sleeps, double seconds,
                              SleepyLayer::State& state) {
    Network net({5});
    net.Add(std::make_unique<SleepyLayer>(sleeps, state));
    const ProfileOptions options{
        .batch_size = 1, .seconds = seconds, .clock = [&] { return state.time; }};
    return profile(net, options, kLimits, pool);
  };
  for (const auto profile : {ProfilePrediction, ProfileTraining}) {
    // None of its passes runs backward, as nothing in it can be trained. The mean is 3, the least
    // 0, the most 8; with the first run, the third of four is 8.
    SleepyLayer::State state;
    const NetworkProfile sleepy = profile_of(profile, {8, 8, 1, 0}, 1e-9, state);
    EXPECT_EQ(state.calls, 1u + 3u);
    EXPECT_EQ(sleepy.passes[0].seconds, 1);
    EXPECT_EQ(sleepy.seconds, 1);
    state = {};
    profile_of(profile, {0.25}, 1.5, state);
    EXPECT_EQ(state.calls, 1u + 6u);
  }
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
  const NetworkPass product{
      .layer = "conv1", .pass = "forward", .seconds = 8e-3, .flop = 400e6, .bytes = 20e6};
  const NetworkPass copy{
      .layer = "pool1", .pass = "forward", .seconds = 8e-3, .flop = 80e6, .bytes = 20e6};
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

TEST(NetworkProfile, PrintsThreeDigits) {
  const MachineLimits limits{.flop_per_second = 1e15, .bytes_per_second = 1e12};
  NetworkProfile profile{.work = "prediction", .batch_size = 3, .threads = 2, .limits = limits};
  // Milliseconds, GFLOP/s and GB/s on both sides of where the point moves.
  const std::vector<std::array<double, 3>> values = {
      {1234.4, 99.96, 0.0996}, {99.94, 100.4, 0.9996}, {9.996, 9.994, 9.994}, {0.9994, 0, 9.996},
      {0.09994, 0, 1},         {0.0004567, 0, 1},      {0.00004567, 0, 1}};
  for (const auto& [milliseconds, gflops, gigabytes] : values) {
    profile.passes.push_back({.layer = "a",
                              .pass = "forward",
                              .seconds = 1e-3 * milliseconds,
                              .flop = 1e6 * milliseconds * gflops,
                              .bytes = 1e6 * milliseconds * gigabytes});
  }
  profile.seconds = 1.5;
  EXPECT_EQ(ToTable(profile),
            R"(prediction, batch 3, 2 threads: 1500 ms, 2 images/s, 89 GFLOP/s (0% of 1000000)

layer  pass            ms  share  GFLOP/s   peak    GB/s  limited by  of limit
a      forward       1234    82%      100     0%   0.100  arithmetic        0%
a      forward       99.9     7%      100     0%    1.00  memory            0%
a      forward       10.0     1%     9.99     0%    9.99  memory            1%
a      forward      0.999     0%                    10.0  memory            1%
a      forward     0.0999     0%                    1.00  memory            0%
a      forward   0.000457     0%                    1.00  memory            0%
a      forward   0.000046     0%                    1.00  memory            0%
)");
}

TEST(NetworkProfile, MeasuresLimitsOfThePool) {
  ThreadPool pool(1);
  const MachineLimits limits = MeasureLimits(SmallNet(), kOptions, pool);
  EXPECT_TRUE(limits.flop_per_second > 0 && std::isfinite(limits.flop_per_second));
  EXPECT_TRUE(limits.bytes_per_second > 0 && std::isfinite(limits.bytes_per_second));
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
