// Counting what passes work on.
#include "ocellus/training/network_passes.h"

#include <algorithm>
#include <utility>

namespace ocellus {
namespace {

// What the passes of a plan's steps work on, in the order in which they run.
class PassList {
 public:
  PassList(const Network& network, const Workspace<float>& workspace)
      : network_(network), workspace_(workspace) {}

  void AddForward(const PlannedStep& planned) {
    const Node& node = NodeOf(planned);
    passes_.push_back({.layer = NameOf(planned),
                       .pass = "forward",
                       .flop = ProductFlop(node),
                       .bytes = InputBytes(planned) + ParameterBytes(node) + OutputBytes(planned) +
                                SavedBytes(planned)});
  }

  void AddBackward(const PlannedStep& planned) {
    const Node& node = NodeOf(planned);
    NetworkPass pass{.layer = NameOf(planned), .pass = "backward"};
    pass.bytes += OutputBytes(planned) + SavedBytes(planned);  // the gradient of the output
    if (node.info.backward_reads_input) pass.bytes += InputBytes(planned);
    const bool is_fused = planned.step.activation != Activation::kNone;
    if (node.info.backward_reads_output || is_fused) pass.bytes += OutputBytes(planned);
    // Parameters are read, their gradients written.
    pass.bytes += 2 * ParameterBytes(node);
    if (!node.info.parameters.empty()) pass.flop += ProductFlop(node);
    bool wants_input_gradient = false;
    for (size_t i = 0; i < planned.d_inputs.size(); ++i) {
      if (planned.d_inputs[i] == kNoBuffer) continue;
      wants_input_gradient = true;
      pass.bytes += BatchBytes(network_.shape_of(node.inputs[i]));
    }
    if (wants_input_gradient) pass.flop += ProductFlop(node);
    passes_.push_back(std::move(pass));
  }

  void Add(const std::string& name, double bytes) {
    passes_.push_back({.layer = name, .pass = "", .flop = 0, .bytes = bytes});
  }

  std::vector<NetworkPass> Take() { return std::move(passes_); }

 private:
  const Node& NodeOf(const PlannedStep& planned) const {
    return network_.nodes()[static_cast<size_t>(planned.step.node)];
  }
  std::string NameOf(const PlannedStep& planned) const {
    const Step& step = planned.step;
    std::string name = network_.name_of(step.node);
    int last = step.node;
    for (const int node : {step.second_node, step.output_node}) {
      if (node == kNoNode || node == last) continue;
      name += " + " + network_.name_of(node);
      last = node;
    }
    return name;
  }
  double BatchBytes(const Shape& sample) const {
    return sizeof(float) * static_cast<double>(sample.elements() * workspace_.max_batch());
  }
  double InputBytes(const PlannedStep& planned) const {
    double bytes = 0;
    for (const int input : NodeOf(planned).inputs) bytes += BatchBytes(network_.shape_of(input));
    return bytes;
  }
  double OutputBytes(const PlannedStep& planned) const {
    return BatchBytes(network_.shape_of(planned.step.output_node));
  }
  double SavedBytes(const PlannedStep& planned) const {
    if (planned.saved == kNoBuffer) return 0;
    return static_cast<double>(
        LayerOf(planned.step, network_.nodes()).SavedBytes(workspace_.max_batch()));
  }
  static double ParameterBytes(const Node& node) {
    double bytes = 0;
    for (const ParameterInfo& parameter : node.info.parameters) {
      bytes += sizeof(float) * static_cast<double>(parameter.shape.elements());
    }
    return bytes;
  }
  double ProductFlop(const Node& node) const {
    return 2 * static_cast<double>(node.info.multiply_adds * workspace_.max_batch());
  }

  const Network& network_;
  const Workspace<float>& workspace_;
  std::vector<NetworkPass> passes_;
};

}  // namespace

double NetworkPass::limit_seconds(const MachineLimits& limits) const {
  return std::max(flop / limits.flop_per_second, bytes / limits.bytes_per_second);
}

Bound NetworkPass::bound(const MachineLimits& limits) const {
  return flop / limits.flop_per_second > bytes / limits.bytes_per_second ? Bound::kArithmetic
                                                                         : Bound::kMemory;
}

std::vector<NetworkPass> PredictionPasses(const Network& network,
                                          const Workspace<float>& workspace) {
  PassList passes(network, workspace);
  for (const PlannedStep& planned : workspace.plan().steps) passes.AddForward(planned);
  return passes.Take();
}

std::vector<NetworkPass> TrainingPasses(const Network& network, const Workspace<float>& workspace) {
  PassList passes(network, workspace);
  const std::vector<PlannedStep>& steps = workspace.plan().steps;
  for (const PlannedStep& planned : steps) passes.AddForward(planned);
  const auto scores =
      static_cast<double>(network.output_shape().elements() * workspace.max_batch());
  passes.Add("softmax with loss", 2 * sizeof(float) * scores);  // reads them, writes their gradient
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->runs_backward) passes.AddBackward(*step);
  }
  // Adam reads parameters, gradients and two arrays of its own, and writes all but the gradients.
  passes.Add("Adam", 7 * static_cast<double>(network.parameter_values().size_bytes()));
  return passes.Take();
}

}  // namespace ocellus
