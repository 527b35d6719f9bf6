// Batch normalisation as a layer: which statistics a pass uses, and what it adds to the running
// ones.
#include "ocellus/layers/batch_norm_layer.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_run.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

// Positions among the parameters.
constexpr size_t kScale = 0, kShift = 1, kRunningMean = 2, kRunningVariance = 3;
const RandomKey kNormKey{.seed = 1, .stream = 1};

template <typename T>
void Fill(LayerRun<T>& run, std::initializer_list<double> input) {
  std::ranges::transform(input, run.input(0).data(), [](double x) { return static_cast<T>(x); });
  run.parameter(kScale).Fill(3);
  run.parameter(kShift).Fill(10);
  run.parameter(kRunningMean).Fill(2);
  run.parameter(kRunningVariance).Fill(7.75);
}

// Channel 0 has the values 1, 3, 5, 7 (mean 4, variance 5, unbiased 20/3), channel 1 is -1 all
// over.
template <typename T>
void ExpectNormalizedBatch() {
  LayerRun<T> run(MakeLayer(BatchNorm{.momentum = 0.75, .epsilon = 0.3125}), {{2, 1, 2}},
                  {.batch = 2, .training = kNormKey});
  Fill(run, {1, 3, -1, -1, 5, 7, -1, -1});
  run.Forward();
  const double unit = 3 / std::sqrt(5.3125);
  const Tensor<double> expected =
      TensorOf({2, 2, 1, 2}, {10 - 3 * unit, 10 - unit, 10, 10, 10 + unit, 10 + 3 * unit, 10, 10});
  EXPECT_TRUE(AllNear(run.output(), expected, SumBound<T>(8, 15)));
  run.Backward();
  // UpdateStatistics subtracts it: 2 - 0.25 * (2 - 4) = 0.75 * 2 + 0.25 * 4.
  EXPECT_TRUE(
      AllNear(run.d_parameter(kRunningMean), TensorOf({2}, {-0.5, 0.75}), SumBound<T>(4, 2)));
  EXPECT_TRUE(AllNear(run.d_parameter(kRunningVariance),
                      TensorOf({2}, {0.25 * (7.75 - 20.0 / 3), 0.25 * 7.75}), SumBound<T>(4, 8)));
}

TEST(BatchNorm, NormalizesWithTheStatisticsOfTheBatchInTraining) {
  ExpectNormalizedBatch<double>();
  ExpectNormalizedBatch<float>();
}

template <typename T>
void ExpectRunningStatistics() {
  LayerRun<T> run(MakeLayer(BatchNorm{.epsilon = 0.25}), {{1, 1, 2}}, {.batch = 2});
  Fill(run, {1, 3, 5, 7});
  run.Forward();
  const double unit = 3 / std::sqrt(8.0);
  EXPECT_TRUE(AllNear(run.output(),
                      TensorOf({2, 1, 1, 2}, {10 - unit, 10 + unit, 10 + 3 * unit, 10 + 5 * unit}),
                      SumBound<T>(8, 15)));
  run.Backward();
  const Tensor<double> nothing({1}, 0.0);
  EXPECT_TRUE(AllNear(run.d_parameter(kRunningMean), nothing, 0));
  EXPECT_TRUE(AllNear(run.d_parameter(kRunningVariance), nothing, 0));
}

TEST(BatchNorm, UsesTheRunningStatisticsInPredictionAndLeavesThemAlone) {
  ExpectRunningStatistics<double>();
  ExpectRunningStatistics<float>();
}

template <typename T>
void ExpectTheRunningVarianceToStay() {
  LayerRun<T> run(MakeLayer(BatchNorm{.momentum = 0.5}), {{2}}, {.batch = 1, .training = kNormKey});
  Fill(run, {4, -2});
  run.Forward();
  EXPECT_TRUE(AllNear(run.output(), TensorOf({1, 2}, {10, 10}), 0));
  run.Backward();
  EXPECT_TRUE(AllNear(run.d_parameter(kRunningMean), TensorOf({2}, {-1, 2}), 0));
  EXPECT_TRUE(AllNear(run.d_parameter(kRunningVariance), TensorOf({2}, {0, 0}), 0));
}

TEST(BatchNorm, OneElementSaysNothingAboutTheVariance) {
  ExpectTheRunningVarianceToStay<double>();
  ExpectTheRunningVarianceToStay<float>();
}

TEST(BatchNorm, DeclaresWhatIsTrainedAndWhatIsMeasured) {
  const Shape input{5, 2, 3};
  const LayerInfo info = MakeLayer(BatchNorm{})->Prepare("norm", {&input, 1});
  EXPECT_EQ(info.output, input);
  ASSERT_EQ(info.parameters.size(), 4u);
  const char* names[] = {"scale", "shift", "running_mean", "running_variance"};
  const double values[] = {1, 0, 0, 1};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(info.parameters[i].name, names[i]);
    EXPECT_EQ(info.parameters[i].shape, Shape{5});
    EXPECT_EQ(info.parameters[i].initializer, Constant(values[i]));
    EXPECT_EQ(info.parameters[i].role, i < 2 ? ParameterRole::kBiases : ParameterRole::kStatistics);
  }
}

TEST(BatchNorm, RefusesOptionsOutOfRange) {
  const Shape shape{4};
  const auto error = [&](const BatchNorm& options) {
    return ErrorText([&] { MakeLayer(options)->Prepare("norm", {&shape, 1}); });
  };
  EXPECT_EQ(error({.momentum = 1}), "norm: momentum: expected 0 or more and less than 1, found 1");
  EXPECT_EQ(error({.momentum = -0.5}),
            "norm: momentum: expected 0 or more and less than 1, found -0.5");
  EXPECT_EQ(error({.epsilon = 0}), "norm: epsilon: expected a finite number above 0, found 0");
  EXPECT_EQ(error({.epsilon = std::numeric_limits<double>::infinity()}),
            "norm: epsilon: expected a finite number above 0, found inf");
}

}  // namespace
}  // namespace ocellus
