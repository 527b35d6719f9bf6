// Optimizers against their formulas in double, and their options.
#include "ocellus/training/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
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

// The same in double: `rule` changes one parameter, given its gradient and two numbers that it
// remembers, in step t.
Tensor<double> Expected(
    const std::function<void(double& p, double g, double& a, double& b, int t)>& rule) {
  Tensor<double> parameters = ConvertTo<double>(RandomTensor({kSize}, 99).view());
  Tensor<double> a({kSize}, 0.0), b({kSize}, 0.0);
  for (int t = 1; t <= kSteps; ++t) {
    const Tensor<double> gradient = ConvertTo<double>(GradientOfStep(t).view());
    for (int64_t i = 0; i < kSize; ++i) rule(parameters[i], gradient[i], a[i], b[i], t);
  }
  return parameters;
}

// A gradient of both signs with exact zeros; a change is at most ten times the rate here.
void ExpectNear(const std::vector<float>& found, const Tensor<double>& expected) {
  EXPECT_TRUE(AllNear(found, expected.span(), {.terms = 10 * kSteps, .magnitude = 3}));
}

// Every constant is away from its default, and there is weight decay.
TEST(Optimizer, EachFollowsItsFormula) {
  ExpectNear(Optimize(Sgd{.learning_rate = 0.1, .weight_decay = 0.2}),
             Expected([](double& p, double g, double&, double&, int) {
               g += 0.2 * p;
               p -= 0.1 * g;
             }));
  ExpectNear(Optimize(Momentum{.learning_rate = 0.1, .momentum = 0.7, .weight_decay = 0.2}),
             Expected([](double& p, double g, double& velocity, double&, int) {
               g += 0.2 * p;
               velocity = 0.7 * velocity - 0.1 * g;
               p += velocity;
             }));
  ExpectNear(Optimize(Nesterov{.learning_rate = 0.1, .momentum = 0.7, .weight_decay = 0.2}),
             Expected([](double& p, double g, double& velocity, double&, int) {
               g += 0.2 * p;
               p += 0.7 * 0.7 * velocity - (1 + 0.7) * 0.1 * g;
               velocity = 0.7 * velocity - 0.1 * g;
             }));
  ExpectNear(Optimize(AdaGrad{.learning_rate = 0.1, .epsilon = 0.1, .weight_decay = 0.2}),
             Expected([](double& p, double g, double& h, double&, int) {
               g += 0.2 * p;
               h += g * g;
               p -= 0.1 * g / (std::sqrt(h) + 0.1);
             }));
  ExpectNear(Optimize(RmsProp{
                 .learning_rate = 0.1, .decay_rate = 0.8, .epsilon = 0.1, .weight_decay = 0.2}),
             Expected([](double& p, double g, double& h, double&, int) {
               g += 0.2 * p;
               h = 0.8 * h + (1 - 0.8) * g * g;
               p -= 0.1 * g / (std::sqrt(h) + 0.1);
             }));
}

// The lines of the chapter's book, and those of Loshchilov and Hutter.
TEST(Optimizer, AdamAndAdamWFollowTheirFormulas) {
  const auto adam_rule = [](double& p, double g, double& m, double& v, int t) {
    const double rate = 0.02 * std::sqrt(1 - std::pow(0.95, t)) / (1 - std::pow(0.8, t));
    m += (1 - 0.8) * (g - m);
    v += (1 - 0.95) * (g * g - v);
    p -= rate * m / (std::sqrt(v) + 1e-2);
  };
  const Adam adam{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-2};
  ExpectNear(Optimize(adam), Expected(adam_rule));
  Adam with_decay = adam;
  with_decay.weight_decay = 0.2;
  ExpectNear(Optimize(with_decay), Expected([&](double& p, double g, double& m, double& v, int t) {
               adam_rule(p, g + 0.2 * p, m, v, t);
             }));
  const AdamW adam_w{
      .learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-2, .weight_decay = 0.2};
  ExpectNear(Optimize(adam_w), Expected([&](double& p, double g, double& m, double& v, int t) {
               p -= 0.02 * 0.2 * p;
               adam_rule(p, g, m, v, t);
             }));
}

