// Optimizers: options, state and the call of the kernel.
#include "ocellus/training/optimizer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/kernels/adam.h"
#include "ocellus/kernels/sgd.h"

namespace ocellus {
namespace {

// In the order of OptimizerOptions.
const std::array<std::string, 2> kNames = {"sgd", "adam"};

void CheckRate(double rate) {
  if (!(rate > 0 && std::isfinite(rate))) {
    Fail("optimizer: learning rate: expected a finite number above 0, found {}", rate);
  }
}

void CheckOptions(const Sgd& sgd) { CheckRate(sgd.learning_rate); }

void CheckOptions(const Adam& adam) {
  CheckRate(adam.learning_rate);
  for (const double beta : {adam.beta1, adam.beta2}) {
    if (!(beta >= 0 && beta < 1)) {
      Fail("optimizer: beta1 and beta2: expected 0 or more and less than 1, found {}", beta);
    }
  }
  if (!(adam.epsilon > 0)) Fail("optimizer: epsilon: expected more than 0, found {}", adam.epsilon);
}

}  // namespace

std::string OptimizerName(const OptimizerOptions& options) { return kNames[options.index()]; }

OptimizerOptions OptimizerFromName(const std::string& name) {
  if (name == kNames[0]) return Sgd{};
  if (name == kNames[1]) return Adam{};
  Fail("unknown optimizer '{}'{}", name, DidYouMean(name, kNames));
}

void CheckOptimizer(const OptimizerOptions& options) {
  std::visit([](const auto& o) { CheckOptions(o); }, options);
}

double LearningRate(const OptimizerOptions& options) {
  return std::visit([](const auto& o) { return o.learning_rate; }, options);
}

void SetLearningRate(double learning_rate, OptimizerOptions& options) {
  std::visit([&](auto& o) { o.learning_rate = learning_rate; }, options);
}

Json ToJson(const OptimizerOptions& options) {
  Json json = {{"name", OptimizerName(options)}, {"learning_rate", LearningRate(options)}};
  if (const auto* adam = std::get_if<Adam>(&options)) {
    json["beta1"] = adam->beta1;
    json["beta2"] = adam->beta2;
    json["epsilon"] = adam->epsilon;
  }
  return json;
}

Optimizer::Optimizer(const OptimizerOptions& options, int64_t size) : options_(options) {
  CheckOptimizer(options);
  if (std::holds_alternative<Adam>(options)) {
    mean_ = AlignedBuffer<float>(size);
    variance_ = AlignedBuffer<float>(size);
    std::ranges::fill(mean_.span(), 0.0f);
    std::ranges::fill(variance_.span(), 0.0f);
  }
}

void Optimizer::Update(std::span<const float> gradient, std::span<float> parameters,
                       const KernelContext& context) {
  ++steps_;
  if (const auto* adam = std::get_if<Adam>(&options_)) {
    const AdamStep step{.learning_rate = adam->learning_rate,
                        .beta1 = adam->beta1,
                        .beta2 = adam->beta2,
                        .epsilon = adam->epsilon,
                        .step = steps_};
    AdamUpdate(step, gradient, parameters, mean_.span(), variance_.span(), context);
  } else {
    const auto rate = static_cast<float>(std::get<Sgd>(options_).learning_rate);
    SgdUpdate(rate, gradient, parameters, context);
  }
}

}  // namespace ocellus
