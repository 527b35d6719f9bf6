// Summaries of networks.
#include "ocellus/network/network_summary.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/network/execution_plan.h"

namespace ocellus {
namespace {

constexpr size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

// Text on the left, numbers on the right.
std::string FormatRow(const Row& row, const std::array<size_t, kColumns>& widths) {
  std::string line;
  for (size_t column = 0; column < kColumns; ++column) {
    const bool is_text = column < 3;
    const std::string padding(widths[column] - row[column].size(), ' ');
    if (column > 0) line += "  ";
    line += is_text ? row[column] + padding : padding + row[column];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

int64_t PlannedBytes(const Network& network, int64_t batch_size, bool training) {
  const WorkspaceOptions options{
      .max_batch = batch_size, .training = training, .constant_parameters = !training};
  return MakeExecutionPlan(network, options, AvailableProcessors()).memory.size_bytes;
}

}  // namespace

NetworkSummary Summarize(const Network& network, int64_t batch_size) {
  if (batch_size < 1) Fail("batch size: expected 1 or more, found {}", batch_size);
  NetworkSummary summary{.input = network.input_shape(), .batch_size = batch_size};
  for (const Node& node : network.nodes()) {
    LayerSummary& layer = summary.layers.emplace_back();
    layer.name = node.name;
    layer.type = node.layer->type();
    for (const int input : node.inputs) layer.inputs.push_back(network.name_of(input));
    layer.output = node.info.output;
    for (const ParameterInfo& parameter : node.info.parameters) {
      if (parameter.is_trained()) layer.parameters += parameter.shape.elements();
    }
    layer.multiply_adds = node.info.multiply_adds;
    layer.activation_bytes =
        CheckedMultiply(CheckedMultiply(layer.output.elements(), batch_size, "activation size"),
                        sizeof(float), "activation size");
    summary.parameters += layer.parameters;
    summary.multiply_adds += layer.multiply_adds;
  }
  summary.prediction_bytes = PlannedBytes(network, batch_size, /*training=*/false);
  summary.training_bytes = PlannedBytes(network, batch_size, /*training=*/true);
  return summary;
}

std::string ToTable(const NetworkSummary& summary) {
  std::vector<Row> rows;
  rows.push_back({"layer", "type", "output", "parameters", "multiply-adds", "activations"});
  rows.push_back({"input", "", summary.input.ToString(), "", "", ""});
  for (const LayerSummary& layer : summary.layers) {
    rows.push_back({layer.name, layer.type, layer.output.ToString(), FormatCount(layer.parameters),
                    FormatCount(layer.multiply_adds), FormatBytes(layer.activation_bytes)});
  }
  rows.push_back(
      {"total", "", "", FormatCount(summary.parameters), FormatCount(summary.multiply_adds), ""});

  std::array<size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (size_t column = 0; column < kColumns; ++column) {
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  std::string table;
  for (const Row& row : rows) table += FormatRow(row, widths);
  table += fmt::format(
      "\nOutput, parameters and multiply-adds are those of one sample, activations those of a "
      "batch "
      "of {}.\nMemory that such a batch takes: {} for prediction, {} for training (activations, "
      "their gradients,\nscratch), and {} for the parameters.\n",
      summary.batch_size, FormatBytes(summary.prediction_bytes),
      FormatBytes(summary.training_bytes),
      FormatBytes(summary.parameters * static_cast<int64_t>(sizeof(float))));
  return table;
}

Json ToJson(const NetworkSummary& summary) {
  const auto sizes = [](const Shape& shape) {
    return std::vector<int64_t>(shape.sizes().begin(), shape.sizes().end());
  };
  Json layers = Json::array();
  for (const LayerSummary& layer : summary.layers) {
    layers.push_back({{"name", layer.name},
                      {"type", layer.type},
                      {"inputs", layer.inputs},
                      {"output", sizes(layer.output)},
                      {"parameters", layer.parameters},
                      {"multiply_adds", layer.multiply_adds},
                      {"activation_bytes", layer.activation_bytes}});
  }
  return {{"input", sizes(summary.input)},
          {"batch_size", summary.batch_size},
          {"layers", layers},
          {"parameters", summary.parameters},
          {"multiply_adds", summary.multiply_adds},
          {"prediction_bytes", summary.prediction_bytes},
          {"training_bytes", summary.training_bytes}};
}

std::string FormatBytes(int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{} B", bytes);
  return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string FormatCount(int64_t count) {
  std::string digits = std::to_string(count);
  for (auto i = static_cast<int64_t>(digits.size()) - 3; i > (count < 0 ? 1 : 0); i -= 3) {
    digits.insert(static_cast<size_t>(i), ",");
  }
  return digits;
}

}  // namespace ocellus
