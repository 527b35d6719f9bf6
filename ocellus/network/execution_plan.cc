// Steps, uses, lives.
#include "ocellus/network/execution_plan.h"

#include <algorithm>
#include <type_traits>

#include "ocellus/base/error.h"
#include "ocellus/kernels/chunks.h"

namespace ocellus {
namespace {

// For each node, the nodes that read its output (once for each input that does).
std::vector<std::vector<int>> Readers(std::span<const Node> nodes) {
  std::vector<std::vector<int>> readers(nodes.size());
  for (size_t node = 0; node < nodes.size(); ++node) {
    for (const int input : nodes[node].inputs) {
      if (input != kNetworkInput)
        readers[static_cast<size_t>(input)].push_back(static_cast<int>(node));
    }
  }
  return readers;
}

constexpr int kNotMoved = -1;

// Makes the steps of a network, with what is fused.
class StepMaker {
 public:
  StepMaker(std::span<const Node> nodes, const WorkspaceOptions& options, bool fuses_layers)
      : nodes_(nodes),
        options_(options),
        fuses_layers_(fuses_layers),
        readers_(Readers(nodes)),
        moved_to_(nodes.size(), kNotMoved),
        moved_here_(nodes.size(), Activation::kNone),
        is_done_(nodes.size()) {}

  std::vector<Step> Make() {
    if (options_.fusion) MoveActivations();
    std::vector<Step> steps;
    for (size_t node = 0; node < nodes_.size(); ++node) {
      if (moved_to_[node] == kNotMoved && !is_done_[node]) steps.push_back(MakeStep(node));
    }
    return steps;
  }

  // For each node that is an activation and is applied by the layer that reads it, behind that
  // layer instead of in front of it: the number of that layer's node. For all others kNotMoved.
  const std::vector<int>& moved_to() const { return moved_to_; }

 private:
  const Layer& layer(int node) const { return *nodes_[static_cast<size_t>(node)].layer; }

  // The node that alone reads the output of a node; or kNoNode.
  int OnlyReader(int node) const {
    const std::vector<int>& readers = readers_[static_cast<size_t>(node)];
    return readers.size() == 1 ? readers[0] : kNoNode;
  }

  void MoveActivations() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const Activation activation = nodes_[i].layer->AsActivation();
      const int reader = OnlyReader(static_cast<int>(i));
      if (activation == Activation::kNone || reader == kNoNode) continue;
      // What computes its input must have no other reader, which would see it without activation.
      const int source = nodes_[i].inputs[0];
      if (source == kNetworkInput || OnlyReader(source) == kNoNode) continue;
      if (!layer(reader).CommutesWith(activation) || !layer(reader).CanFuse(activation)) continue;
      moved_to_[i] = reader;
      moved_here_[static_cast<size_t>(reader)] = activation;
    }
  }

  Step MakeStep(size_t index) {
    const int node = static_cast<int>(index);
    Step step{.node = node, .output_node = node, .activation = moved_here_[index]};
    if (!options_.fusion) return step;
    if (fuses_layers_) FuseLayer(step);
    FuseActivation(step);
    return step;
  }

  // Adds the layer that alone reads the step's output, if one layer can do both.
  void FuseLayer(Step& step) {
    if (step.activation != Activation::kNone) return;
    int next = OnlyReader(step.node);
    if (next == kNoNode) return;
    const int behind = moved_to_[static_cast<size_t>(next)];
    if (behind != kNotMoved) next = behind;
    step.fused_layer = layer(step.node).FuseWith(layer(next), options_.training);
    if (step.fused_layer == nullptr) return;
    step.second_node = step.output_node = next;
    step.activation = moved_here_[static_cast<size_t>(next)];
    is_done_[static_cast<size_t>(next)] = true;
  }

  // Adds the activation that alone reads the step's output, if the layer can apply it.
  void FuseActivation(Step& step) {
    const int next = OnlyReader(step.output_node);
    if (step.activation != Activation::kNone || next == kNoNode) return;
    const Activation activation = layer(next).AsActivation();
    if (activation == Activation::kNone || moved_to_[static_cast<size_t>(next)] != kNotMoved ||
        !LayerOf(step, nodes_).CanFuse(activation)) {
      return;
    }
    step.output_node = next;
    step.activation = activation;
    is_done_[static_cast<size_t>(next)] = true;
  }

