// Optimizers: options, state and the calls of the kernels.
#include "ocellus/training/optimizer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ocellus/base/check.h"
#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/ada_grad.h"
#include "ocellus/kernels/adam.h"
#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/momentum.h"
#include "ocellus/kernels/rms_prop.h"
#include "ocellus/kernels/sgd.h"
#include "ocellus/kernels/sum_of_squares.h"

namespace ocellus {
namespace {

// In the order of OptimizerOptions.
const std::array<std::string, 7> kOptimizerNames = {"sgd",     "momentum", "nesterov", "adagrad",
                                                    "rmsprop", "adam",     "adamw"};

// What an update works on: a range of all values.
struct Operands {
  std::span<const float> gradient;
  std::span<float> parameters;
  std::array<std::span<float>, 2> moments;  // as many as MomentNames says
  GradientTerms terms;                      // with the weight decay of this range
  int64_t step = 1;                         // counts from 1
};

std::vector<std::string> MomentNames(const Sgd&) { return {}; }
void RunKernel(const Sgd& sgd, const Operands& o, const KernelContext& context) {
  SgdUpdate({.learning_rate = sgd.learning_rate, .terms = o.terms}, o.gradient, o.parameters,
            context);
}

std::vector<std::string> MomentNames(const Momentum&) { return {"velocity"}; }
void RunKernel(const Momentum& m, const Operands& o, const KernelContext& context) {
  MomentumUpdate({.learning_rate = m.learning_rate, .momentum = m.momentum, .terms = o.terms},
                 o.gradient, o.parameters, o.moments[0], context);
}

std::vector<std::string> MomentNames(const Nesterov&) { return {"velocity"}; }
void RunKernel(const Nesterov& n, const Operands& o, const KernelContext& context) {
  NesterovUpdate({.learning_rate = n.learning_rate, .momentum = n.momentum, .terms = o.terms},
                 o.gradient, o.parameters, o.moments[0], context);
}

std::vector<std::string> MomentNames(const AdaGrad&) { return {"sum_of_squares"}; }
void RunKernel(const AdaGrad& a, const Operands& o, const KernelContext& context) {
  AdaGradUpdate({.learning_rate = a.learning_rate, .epsilon = a.epsilon, .terms = o.terms},
                o.gradient, o.parameters, o.moments[0], context);
}

std::vector<std::string> MomentNames(const RmsProp&) { return {"mean_square"}; }
void RunKernel(const RmsProp& r, const Operands& o, const KernelContext& context) {
  RmsPropUpdate({.learning_rate = r.learning_rate,
                 .decay_rate = r.decay_rate,
                 .epsilon = r.epsilon,
                 .terms = o.terms},
                o.gradient, o.parameters, o.moments[0], context);
}

// Adam and AdamW share everything but where the weight decay goes.
template <typename AnyAdam>
AdamStep StepOf(const AnyAdam& adam, const Operands& o) {
  return {.learning_rate = adam.learning_rate,
          .beta1 = adam.beta1,
          .beta2 = adam.beta2,
          .epsilon = adam.epsilon,
          .step = o.step,
          .terms = o.terms};
}

std::vector<std::string> MomentNames(const Adam&) { return {"mean", "variance"}; }
void RunKernel(const Adam& adam, const Operands& o, const KernelContext& context) {
  AdamUpdate(StepOf(adam, o), o.gradient, o.parameters, o.moments[0], o.moments[1], context);
}

std::vector<std::string> MomentNames(const AdamW&) { return {"mean", "variance"}; }
void RunKernel(const AdamW& adam, const Operands& o, const KernelContext& context) {
  AdamStep step = StepOf(adam, o);
  step.shrinkage = adam.learning_rate * std::exchange(step.terms.decay, 0);
  AdamUpdate(step, o.gradient, o.parameters, o.moments[0], o.moments[1], context);
}

void CheckAtLeastZero(const char* name, double value) {
  if (!(value >= 0 && std::isfinite(value))) {
    Fail("optimizer: {}: expected a finite number of 0 or more, found {}", name, value);
  }
}

void CheckFraction(const char* name, double value) {
  if (!(value >= 0 && value < 1)) {
    Fail("optimizer: {}: expected 0 or more and less than 1, found {}", name, value);
  }
}

}  // namespace

std::string OptimizerName(const OptimizerOptions& options) {
  return kOptimizerNames[options.index()];
}

std::span<const std::string> OptimizerNames() { return kOptimizerNames; }

OptimizerOptions OptimizerFromName(const std::string& name) {
  if (name == kOptimizerNames[0]) return Sgd{};
  if (name == kOptimizerNames[1]) return Momentum{};
  if (name == kOptimizerNames[2]) return Nesterov{};
  if (name == kOptimizerNames[3]) return AdaGrad{};
  if (name == kOptimizerNames[4]) return RmsProp{};
  if (name == kOptimizerNames[5]) return Adam{};
  if (name == kOptimizerNames[6]) return AdamW{};
  Fail("unknown optimizer '{}'{}", name, DidYouMean(name, kOptimizerNames));
}

void CheckOptimizer(const OptimizerOptions& options, const GradientOptions& gradient_options) {
  CheckAtLeastZero("largest norm of the gradient", gradient_options.max_norm);
  std::visit(
      [](const auto& o) {
        if (!(o.learning_rate > 0 && std::isfinite(o.learning_rate))) {
          Fail("optimizer: learning rate: expected a finite number above 0, found {}",
               o.learning_rate);
        }
        if constexpr (requires { o.momentum; }) CheckFraction("momentum", o.momentum);
        if constexpr (requires { o.decay_rate; }) CheckFraction("decay rate", o.decay_rate);
        if constexpr (requires { o.beta1; }) CheckFraction("beta1", o.beta1);
        if constexpr (requires { o.beta2; }) CheckFraction("beta2", o.beta2);
        if constexpr (requires { o.epsilon; }) {
          // As a float it must not vanish: it keeps 0 / 0 away where there is no gradient.
          if (!(static_cast<float>(o.epsilon) > 0 && std::isfinite(o.epsilon))) {
            Fail("optimizer: epsilon: expected a finite number above 0, found {}", o.epsilon);
          }
        }
        CheckAtLeastZero("weight decay", o.weight_decay);
      },
      options);
}

double LearningRate(const OptimizerOptions& options) {
  return std::visit([](const auto& o) { return o.learning_rate; }, options);
}

void SetLearningRate(double learning_rate, OptimizerOptions& options) {
  std::visit([&](auto& o) { o.learning_rate = learning_rate; }, options);
}

Json ToJson(const OptimizerOptions& options) {
  Json json = {{"name", OptimizerName(options)}, {"learning_rate", LearningRate(options)}};
  std::visit(
      [&](const auto& o) {
        if constexpr (requires { o.momentum; }) json["momentum"] = o.momentum;
        if constexpr (requires { o.decay_rate; }) json["decay_rate"] = o.decay_rate;
        if constexpr (requires { o.beta1; }) json["beta1"] = o.beta1;
        if constexpr (requires { o.beta2; }) json["beta2"] = o.beta2;
        if constexpr (requires { o.epsilon; }) json["epsilon"] = o.epsilon;
        json["weight_decay"] = o.weight_decay;
      },
      options);
  return json;
}

Optimizer::Optimizer(const OptimizerOptions& options, const Network& network,
                     const GradientOptions& gradient_options)
    : Optimizer(options, RangesOf(network, gradient_options.decay_biases),
                static_cast<int64_t>(network.parameter_values().size()), gradient_options) {}

Optimizer::Optimizer(const OptimizerOptions& options, int64_t size,
                     const GradientOptions& gradient_options)
    : Optimizer(options, {{.begin = 0, .end = size, .decays = true}}, size, gradient_options) {}

Optimizer::Optimizer(const OptimizerOptions& options, std::vector<Range> ranges, int64_t size,
                     const GradientOptions& gradient_options)
    : options_(options), gradient_options_(gradient_options), ranges_(std::move(ranges)) {
  CheckOptimizer(options, gradient_options);
  for (std::string& name : std::visit([](const auto& o) { return MomentNames(o); }, options)) {
    state_.moments.push_back({std::move(name), AlignedBuffer<float>(size)});
    std::ranges::fill(state_.moments.back().values.span(), 0.0f);
  }
  if (gradient_options.max_norm > 0) {
    scratch_ = AlignedBuffer<std::byte>(SumOfSquaresScratchBytes(size));
  }
}

// Neighbours that are treated alike are one range: between parameters there is nothing but zeros,
// which every optimizer leaves as they are.
std::vector<Optimizer::Range> Optimizer::RangesOf(const Network& network, bool decay_biases) {
  const std::span<const ParameterSlot> slots = network.parameters();
  std::vector<Range> ranges;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].info.is_trained()) continue;
    const bool decays = decay_biases || slots[i].info.role == ParameterRole::kWeights;
    const int64_t begin = slots[i].offset;
    const int64_t end = begin + slots[i].info.shape.elements();
    const bool follows = i > 0 && slots[i - 1].info.is_trained();
    if (follows && ranges.back().decays == decays) {
      ranges.back().end = end;
    } else {
      ranges.push_back({.begin = begin, .end = end, .decays = decays});
    }
  }
  return ranges;
}