// Two layers of weights and biases with a layer between them that only has statistics.
class StatisticsLayer : public TypedLayer<StatisticsLayer> {
 public:
  std::string type() const override { return "TestStatistics"; }
  std::string label() const override { return "statistics"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view, std::span<const Shape> inputs) override {
    return {.output = inputs[0],
            .parameters = {{.name = "mean",
                            .shape = {5},
                            .initializer = Constant(1),
                            .role = ParameterRole::kStatistics}}};
  }
  template <typename T>
  void ForwardAny(const ForwardPass<T>&) const {}
  template <typename T>
  void BackwardAny(const BackwardPass<T>&) const {}
};

Network MixedNetwork() {
  Network net({3});
  net.Add(Affine{.units = 5}).Add(std::make_unique<StatisticsLayer>()).Add(Affine{.units = 2});
  net.Initialize(1);
  for (float& value : net.parameter_values()) value = 1;  // between the parameters too
  return net;
}

// The parameters of the MixedNetwork after one step with a gradient of 3 everywhere.
Network OneStep(const OptimizerOptions& options, const GradientOptions& gradient_options) {
  ThreadPool pool(2);
  Network net = MixedNetwork();
  Optimizer optimizer(options, net, gradient_options);
  const std::vector<float> gradient(net.parameter_values().size(), 3);
  optimizer.Update(gradient, net.parameter_values(), {pool, {}});
  return net;
}

void ExpectAll(const Network& net, const std::string& parameter, float expected) {
  for (const float value : net.parameter(net.FindParameter(parameter)).span()) {
    EXPECT_FLOAT_EQ(value, expected) << parameter;
  }
}

TEST(Optimizer, WeightDecayLeavesBiasesAloneUnlessAsked) {
  const Sgd sgd{.learning_rate = 0.5, .weight_decay = 0.25};
  const Network net = OneStep(sgd, {});
  ExpectAll(net, "affine1.weights", 1 - 0.5f * (3 + 0.25f));
  ExpectAll(net, "affine1.biases", 1 - 0.5f * 3);
  ExpectAll(net, "affine2.weights", 1 - 0.5f * (3 + 0.25f));
  ExpectAll(net, "affine2.biases", 1 - 0.5f * 3);
  const Network asked = OneStep(sgd, {.decay_biases = true});
  ExpectAll(asked, "affine1.biases", 1 - 0.5f * (3 + 0.25f));
  ExpectAll(asked, "affine2.biases", 1 - 0.5f * (3 + 0.25f));
}

TEST(Optimizer, NoneTouchesStatistics) {
  for (const std::string& name : OptimizerNames()) {
    for (const bool decay_biases : {false, true}) {
      OptimizerOptions options = OptimizerFromName(name);
      std::visit([](auto& o) { o.weight_decay = 0.5; }, options);
      const Network net = OneStep(options, {.decay_biases = decay_biases, .max_norm = 1});
      ExpectAll(net, "statistics1.mean", 1);
      EXPECT_LT(net.parameter(net.FindParameter("affine2.biases"))[0], 1) << name;
    }
  }
}

TEST(Optimizer, ClipsTheNormOfAllGradientsTogether) {
  // 15 + 5 + 10 + 2 trained values; the statistics do not count.
  const double norm = 3 * std::sqrt(32.0);
  const Network clipped = OneStep(Sgd{.learning_rate = 1}, {.max_norm = norm / 3});
  ExpectAll(clipped, "affine1.weights", 0);
  ExpectAll(clipped, "affine2.biases", 0);
  const Network whole = OneStep(Sgd{.learning_rate = 1}, {.max_norm = norm * 1.001});
  ExpectAll(whole, "affine1.weights", 1 - 3);
  // Weight decay is not clipped: it is no gradient of the loss.
  const Network decayed =
      OneStep(Sgd{.learning_rate = 1, .weight_decay = 0.25}, {.max_norm = norm / 3});
  ExpectAll(decayed, "affine1.weights", 1 - (1 + 0.25f));
}

TEST(Optimizer, ClipsTheSameBitsForAnyNumberOfThreads) {
  constexpr int64_t kMany = 50021;
  const Tensor<float> gradient = RandomTensor({kMany}, 1);
  Tensor<float> expected({1});
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    Optimizer optimizer(Sgd{}, kMany, {.max_norm = 0.1});
    Tensor<float> parameters = RandomTensor({kMany}, 2);
    optimizer.Update(gradient.span(), parameters.span(), {pool, {}});
    if (threads == 1) expected = ConvertTo<float>(parameters.view());
    EXPECT_TRUE(SameBits(parameters, expected)) << threads;
  }
}

