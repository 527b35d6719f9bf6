// The chapter's gradient check: are the gradients of backpropagation those of the loss?
//
//   GradientCheck check = CheckGradient(net.ConvertTo<double>(), {.values_per_parameter = 0});
//   if (!check.passed) fmt::print("{}", ToTable(check));
//
// Everything is computed in double. For each parameter, the analytic gradient (backward) is
// compared with the numerical one, (loss(p + h) - loss(p - h)) / 2h; then the gradient of the float
// network with that of the double network. Layers behave as in training; statistics (running means)
// have no gradient and are left out. The loss is softmax with cross entropy if the output is
// a row of scores, as in the chapter, and a weighted sum of all outputs otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/base/json_fwd.h"
#include "ocellus/network/network.h"

namespace ocellus {

struct GradientCheckOptions {
  int64_t batch_size = 1;
  int64_t values_per_parameter = 30;  // chosen at random; 0: all
  double step = 1e-4;                 // h, as in the chapter
  double tolerance = 1e-6;            // of the relative error, numerical against analytic
  double float_tolerance = 1e-3;      // of the relative error, float against double
  uint64_t seed = 1;                  // of the input, the labels and the choice of values
};

// Errors are relative to the parameter's largest gradient: |analytic - numerical| / max |gradient|.
// Where the parameter has no effect on the loss, to the largest gradient of its layer.
struct ParameterGradientCheck {
  std::string name;        // "conv1.weights", or "input" for the gradient of the network's input
  int64_t values = 0;      // how many were compared
  double largest = 0;      // magnitude of the largest gradient, analytic or numerical
  bool has_effect = true;  // false: on both sides there is nothing but rounding errors
  double mean_absolute_difference = 0;  // what the chapter prints
  double max_relative_error = 0;
  double float_relative_error = 0;  // over all values of the parameter
  // The value with the largest error.
  int64_t worst_index = 0;
  double worst_analytic = 0;
  double worst_numerical = 0;
  bool passed = false;
  std::string problem;  // why not
};

struct GradientCheck {
  std::vector<ParameterGradientCheck> parameters;
  double max_relative_error = 0;
  double max_float_relative_error = 0;
  bool passed = false;
};

// Checks a network at its current parameters for a random input with values in [0, 1). A value
// whose error is above the tolerance is measured again with smaller steps, since at a kink (of ReLU
// or max pooling) closer than h the numerical side is wrong; a wrong gradient stays wrong.
//
// A gradient that is zero on both sides, but for rounding errors, is right if the layer has another
// parameter whose gradient is not: the biases of a convolution in front of BatchNorm are such a
// case, since it subtracts them again. Otherwise it fails: nothing was checked. Throws Error if the
// parameters have no values or an option is out of range.
GradientCheck CheckGradient(const BasicNetwork<double>& network,
                            const GradientCheckOptions& options = {});

// As a table for people, and as JSON.
std::string ToTable(const GradientCheck& check);
Json ToJson(const GradientCheck& check);

}  // namespace ocellus
