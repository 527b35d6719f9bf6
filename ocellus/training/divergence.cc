// The search for the first number that is not finite.
#include "ocellus/training/divergence.h"

#include <algorithm>
#include <cmath>

#include "ocellus/network/workspace.h"

namespace ocellus {
namespace {

int64_t CountNonFinite(std::span<const float> values) {
  return std::ranges::count_if(values, [](float value) { return !std::isfinite(value); });
}

std::string Plural(int64_t count) {
  return count == 1 ? "1 value that is" : std::to_string(count) + " values that are";
}

}  // namespace

std::string ExplainDivergence(const Network& network, TensorView<const float> input) {
  if (const int64_t count = CountNonFinite(input.span())) {
    return fmt::format("the input has {} not finite", Plural(count));
  }
  std::string explanation;
  // Without fusion, so that each layer is seen on its own.
  Workspace<float> workspace(network, {.max_batch = input.shape()[0], .fusion = false});
  network.Forward(input, workspace, [&](int number, TensorView<const float> output) {
    if (!explanation.empty()) return;
    const Node& node = network.nodes()[static_cast<size_t>(number)];
    for (size_t i = 0; i < node.info.parameters.size() && explanation.empty(); ++i) {
      const int parameter = node.first_parameter + static_cast<int>(i);
      if (const int64_t count = CountNonFinite(network.parameter(parameter).span())) {
        explanation = fmt::format("{}: its {} have {} not finite", node.where(),
                                  node.info.parameters[i].name, Plural(count));
      }
    }
    if (!explanation.empty()) return;
    if (const int64_t count = CountNonFinite(output.span())) {
      explanation = fmt::format(
          "{}: its output has {} not finite, though its input and parameters "
          "are",
          node.where(), Plural(count));
    }
  });
  if (explanation.empty()) return "all layers' outputs are finite, only the loss is not";
  return explanation;
}

}  // namespace ocellus
