// In which steps a network runs, and what must be kept in memory from when to when.
//
// Most layers are a step of their own; an activation whose only input comes from a layer that can
// apply it in passing is fused into that layer's step. Before that, an activation in front of max
// pooling is moved behind it, where there are fewer elements, forward and backward: the largest of
// max(x, 0) is max(largest x, 0). These change no result.
//
// Then, in float, a convolution and the max pooling that alone reads it become one step, where one
// layer does both faster (Layer::FuseWith): what lies between them is no buffer of the plan.
// In training that changes the order in which gradients of parameters are added up, and nothing
// else.
//
// Time runs in the order of execution: forward steps 0 to S-1, the loss at S, then in training the
// backward steps from the last to the first, so that step s runs backward at 2S - s.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ocellus/network/memory_plan.h"
#include "ocellus/network/network.h"

namespace ocellus {

// What a workspace is for.
struct WorkspaceOptions {
  int64_t max_batch = 1;        // the largest batch that will come
  bool training = false;        // whether Backward will be called
  bool input_gradient = false;  // whether Backward computes the gradient of the input as well
  bool frozen = false;          // in training: whether layers behave as in prediction all the same
                                // (Dropout passes everything on), to look into a network
  bool constant_parameters = false;  // in prediction: a promise that parameters keep the values
                                     // that they have in the first Forward, so that layers can pack
                                     // them once; takes memory, and pays from the second one on
  bool fusion = true;                // whether layers may be fused; without, each node is a step
  ThreadPool* pool = nullptr;        // threads to use; nullptr: one pool for the whole process
};

inline constexpr int kNoNode = -1;

// One step: the layer of `node`, whose result is the output of `output_node`. Without fusion both
// are the same. `output_node` is the activation that is applied in passing, unless that was moved
// behind the layer from in front of it; or the last of the layers that are fused.
struct Step {
  int node = 0;
  int output_node = 0;
  Activation activation = Activation::kNone;

  // The layer that runs instead of the node's own and does what that of `second_node` does as well;
  // or none.
  std::shared_ptr<const Layer> fused_layer = nullptr;
  int second_node = kNoNode;
};

// The layer that runs in a step of a network with these nodes.
const Layer& LayerOf(const Step& step, std::span<const Node> nodes);

// One place where an output is used: input number `input` of step `step`.
struct Use {
  int step = 0;
  int input = 0;
};

// How much a step has to do for one sample.
struct StepWork {
  int64_t multiply_adds = 0;  // of one forward pass
  int64_t elements = 0;       // of the largest input or output
  int64_t parameters = 0;

  // Whether more than one thread should do it for one sample. Two that share a small step gain
  // little, as each waits for what the other has in its cache, and leave the result and the
  // gradients in two caches, which costs a training step more than that; so less is shared there
  // than in prediction. Samples of a batch are shared with gain.
  bool IsSharedForOneSample(bool training) const;
};

// A step, its memory, and what happens to its gradients. A buffer number of kNoBuffer means that
// there is none.
inline constexpr int kNoBuffer = -1;

struct PlannedStep {
  Step step;
  int output = kNoBuffer;
  int d_output = kNoBuffer;
  int saved = kNoBuffer;
  int packed = kNoBuffer;
  // For each input: the step that computes it (kNetworkInput: none), and where its gradient goes.
  // If the input is used by several steps, the one that runs backward first overwrites the gradient
  // and each of the others writes into a buffer of its own, which is then added.
  std::vector<int> input_steps;
  std::vector<int> d_inputs;
  std::vector<bool> d_input_is_added;
  bool runs_backward = false;
  StepWork work;
};

struct ExecutionPlan {
  std::vector<PlannedStep> steps;
  std::vector<BufferLife> buffers;
  MemoryPlan memory;
  int scratch = kNoBuffer;
  int d_network_input = kNoBuffer;
};

// Works out steps and memory for a network that computes in T on `threads` threads. Throws Error if
// the network has no layers or the output of a layer is not used.
template <typename T>
ExecutionPlan MakeExecutionPlan(const BasicNetwork<T>& network, const WorkspaceOptions& options,
                                int threads);

}  // namespace ocellus