TEST(Optimizer, GoesOnFromASavedState) {
  for (const std::string& name : OptimizerNames()) {
    ThreadPool pool(1);
    const OptimizerOptions options = OptimizerFromName(name);
    Optimizer first(options, kSize);
    Tensor<float> parameters = RandomTensor({kSize}, 99);
    for (int step = 1; step <= 2; ++step) {
      first.Update(GradientOfStep(step).span(), parameters.span(), {pool, {}});
    }
    OptimizerState saved{.steps = first.state().steps, .moments = {}};
    for (const OptimizerState::Moment& moment : first.state().moments) {
      saved.moments.push_back({moment.name, AlignedBuffer<float>(kSize)});
      std::ranges::copy(moment.values.span(), saved.moments.back().values.data());
    }
    Optimizer second(options, kSize);
    second.Restore(std::move(saved));
    for (int step = 3; step <= kSteps; ++step) {
      second.Update(GradientOfStep(step).span(), parameters.span(), {pool, {}});
    }
    EXPECT_TRUE(SameBits(parameters.span(), Optimize(options))) << name;
  }
  Optimizer momentum(Momentum{}, kSize);
  EXPECT_EQ(ErrorText([&] { momentum.Restore({}); }),
            "optimizer momentum: the state is that of another optimizer or network");
  EXPECT_EQ(ErrorText([&] { Optimizer(Sgd{}, kSize).Restore({.steps = 3, .moments = {}}); }),
            "no error");
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
            "optimizer: beta1: expected 0 or more and less than 1, found 1");
  EXPECT_EQ(error(Adam{.beta2 = -0.5}),
            "optimizer: beta2: expected 0 or more and less than 1, found -0.5");
  EXPECT_EQ(error(Adam{.epsilon = 0}),
            "optimizer: epsilon: expected a finite number above 0, found 0");
  EXPECT_EQ(error(AdaGrad{.epsilon = 1e-60}),
            "optimizer: epsilon: expected a finite number above 0, found 1e-60");
  EXPECT_EQ(error(Momentum{.momentum = 1}),
            "optimizer: momentum: expected 0 or more and less than 1, found 1");
  EXPECT_EQ(error(Nesterov{.momentum = -0.1}),
            "optimizer: momentum: expected 0 or more and less than 1, found -0.1");
  EXPECT_EQ(error(RmsProp{.decay_rate = 2}),
            "optimizer: decay rate: expected 0 or more and less than 1, found 2");
  EXPECT_EQ(error(AdamW{.weight_decay = -1}),
            "optimizer: weight decay: expected a finite number of 0 or more, found -1");
  EXPECT_EQ(ErrorText([] { Optimizer(Sgd{}, 1, {.max_norm = -1}); }),
            "optimizer: largest norm of the gradient: expected a finite number of 0 or more, "
            "found -1");
}

TEST(Optimizer, IsKnownByName) {
  EXPECT_EQ(OptimizerNames().size(), 7u);
  for (const std::string& name : OptimizerNames()) {
    EXPECT_EQ(OptimizerName(OptimizerFromName(name)), name);
  }
  EXPECT_TRUE(std::holds_alternative<Nesterov>(OptimizerFromName("nesterov")));
  EXPECT_EQ(ErrorText([] { OptimizerFromName("adaam"); }),
            "unknown optimizer 'adaam'; did you mean 'adam'?");
  EXPECT_EQ(ToJson(Nesterov{.learning_rate = 0.5}).dump(),
            R"({"name":"nesterov","learning_rate":0.5,"momentum":0.9,"weight_decay":0.0})");
  EXPECT_EQ(
      ToJson(RmsProp{}).dump(),
      R"({"name":"rmsprop","learning_rate":0.01,"decay_rate":0.99,"epsilon":1e-07,"weight_decay":0.0})");
  EXPECT_EQ(
      ToJson(AdamW{}).dump(),
      R"({"name":"adamw","learning_rate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-07,"weight_decay":0.01})");
}

}  // namespace
}  // namespace ocellus