  std::span<const Node> nodes_;
  const WorkspaceOptions& options_;
  bool fuses_layers_;
  std::vector<std::vector<int>> readers_;
  std::vector<int> moved_to_;
  std::vector<Activation> moved_here_;  // what was moved behind each node
  std::vector<bool> is_done_;           // nodes that are part of a step before them
};

// Builds the plan for one network step by step; see MakeExecutionPlan.
template <typename T>
class Planner {
 public:
  Planner(const BasicNetwork<T>& network, const WorkspaceOptions& options, int threads)
      : network_(network), options_(options), threads_(threads) {}

  ExecutionPlan Make() {
    if (network_.nodes().empty()) Fail("network: expected at least one layer, found none");
    network_.CheckOutputsAreUsed();
    // Who looks into a network wants to see what lies between its layers.
    const bool fuses_layers = std::is_same_v<T, float> && !options_.frozen;
    StepMaker maker(network_.nodes(), options_, fuses_layers);
    for (Step& step : maker.Make()) plan_.steps.emplace_back().step = std::move(step);
    FindUses(maker.moved_to());
    for (int step = 0; step < step_count(); ++step) PlanForward(step);
    if (options_.training) {
      for (int step = step_count() - 1; step >= 0; --step) PlanBackward(step);
      if (options_.input_gradient) {
        PlanGradient(network_input_uses_, network_.input_shape(), EndOfTime() + 1,
                     &plan_.d_network_input);
      }
    }
    PlanScratch();
    plan_.memory = PlanMemory(plan_.buffers);
    return std::move(plan_);
  }

 private:
  int step_count() const { return static_cast<int>(plan_.steps.size()); }
  PlannedStep& planned(int step) { return plan_.steps[static_cast<size_t>(step)]; }
  const Node& node(int step) {
    return network_.nodes()[static_cast<size_t>(planned(step).step.node)];
  }
  const Layer& layer(int step) { return LayerOf(planned(step).step, network_.nodes()); }
  int BackwardTime(int step) const { return 2 * step_count() - step; }
  int EndOfTime() const { return 2 * step_count(); }

