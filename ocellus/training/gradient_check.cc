// Numerical against analytic gradients, float against double.
#include "ocellus/training/gradient_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/base/random.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/workspace.h"

namespace ocellus {
namespace {

// A batch and the loss of a network for it.
template <typename T>
class LossFunction {
 public:
  LossFunction(const BasicNetwork<T>& network, const GradientCheckOptions& options)
      : network_(network),
        workspace_(network,
                   {.max_batch = options.batch_size, .training = true, .input_gradient = true}),
        input_(network.input_shape().Batch(options.batch_size)),
        weights_(network.output_shape().Batch(options.batch_size)),
        d_scores_(weights_.shape()) {
    Random random(options.seed, 0);
    for (T& value : input_.span()) value = static_cast<T>(random.Uniform());
    for (T& value : weights_.span()) value = static_cast<T>(random.Normal());
    if (is_classifier()) {
      const auto classes = static_cast<uint64_t>(network.output_shape()[0]);
      for (int64_t n = 0; n < options.batch_size; ++n) {
        labels_.push_back(static_cast<int32_t>(random.Below(classes)));
      }
    }
  }

  Tensor<T>& input() { return input_; }

  double Loss() {
    network_.Forward(input_, workspace_);
    const TensorView<T> output = workspace_.output();
    if (is_classifier()) {
      return last_layer_.Forward(output, labels_, d_scores_, workspace_.context());
    }
    return std::transform_reduce(output.data(), output.data() + output.elements(), weights_.data(),
                                 0.0);
  }

  // The gradient of each parameter, then that of the input.
  std::vector<Tensor<T>> Gradients() {
    Loss();
    const TensorView<T> d_output = workspace_.d_output();
    if (is_classifier()) {
      last_layer_.Backward(d_scores_, labels_, d_output, workspace_.context());
    } else {
      std::ranges::copy(weights_.span(), d_output.data());
    }
    workspace_.ClearGradients();
    network_.Backward(workspace_);
    std::vector<Tensor<T>> gradients;
    for (int i = 0; i < static_cast<int>(network_.parameters().size()); ++i) {
      gradients.push_back(ocellus::ConvertTo<T>(workspace_.d_parameter(i)));
    }
    gradients.push_back(ocellus::ConvertTo<T>(workspace_.d_input()));
    return gradients;
  }

 private:
  bool is_classifier() const {
    return network_.output_shape().rank() == 1 && network_.output_shape()[0] > 1;
  }

