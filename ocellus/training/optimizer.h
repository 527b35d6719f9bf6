// Optimizers: how gradients change parameters.
//
//   Optimizer optimizer(Adam{.learning_rate = 0.001}, net.parameter_values().size());
//   optimizer.Update(workspace.d_parameters(), net.parameter_values(), context);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/kernel_context.h"

namespace ocellus {

// Stochastic gradient descent: parameters -= learning_rate * gradient.
struct Sgd {
  double learning_rate = 0.01;
};

// Adam (Kingma and Ba 2015) in the form that the chapter's book uses, with t counting from 1:
//
//   m += (1 - beta1) (gradient - m)          v += (1 - beta2) (gradient^2 - v)
//   parameters -= learning_rate sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)
//
// This is the paper's "epsilon hat" form, at the end of its section 2: PyTorch adds its epsilon
// after correcting v instead.
struct Adam {
  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;
};

using OptimizerOptions = std::variant<Sgd, Adam>;

// "sgd", "adam". OptimizerFromName throws Error, with a suggestion, for another name; the options
// then have their defaults.
std::string OptimizerName(const OptimizerOptions& options);
OptimizerOptions OptimizerFromName(const std::string& name);

// Throws Error if an option is out of range.
void CheckOptimizer(const OptimizerOptions& options);

double LearningRate(const OptimizerOptions& options);
void SetLearningRate(double learning_rate, OptimizerOptions& options);

// {"name": "adam", "learning_rate": 0.001, ...}
Json ToJson(const OptimizerOptions& options);

class Optimizer {
 public:
  // For `size` parameter values. Throws Error if an option is out of range.
  Optimizer(const OptimizerOptions& options, int64_t size);

  const OptimizerOptions& options() const { return options_; }
  int64_t steps() const { return steps_; }

  // Sets the learning rate of the steps to come.
  void set_learning_rate(double learning_rate) { SetLearningRate(learning_rate, options_); }

  // One step: changes the parameters by what their gradient says. Both have `size` elements.
  void Update(std::span<const float> gradient, std::span<float> parameters,
              const KernelContext& context);

 private:
  OptimizerOptions options_;
  int64_t steps_ = 0;
  AlignedBuffer<float> mean_;      // Adam's m
  AlignedBuffer<float> variance_;  // Adam's v
};

}  // namespace ocellus
