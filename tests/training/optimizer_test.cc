// Optimizers against their formulas in double, and their options.
#include "ocellus/training/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

constexpr int64_t kSize = 67;  // a vector tail for every width
constexpr int kSteps = 5;

Tensor<float> GradientOfStep(int step) {
  return RandomTensor({kSize}, static_cast<uint64_t>(step));
}

// The parameters after kSteps steps from RandomTensor({kSize}, 99).
std::vector<float> Optimize(const OptimizerOptions& options) {
  ThreadPool pool(2);
  Optimizer optimizer(options, kSize);
  Tensor<float> parameters = RandomTensor({kSize}, 99);
  for (int step = 1; step <= kSteps; ++step) {
    optimizer.Update(GradientOfStep(step).span(), parameters.span(), {pool, {}});
  }
  EXPECT_EQ(optimizer.steps(), kSteps);
  return {parameters.span().begin(), parameters.span().end()};
}

TEST(Optimizer, SgdFollowsItsFormula) {
  Tensor<double> expected = ConvertTo<double>(RandomTensor({kSize}, 99).view());
  for (int step = 1; step <= kSteps; ++step) {
    const Tensor<float> gradient = GradientOfStep(step);
    for (int64_t i = 0; i < kSize; ++i) expected[i] -= 0.1 * static_cast<double>(gradient[i]);
  }
  EXPECT_TRUE(AllNear(Optimize(Sgd{.learning_rate = 0.1}), expected.span(),
                      {.terms = kSteps, .magnitude = 1 + 0.1 * kSteps}));
}

// The lines of the chapter's book, with every constant away from its default.
TEST(Optimizer, AdamFollowsTheBook) {
  const Adam adam{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3};
  Tensor<double> expected = ConvertTo<double>(RandomTensor({kSize}, 99).view());
  Tensor<double> m({kSize}, 0.0), v({kSize}, 0.0);
  for (int step = 1; step <= kSteps; ++step) {
    const Tensor<double> gradient = ConvertTo<double>(GradientOfStep(step).view());
    const double rate = adam.learning_rate * std::sqrt(1 - std::pow(adam.beta2, step)) /
                        (1 - std::pow(adam.beta1, step));
    for (int64_t i = 0; i < kSize; ++i) {
      m[i] += (1 - adam.beta1) * (gradient[i] - m[i]);
      v[i] += (1 - adam.beta2) * (gradient[i] * gradient[i] - v[i]);
      expected[i] -= rate * m[i] / (std::sqrt(v[i]) + adam.epsilon);
    }
  }
  EXPECT_TRUE(AllNear(Optimize(adam), expected.span(), {.terms = 4 * kSteps, .magnitude = 1.1}));
}

TEST(Optimizer, TheRateCanChangeBetweenSteps) {
  ThreadPool pool(1);
  Optimizer optimizer(Sgd{.learning_rate = 1}, 1);
  std::vector<float> parameter = {0}, gradient = {1};
  optimizer.Update(gradient, parameter, {pool, {}});
  optimizer.set_learning_rate(0.25);
  optimizer.Update(gradient, parameter, {pool, {}});
  EXPECT_EQ(parameter[0], -1.25f);
}

TEST(Optimizer, RefusesOptionsThatAreOutOfRange) {
  const auto error = [](const OptimizerOptions& options) {
    return ErrorText([&] { Optimizer(options, 1); });
  };
  EXPECT_EQ(error(Sgd{.learning_rate = -1}),
            "optimizer: learning rate: expected a finite number above 0, found -1");
  EXPECT_EQ(error(Adam{.learning_rate = std::nan("")}),
            "optimizer: learning rate: expected a finite number above 0, found nan");
  EXPECT_EQ(error(Adam{.beta1 = 1}),
            "optimizer: beta1 and beta2: expected 0 or more and less than 1, found 1");
  EXPECT_EQ(error(Adam{.beta2 = -0.5}),
            "optimizer: beta1 and beta2: expected 0 or more and less than 1, found -0.5");
  EXPECT_EQ(error(Adam{.epsilon = 0}), "optimizer: epsilon: expected more than 0, found 0");
}

TEST(Optimizer, IsKnownByName) {
  EXPECT_TRUE(std::holds_alternative<Sgd>(OptimizerFromName("sgd")));
  EXPECT_TRUE(std::holds_alternative<Adam>(OptimizerFromName("adam")));
  EXPECT_EQ(ErrorText([] { OptimizerFromName("adaam"); }),
            "unknown optimizer 'adaam'; did you mean 'adam'?");
  EXPECT_EQ(ToJson(Sgd{.learning_rate = 0.5}).dump(), R"({"name":"sgd","learning_rate":0.5})");
  EXPECT_EQ(ToJson(Adam{}).dump(),
            R"({"name":"adam","learning_rate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-07})");
}

}  // namespace
}  // namespace ocellus