  const BasicNetwork<T>& network_;
  Workspace<T> workspace_;
  SoftmaxWithLoss<T> last_layer_;
  Tensor<T> input_;
  Tensor<T> weights_;  // of the outputs in the sum, if the network is not a classifier
  Tensor<T> d_scores_;
  std::vector<int32_t> labels_;
};

// The numbers of the values to compare, in ascending order.
std::vector<int64_t> ChooseValues(int64_t size, int64_t wanted, Random random) {
  std::vector<int64_t> numbers(static_cast<size_t>(size));
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  if (wanted == 0 || wanted >= size) return numbers;
  for (size_t i = 0; i < static_cast<size_t>(wanted); ++i) {
    std::swap(numbers[i], numbers[i + random.Below(static_cast<uint64_t>(size) - i)]);
  }
  numbers.resize(static_cast<size_t>(wanted));
  std::ranges::sort(numbers);
  return numbers;
}

double NumericalGradient(LossFunction<double>& loss, double& value, double step) {
  const double original = value;
  value = original + step;
  const double above = loss.Loss();
  value = original - step;
  const double below = loss.Loss();
  value = original;
  return (above - below) / (2 * step);
}

// Whether a is larger than b. NaN is larger than any number, so that a maximum keeps it.
bool IsWorse(double a, double b) { return a > b || (std::isnan(a) && !std::isnan(b)); }

double Worse(double a, double b) { return IsWorse(a, b) ? a : b; }

double MaxMagnitude(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = Worse(std::abs(value), largest);
  return largest;
}

// What was measured of one parameter, before it is judged.
struct Measurement {
  ParameterGradientCheck check;
  int node = kNetworkInput;     // the layer that the parameter belongs to
  double difference = 0;        // the largest of numerical and analytic
  double float_difference = 0;  // the largest of float and double
};

// Compares some values of one parameter, `values`, with their analytic gradient. Numerical
// gradients of at most `rounding` may be nothing but rounding errors.
Measurement CheckParameter(const std::string& name, LossFunction<double>& loss,
                           std::span<double> values, std::span<const double> analytic,
                           double rounding, const GradientCheckOptions& options, Random random) {
  ParameterGradientCheck check{.name = name, .largest = MaxMagnitude(analytic)};
  double difference_sum = 0;
  double worst_difference = -1;
  for (const int64_t number :
       ChooseValues(static_cast<int64_t>(values.size()), options.values_per_parameter, random)) {
    const auto index = static_cast<size_t>(number);
    double numerical = 0;
    double difference = 0;
    for (const double divisor : {1.0, 10.0, 100.0}) {
      numerical = NumericalGradient(loss, values[index], options.step / divisor);
      difference = std::abs(analytic[index] - numerical);
      if (difference <= options.tolerance * check.largest) break;
      if (check.largest <= rounding && std::abs(numerical) <= rounding) break;
    }
    check.largest = Worse(std::abs(numerical), check.largest);
    difference_sum += difference;
    ++check.values;
    if (IsWorse(difference, worst_difference)) {
      worst_difference = difference;
      check.worst_index = number;
      check.worst_analytic = analytic[index];
      check.worst_numerical = numerical;
    }
  }
  check.mean_absolute_difference = difference_sum / static_cast<double>(check.values);
  check.has_effect = !(check.largest <= rounding);
  return {.check = check, .difference = worst_difference};
}

double MaxDifference(const Tensor<float>& found, const Tensor<double>& expected) {
  double worst = 0;
  for (int64_t i = 0; i < expected.elements(); ++i) {
    worst = Worse(std::abs(static_cast<double>(found[i]) - expected[i]), worst);
  }
  return worst;
}

// Sets the relative errors and what follows from them. `layer_largest` is the largest gradient of
// those parameters of the layer that have an effect; 0 if none has.
void Judge(const GradientCheckOptions& options, double layer_largest, Measurement& measurement) {
  ParameterGradientCheck& check = measurement.check;
  const double largest = check.has_effect ? check.largest : layer_largest;
  check.max_relative_error = largest == 0 ? 0 : measurement.difference / largest;
  check.float_relative_error = measurement.float_difference / (largest == 0 ? 1 : largest);
  if (largest == 0) {
    check.problem = "the gradient is zero on both sides: nothing was checked";
  } else if (!(check.max_relative_error <= options.tolerance)) {
    check.problem = fmt::format("value {}: analytic {:.6e}, numerical {:.6e}", check.worst_index,
                                check.worst_analytic, check.worst_numerical);
  } else if (!(check.float_relative_error <= options.float_tolerance)) {
    check.problem = fmt::format("float differs from double by {:.1e} of the largest gradient",
                                check.float_relative_error);
  }
  check.passed = check.problem.empty();
}

double LargestInLayer(std::span<const Measurement> measurements, int node) {
  double largest = 0;
  for (const Measurement& m : measurements) {
    if (m.node == node && m.check.has_effect) largest = Worse(m.check.largest, largest);
  }
  return largest;
}

// How large a numerical gradient can be for rounding errors of the loss alone: some units in its
// last place, over 2h.
double RoundingOf(double loss, double step) {
  constexpr double kUnits = 100;
  return kUnits * std::numeric_limits<double>::epsilon() * std::max(1.0, std::abs(loss)) /
         (2 * step);
}

void CheckOptions(const GradientCheckOptions& options) {
  if (options.batch_size < 1) Fail("batch size: expected 1 or more, found {}", options.batch_size);
  if (options.values_per_parameter < 0) {
    Fail("values per parameter: expected 0 or more, found {}", options.values_per_parameter);
  }
  const auto expect_positive = [](const char* name, double value) {
    if (!std::isfinite(value) || value <= 0) {
      Fail("{}: expected a finite number above 0, found {}", name, value);
    }
  };
  expect_positive("step", options.step);
  expect_positive("tolerance", options.tolerance);
  expect_positive("float tolerance", options.float_tolerance);
}

}  // namespace

GradientCheck CheckGradient(const BasicNetwork<double>& original,
                            const GradientCheckOptions& options) {
  CheckOptions(options);
  if (!original.has_parameter_values()) Fail("gradient check: the parameters have no values");
  BasicNetwork<double> network = original.Clone();
  const Network float_network = network.ConvertTo<float>();
  LossFunction<double> loss(network, options);
  LossFunction<float> float_loss(float_network, options);
  const std::vector<Tensor<double>> gradients = loss.Gradients();
  const std::vector<Tensor<float>> float_gradients = float_loss.Gradients();

  const double rounding = RoundingOf(loss.Loss(), options.step);
  std::vector<Measurement> measurements;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const bool is_input = i == network.parameters().size();
    if (!is_input && !network.parameters()[i].info.is_trained()) continue;
    const std::string name = is_input ? "input" : network.parameters()[i].name;
    const std::span<double> values =
        is_input ? loss.input().span() : network.parameter(static_cast<int>(i)).span();
    Measurement measurement = CheckParameter(name, loss, values, gradients[i].span(), rounding,
                                             options, Random(options.seed, i + 1));
    measurement.node = is_input ? kNetworkInput : network.parameters()[i].node;
    measurement.float_difference = MaxDifference(float_gradients[i], gradients[i]);
    measurements.push_back(std::move(measurement));
  }

