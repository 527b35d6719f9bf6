// Adam in float against the reference: parameters and both moments, over several steps.
#include "ocellus/kernels/adam.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/reference/adam_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

constexpr int kSteps = 3;

// No constant has its default.
AdamStep Step(int number) {
  return {.learning_rate = 0.01,
          .beta1 = 0.8,
          .beta2 = 0.99,
          .epsilon = 1e-3,
          .step = number,
          .terms = {.scale = 0.5, .decay = 0.3},
          .shrinkage = 0.02};
}

template <typename T>
struct State {
  explicit State(TensorView<const T> start)
      : parameters(start),
        mean(Tensor<T>(start.shape(), T{0})),
        variance(Tensor<T>(start.shape(), T{0})) {}
  Guarded<T> parameters, mean, variance;
};

class AdamTest : public testing::TestWithParam<int64_t> {
 protected:
  AdamTest() {
    start_ = RandomTensor({GetParam()}, 1);
    for (uint64_t seed = 2; Tensor<float> & gradient : gradients_) {
      gradient = RandomTensor({GetParam()}, seed++);
    }
  }

  State<double> Expected() {
    State<double> state(ConvertTo<double>(std::as_const(start_).view()).view());
    for (int step = 1; step <= kSteps; ++step) {
      const auto gradient = ConvertTo<double>(std::as_const(gradients_[step - 1]).view());
      reference::AdamUpdate(Step(step), gradient.span(), state.parameters.span(), state.mean.span(),
                            state.variance.span());
    }
    return state;
  }

  // The state after kSteps steps, of which it returns one part and checks the guards of all.
  GuardedTensor Run(const KernelContext& context, GuardedTensor State<float>::*part) {
    State<float> state(std::as_const(start_).view());
    for (int step = 1; step <= kSteps; ++step) {
      AdamUpdate(Step(step), gradients_[step - 1].span(), state.parameters.span(),
                 state.mean.span(), state.variance.span(), context);
    }
    EXPECT_TRUE(state.parameters.GuardsAreIntact());
    EXPECT_TRUE(state.mean.GuardsAreIntact());
    EXPECT_TRUE(state.variance.GuardsAreIntact());
    return std::move(state.*part);
  }

  Tensor<float> start_;
  Tensor<float> gradients_[kSteps];
};

TEST_P(AdamTest, StepsAreThoseOfTheReference) {
  State<double> expected = Expected();
  double largest = 1;
  for (const Tensor<float>& gradient : gradients_) largest = std::max(largest, Largest(gradient));

  // Six roundings in each step: the gradient's two terms, difference, weight, product and sum.
  const double mean_tolerance = SumBound<float>(6 * kSteps, largest);
  RunEverywhere(
      kNoScratch, [&](const KernelContext& context) { return Run(context, &State<float>::mean); },
      [&](TensorView<const float> mean) {
        return AllNear(mean, expected.mean.view(), mean_tolerance);
      });
  const double variance_tolerance = SumBound<float>(6 * kSteps, largest * largest);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) { return Run(context, &State<float>::variance); },
      [&](TensorView<const float> variance) {
        return AllNear(variance, expected.variance.view(), variance_tolerance);
      });
  // Each step changes a parameter by at most learning_rate / sqrt(1 - beta2) = 0.1, and rounds the
  // change, the shrinkage and the parameter; the denominator, at least epsilon, makes the errors of
  // the moments count the more the smaller a gradient has been.
  const double parameter_tolerance =
      SumBound<float>(3 * kSteps, std::max(1.0, Largest(start_))) +
      kSteps * Step(1).learning_rate * SumBound<float>(6 * kSteps, 1 / Step(1).epsilon);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) { return Run(context, &State<float>::parameters); },
      [&](TensorView<const float> parameters) {
        return AllNear(parameters, expected.parameters.view(), parameter_tolerance);
      });
}

INSTANTIATE_TEST_SUITE_P(Sizes, AdamTest, testing::ValuesIn(kVectorSizes));

TEST(Adam, NothingMovesWithoutAGradient) {
  const Tensor<float> start({5}, 2.0f), gradient({5}, 0.0f);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        State<float> state(start);
        AdamUpdate({}, gradient.span(), state.parameters.span(), state.mean.span(),
                   state.variance.span(), context);
        return std::move(state.parameters);
      },
      [&](TensorView<const float> parameters) { return SameBits(parameters, start); });
}

TEST(Adam, RefusesOperandsOfOtherSizes) {
  Tensor<float> four({4}, 0.0f), five({5}, 0.0f);
  const auto update = [](Tensor<float>& gradient, Tensor<float>& parameters, Tensor<float>& mean,
                         Tensor<float>& variance) {
    ThreadPool pool(1);
    AdamUpdate({}, gradient.span(), parameters.span(), mean.span(), variance.span(), {pool, {}});
  };
  EXPECT_THROW(update(five, four, four, four), CheckFailure);
  EXPECT_THROW(update(four, five, four, four), CheckFailure);
  EXPECT_THROW(update(four, four, five, four), CheckFailure);
  EXPECT_THROW(update(four, four, four, five), CheckFailure);
}

}  // namespace
}  // namespace ocellus
