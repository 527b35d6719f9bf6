// Steps, uses, lives.
#include "ocellus/network/execution_plan.h"

#include <algorithm>
#include <type_traits>

#include "ocellus/base/error.h"

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

// For each node that is an activation and is applied by the layer that reads it, behind that layer
// instead of in front of it: the number of that layer's node. For all others kNotMoved.
constexpr int kNotMoved = -1;

std::vector<int> FindMovedActivations(std::span<const Node> nodes,
                                      const std::vector<std::vector<int>>& readers) {
  std::vector<int> moved_to(nodes.size(), kNotMoved);
  for (size_t node = 0; node < nodes.size(); ++node) {
    const Activation activation = nodes[node].layer->AsActivation();
    if (activation == Activation::kNone || readers[node].size() != 1) continue;
    // What computes its input must have no other reader, which would see it without activation.
    const int source = nodes[node].inputs[0];
    if (source == kNetworkInput || readers[static_cast<size_t>(source)].size() != 1) continue;
    const int reader = readers[node][0];
    const Layer& layer = *nodes[static_cast<size_t>(reader)].layer;
    if (layer.CommutesWith(activation) && layer.CanFuse(activation)) moved_to[node] = reader;
  }
  return moved_to;
}

struct StepList {
  std::vector<Step> steps;
  std::vector<int> moved_to;  // see FindMovedActivations
};

StepList MakeSteps(std::span<const Node> nodes, bool fusion) {
  if (nodes.empty()) Fail("network: expected at least one layer, found none");
  const std::vector<std::vector<int>> readers = Readers(nodes);
  StepList list{.steps = {}, .moved_to = std::vector<int>(nodes.size(), kNotMoved)};
  if (fusion) list.moved_to = FindMovedActivations(nodes, readers);
  std::vector<Activation> moved_here(nodes.size(), Activation::kNone);
  std::vector<bool> fused(nodes.size());
  for (size_t node = 0; node < nodes.size(); ++node) {
    if (readers[node].empty() && node + 1 < nodes.size()) {
      Fail("{}: its output is not used; only the last layer is the network's output",
           nodes[node].where());
    }
    if (list.moved_to[node] != kNotMoved) {
      moved_here[static_cast<size_t>(list.moved_to[node])] = nodes[node].layer->AsActivation();
      continue;
    }
    if (fused[node]) continue;
    const int number = static_cast<int>(node);
    Step step{.node = number, .output_node = number, .activation = moved_here[node]};
    if (fusion && step.activation == Activation::kNone && readers[node].size() == 1) {
      const int next = readers[node][0];
      const Activation activation = nodes[static_cast<size_t>(next)].layer->AsActivation();
      if (activation != Activation::kNone &&
          list.moved_to[static_cast<size_t>(next)] == kNotMoved &&
          nodes[node].layer->CanFuse(activation)) {
        step.output_node = next;
        step.activation = activation;
        fused[static_cast<size_t>(next)] = true;
      }
    }
    list.steps.push_back(step);
  }
  return list;
}

// Builds the plan for one network step by step; see MakeExecutionPlan.
template <typename T>
class Planner {
 public:
  Planner(const BasicNetwork<T>& network, const WorkspaceOptions& options, int threads)
      : network_(network), options_(options), threads_(threads) {}

  ExecutionPlan Make() {
    const StepList list = MakeSteps(network_.nodes(), options_.fusion);
    for (const Step& step : list.steps) plan_.steps.emplace_back().step = step;
    FindUses(list.moved_to);
    for (int step = 0; step < step_count(); ++step) PlanForward(step);
    if (options_.training) {
      for (int step = step_count() - 1; step >= 0; --step) HandOverWinners(step);
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
    const int64_t saved = node(step).layer->SavedBytes(options_.max_batch);
    if (options_.training && saved > 0) {
      planned(step).saved = AddBuffer(saved, step, BackwardTime(step));
    }
  }

  // Lets steps take the winners of the max pooling behind them.
  void HandOverWinners(int step) {
    planned(step).layer_runs_backward = planned(step).runs_backward;
    const std::vector<Use>& uses = uses_[static_cast<size_t>(step)];
    if (!std::is_same_v<T, float> || !options_.fusion || options_.frozen) return;
    if (!planned(step).runs_backward || uses.size() != 1) return;
    const int pooling = uses[0].step;
    if (!node(pooling).layer->SavesWinners() ||
        planned(step).step.activation != Activation::kNone) {
      return;
    }
    const Shape& pooled = node(pooling).info.output;
    if (!node(step).layer->CanTakeWinners(pooled.elements() / pooled[0])) return;
    planned(step).winners_step = pooling;
    planned(pooling).hands_over_winners = true;
    planned(pooling).layer_runs_backward = WantsInputGradient(step);
    plan_.buffers[static_cast<size_t>(planned(pooling).saved)].last = BackwardTime(step);
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
      planned(step).d_output = AddBuffer(BatchBytes(shape), step_count(), LastUseOfGradient(step));
    } else if (planned(step).runs_backward &&
               (planned(step).winners_step == kNoStep || WantsInputGradient(step))) {
      const Shape& shape = network_.shape_of(planned(step).step.output_node);
      PlanGradient(uses_[static_cast<size_t>(step)], shape, LastUseOfGradient(step),
                   &planned(step).d_output);
    }
  }

  // When the gradient of a step's output is read for the last time: by the step itself, or by the
  // one before it that it is handed over to.
  int LastUseOfGradient(int step) {
    return BackwardTime(planned(step).hands_over_winners ? planned(step).input_steps[0] : step);
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
      size = std::max(size, node(step).layer->ScratchBytes(options_.max_batch, threads_));
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

template <typename T>
ExecutionPlan MakeExecutionPlan(const BasicNetwork<T>& network, const WorkspaceOptions& options,
                                int threads) {
  return Planner<T>(network, options, threads).Make();
}

template ExecutionPlan MakeExecutionPlan(const BasicNetwork<float>&, const WorkspaceOptions&, int);
template ExecutionPlan MakeExecutionPlan(const BasicNetwork<double>&, const WorkspaceOptions&, int);

}  // namespace ocellus