  int AddBuffer(int64_t size_bytes, int first, int last) {
    plan_.buffers.push_back({size_bytes, first, last});
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  int64_t BatchBytes(const Shape& sample) const {
    return CheckedMultiply(CheckedMultiply(sample.elements(), options_.max_batch, "workspace"),
                           sizeof(T), "workspace");
  }

  void FindUses(const std::vector<int>& moved_to) {
    std::vector<int> step_of_node(network_.nodes().size(), kNetworkInput);
    // The step that computes an input. Whoever an activation was moved behind reads what was in
    // front of the activation.
    const auto step_of = [&](int input) {
      while (input != kNetworkInput && moved_to[static_cast<size_t>(input)] != kNotMoved) {
        input = network_.nodes()[static_cast<size_t>(input)].inputs[0];
      }
      return input == kNetworkInput ? kNetworkInput : step_of_node[static_cast<size_t>(input)];
    };
    uses_.resize(plan_.steps.size());
    for (int step = 0; step < step_count(); ++step) {
      step_of_node[static_cast<size_t>(planned(step).step.output_node)] = step;
      for (const int input : node(step).inputs) {
        const int source = step_of(input);
        const Use use{step, static_cast<int>(planned(step).input_steps.size())};
        planned(step).input_steps.push_back(source);
        (source == kNetworkInput ? network_input_uses_ : uses_[static_cast<size_t>(source)])
            .push_back(use);
      }
    }
  }

  // A step runs backward if it has parameters or anything before it wants a gradient.
  bool WantsGradient(int input_step) {
    return input_step == kNetworkInput ? options_.input_gradient
                                       : planned(input_step).runs_backward;
  }

  void PlanForward(int step) {
    const LayerInfo& info = node(step).info;
    planned(step).work = WorkOf(node(step));
    planned(step).runs_backward =
        options_.training && (!info.parameters.empty() || WantsInputGradient(step));

    // The output lives until its last reader has run, forward or, if that one asks, backward.
    int last = step;
    for (const Use& use : uses_[static_cast<size_t>(step)]) last = std::max(last, use.step);
    if (step == step_count() - 1) last = step_count();  // the network's output: the loss reads it
    if (options_.training) {
      for (const Use& use : uses_[static_cast<size_t>(step)]) {
        if (node(use.step).info.backward_reads_input) last = std::max(last, BackwardTime(use.step));
      }
      const bool fused = planned(step).step.activation != Activation::kNone;
      if (info.backward_reads_output || fused) last = std::max(last, BackwardTime(step));
    }
    planned(step).output =
        AddBuffer(BatchBytes(network_.shape_of(planned(step).step.output_node)), step, last);
    const int64_t packed = layer(step).PackedBytes();
    if (options_.constant_parameters && std::is_same_v<T, float> && packed > 0) {
      planned(step).packed = AddBuffer(packed, 0, EndOfTime());
    }
    const int64_t saved = layer(step).SavedBytes(options_.max_batch);
    if (options_.training && saved > 0) {
      planned(step).saved = AddBuffer(saved, step, BackwardTime(step));
    }
  }

  StepWork WorkOf(const Node& node) const {
    StepWork work{.multiply_adds = node.info.multiply_adds,
                  .elements = node.info.output.elements()};
    for (const int input : node.inputs) {
      work.elements = std::max(work.elements, network_.shape_of(input).elements());
    }
    for (const ParameterInfo& parameter : node.info.parameters) {
      work.parameters += parameter.shape.elements();
    }
    return work;
  }

  // Whether anything before a step wants a gradient.
  bool WantsInputGradient(int step) {
    return std::ranges::any_of(planned(step).input_steps, [&](int s) { return WantsGradient(s); });
  }

  void PlanBackward(int step) {
    planned(step).d_inputs.assign(planned(step).input_steps.size(), kNoBuffer);
    planned(step).d_input_is_added.assign(planned(step).input_steps.size(), false);
    if (step == step_count() - 1) {  // the loss writes it, whether or not anything is trained
      const Shape& shape = network_.output_shape();
      planned(step).d_output = AddBuffer(BatchBytes(shape), step_count(), BackwardTime(step));
    } else if (planned(step).runs_backward) {
      const Shape& shape = network_.shape_of(planned(step).step.output_node);
      PlanGradient(uses_[static_cast<size_t>(step)], shape, BackwardTime(step),
                   &planned(step).d_output);
    }
  }

  // The gradient of something with these uses, in the order of steps: written first by the last
  // use, added to by the others, read at time `last`.
  void PlanGradient(const std::vector<Use>& uses, const Shape& shape, int last, int* buffer) {
    *buffer = AddBuffer(BatchBytes(shape), BackwardTime(uses.back().step), last);
    for (size_t i = uses.size(); i-- > 0;) {
      PlannedStep& reader = planned(uses[i].step);
      const auto input = static_cast<size_t>(uses[i].input);
      const bool is_added = i + 1 < uses.size();
      const int time = BackwardTime(uses[i].step);
      reader.d_inputs[input] = is_added ? AddBuffer(BatchBytes(shape), time, time) : *buffer;
      reader.d_input_is_added[input] = is_added;
    }
  }

  void PlanScratch() {
    if (!std::is_same_v<T, float>) return;  // the double passes get none
    int64_t size = 0;
    for (int step = 0; step < step_count(); ++step) {
      // One sample may be done by one thread.
      size = std::max({size, layer(step).ScratchBytes(options_.max_batch, 1),
                       layer(step).ScratchBytes(options_.max_batch, threads_)});
    }
    if (size > 0) plan_.scratch = AddBuffer(size, 0, EndOfTime());
  }

  const BasicNetwork<T>& network_;
  const WorkspaceOptions& options_;
  int threads_;
  ExecutionPlan plan_;
  std::vector<std::vector<Use>> uses_;  // of the output of each step
  std::vector<Use> network_input_uses_;
};

}  // namespace

bool StepWork::IsSharedForOneSample(bool training) const {
  const int64_t min_multiply_adds = training ? 4'000'000 : 1'500'000;  // about 20 and 8 us
  return multiply_adds >= min_multiply_adds || elements >= kMinSharedElements ||
         parameters >= kMinSharedElements;
}

const Layer& LayerOf(const Step& step, std::span<const Node> nodes) {
  if (step.fused_layer != nullptr) return *step.fused_layer;
  return *nodes[static_cast<size_t>(step.node)].layer;
}

template <typename T>
ExecutionPlan MakeExecutionPlan(const BasicNetwork<T>& network, const WorkspaceOptions& options,
                                int threads) {
  return Planner<T>(network, options, threads).Make();
}

template ExecutionPlan MakeExecutionPlan(const BasicNetwork<float>&, const WorkspaceOptions&, int);
template ExecutionPlan MakeExecutionPlan(const BasicNetwork<double>&, const WorkspaceOptions&, int);

}  // namespace ocellus