  GradientCheck result{.passed = true};
  for (Measurement& measurement : measurements) {
    Judge(options, LargestInLayer(measurements, measurement.node), measurement);
    ParameterGradientCheck& check = measurement.check;
    result.passed = result.passed && check.passed;
    result.max_relative_error = Worse(check.max_relative_error, result.max_relative_error);
    result.max_float_relative_error =
        Worse(check.float_relative_error, result.max_float_relative_error);
    result.parameters.push_back(std::move(check));
  }
  return result;
}

std::string ToTable(const GradientCheck& check) {
  size_t width = 9;
  for (const auto& parameter : check.parameters) width = std::max(width, parameter.name.size());
  std::string table =
      fmt::format("{:{}}  {:>7}  {:>12}  {:>14}  {:>12}  {:>12}\n", "parameter", width, "values",
                  "largest", "mean abs diff", "rel error", "float error");
  for (const auto& p : check.parameters) {
    table += fmt::format("{:{}}  {:>7}  {:>12.3e}  {:>14.3e}  {:>12.1e}  {:>12.1e}  {}\n", p.name,
                         width, p.values, p.largest, p.mean_absolute_difference,
                         p.max_relative_error, p.float_relative_error,
                         !p.passed      ? "FAILED: " + p.problem
                         : p.has_effect ? "ok"
                                        : "ok: no effect on the loss");
  }
  return table;
}

Json ToJson(const GradientCheck& check) {
  Json parameters = Json::array();
  for (const auto& p : check.parameters) {
    Json json = {{"name", p.name},
                 {"values", p.values},
                 {"largest_gradient", p.largest},
                 {"has_effect", p.has_effect},
                 {"mean_absolute_difference", p.mean_absolute_difference},
                 {"max_relative_error", p.max_relative_error},
                 {"float_relative_error", p.float_relative_error},
                 {"passed", p.passed}};
    if (!p.passed) json["problem"] = p.problem;
    parameters.push_back(std::move(json));
  }
  return {{"passed", check.passed},
          {"max_relative_error", check.max_relative_error},
          {"max_float_relative_error", check.max_float_relative_error},
          {"parameters", parameters}};
}

}  // namespace ocellus
