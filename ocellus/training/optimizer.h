// Optimizers: how gradients change parameters.
//
//   Optimizer optimizer(Adam{.learning_rate = 0.001}, net);
//   optimizer.Update(workspace.d_parameters(), net.parameter_values(), workspace.context());
//
// In the formulas, p is a parameter and g its gradient: that of the loss, clipped if that is asked
// for, plus weight_decay * p. All arithmetic is per element. sqrt is taken of sums that start as 0,
// hence the epsilons. Names, formulas and defaults are those of the chapter's book where it has
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/json_fwd.h"
#include "ocellus/kernels/kernel_context.h"
#include "ocellus/network/network.h"

namespace ocellus {

// Stochastic gradient descent (Robbins and Monro 1951):
//
//   p -= learning_rate * g
struct Sgd {
  double learning_rate = 0.01;
  double weight_decay = 0;
};

// Momentum (Polyak 1964; Krizhevsky et al. 2012, section 5, for AlexNet):
//
//   velocity = momentum * velocity - learning_rate * g
//   p += velocity
//
// The learning rate is inside the velocity: when it changes, steps under way keep the old one.
// PyTorch multiplies the whole velocity by the new one.
struct Momentum {
  double learning_rate = 0.01;
  double momentum = 0.9;
  double weight_decay = 0;
};

// Nesterov's accelerated gradient (1983), which looks ahead: the gradient should be taken at
// p + momentum * velocity. As in Bengio, Boulanger-Lewandowski and Pascanu (2012), section 3.5, p
// stands for that point:
//
//   velocity = momentum * velocity - learning_rate * g
//   p += momentum * velocity - learning_rate * g
struct Nesterov {
  double learning_rate = 0.01;
  double momentum = 0.9;
  double weight_decay = 0;
};

// AdaGrad (Duchi, Hazan and Singer 2011, with diagonal matrices):
//
//   h += g^2
//   p -= learning_rate * g / (sqrt(h) + epsilon)
struct AdaGrad {
  double learning_rate = 0.01;
  double epsilon = 1e-7;
  double weight_decay = 0;
};

// RMSProp (Tieleman and Hinton 2012, lecture 6.5):
//
//   h = decay_rate * h + (1 - decay_rate) * g^2
//   p -= learning_rate * g / (sqrt(h) + epsilon)
struct RmsProp {
  double learning_rate = 0.01;
  double decay_rate = 0.99;
  double epsilon = 1e-7;
  double weight_decay = 0;
};

// Adam (Kingma and Ba 2015) in the form that the chapter's book uses, with t counting from 1:
//
//   m += (1 - beta1) (g - m)          v += (1 - beta2) (g^2 - v)
//   p -= learning_rate sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)
//
// This is the paper's "epsilon hat" form, at the end of its section 2: PyTorch adds its epsilon
// after correcting v instead.
struct Adam {
  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;
  double weight_decay = 0;
};

// Adam with weight decay beside the gradient instead of in it (Loshchilov and Hutter 2019,
// algorithm 2), so that it does not pass through m and v:
//
//   p -= learning_rate * weight_decay * p, and then Adam's step with the gradient of the loss
//
// The paper's lambda is learning_rate * weight_decay, before any schedule.
struct AdamW {
  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;
  double weight_decay = 0.01;
};

using OptimizerOptions = std::variant<Sgd, Momentum, Nesterov, AdaGrad, RmsProp, Adam, AdamW>;

// "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw". OptimizerFromName throws
// Error, with a suggestion, for another name; the options then have their defaults.
std::string OptimizerName(const OptimizerOptions& options);
OptimizerOptions OptimizerFromName(const std::string& name);
std::span<const std::string> OptimizerNames();

double LearningRate(const OptimizerOptions& options);
void SetLearningRate(double learning_rate, OptimizerOptions& options);

// {"name": "adam", "learning_rate": 0.001, ...}
Json ToJson(const OptimizerOptions& options);

// What is done to the gradient first, whatever the optimizer.
struct GradientOptions {
  // Whether weight decay applies to biases too (ParameterRole::kBiases), not to weights only.
  bool decay_biases = false;
  // Where the norm of the gradient of all parameters together is larger, the gradient is scaled
  // down to it (Pascanu, Mikolov and Bengio 2013, algorithm 1); 0: never.
  double max_norm = 0;
};

// Throws Error if an option is out of range.
void CheckOptimizer(const OptimizerOptions& options, const GradientOptions& gradient_options = {});

// What an optimizer remembers from step to step.
struct OptimizerState {
  struct Moment {
    std::string name;             // such as "velocity"
    AlignedBuffer<float> values;  // one for each parameter value, laid out as those are
  };

  int64_t steps = 0;
  std::vector<Moment> moments;
};

class Optimizer {
 public:
  // For the parameters of a network. Statistics (ParameterRole::kStatistics) are left alone. Throws
  // Error if an option is out of range.
  Optimizer(const OptimizerOptions& options, const Network& network,
            const GradientOptions& gradient_options = {});

  // For `size` values that are all weights.
  Optimizer(const OptimizerOptions& options, int64_t size,
            const GradientOptions& gradient_options = {});

  const OptimizerOptions& options() const { return options_; }
  int64_t steps() const { return state_.steps; }

  // Sets the learning rate of the steps to come.
  void set_learning_rate(double learning_rate) { SetLearningRate(learning_rate, options_); }

  // One step: changes the parameters by what their gradient says. Both have the size that the
  // constructor was given or that the network's parameter_values() have. Allocates nothing.
  void Update(std::span<const float> gradient, std::span<float> parameters,
              const KernelContext& context);

  // To save the state, and to go on from it. Restoring throws Error if it is not of the same
  // optimizer for as many values.
  const OptimizerState& state() const { return state_; }
  void Restore(OptimizerState state);

 private:
  // A part of the values that is treated alike.
  struct Range {
    int64_t begin;
    int64_t end;
    bool decays;
  };

  Optimizer(const OptimizerOptions& options, std::vector<Range> ranges, int64_t size,
            const GradientOptions& gradient_options);
  static std::vector<Range> RangesOf(const Network& network, bool decay_biases);
  double GradientScale(std::span<const float> gradient, ThreadPool& pool);

  OptimizerOptions options_;
  GradientOptions gradient_options_;
  std::vector<Range> ranges_;
  OptimizerState state_;
  AlignedBuffer<std::byte> scratch_;  // for the norm
};

}  // namespace ocellus