double Optimizer::GradientScale(std::span<const float> gradient, ThreadPool& pool) {
  if (gradient_options_.max_norm == 0) return 1;
  double sum = 0;
  for (const Range& range : ranges_) {
    const auto part = gradient.subspan(static_cast<size_t>(range.begin),
                                       static_cast<size_t>(range.end - range.begin));
    sum += SumOfSquares(part, {pool, scratch_.span()});
  }
  const double norm = std::sqrt(sum);
  return norm > gradient_options_.max_norm ? gradient_options_.max_norm / norm : 1;
}

void Optimizer::Update(std::span<const float> gradient, std::span<float> parameters,
                       const KernelContext& context) {
  OCELLUS_CHECK(gradient.size() == parameters.size(), "{} gradients for {} parameters",
                gradient.size(), parameters.size());
  ++state_.steps;
  const double scale = GradientScale(gradient, context.pool);
  for (const Range& range : ranges_) {
    const auto begin = static_cast<size_t>(range.begin);
    const auto size = static_cast<size_t>(range.end - range.begin);
    ThreadPool& range_pool =
        static_cast<int64_t>(size) < kMinSharedElements ? SerialThreadPool() : context.pool;
    Operands operands{.gradient = gradient.subspan(begin, size),
                      .parameters = parameters.subspan(begin, size),
                      .moments = {},
                      .terms = {.scale = scale, .decay = 0},
                      .step = state_.steps};
    for (size_t i = 0; i < state_.moments.size(); ++i) {
      operands.moments[i] = state_.moments[i].values.span().subspan(begin, size);
    }
    std::visit(
        [&](const auto& o) {
          if (range.decays) operands.terms.decay = o.weight_decay;
          RunKernel(o, operands, {range_pool, context.scratch});
        },
        options_);
  }
}

void Optimizer::Restore(OptimizerState state) {
  const auto same = [](const OptimizerState::Moment& a, const OptimizerState::Moment& b) {
    return a.name == b.name && a.values.size() == b.values.size();
  };
  if (!std::ranges::equal(state.moments, state_.moments, same)) {
    Fail("optimizer {}: the state is that of another optimizer or network",
         OptimizerName(options_));
  }
  state_ = std::move(state);
}

}  // namespace ocellus
