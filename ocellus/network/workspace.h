// The memory in which a network runs: activations, gradients, packed parameters, scratch. Planned
// once for the largest batch; after that neither Forward nor Backward allocates.
//
//   Workspace<float> workspace(network, {.max_batch = 100, .training = true});
//   network.Forward(images, workspace);                        // up to 100 images
//   loss.Backward(probabilities, labels, workspace.d_output(), workspace.context());
//   workspace.ClearGradients();
//   network.Backward(workspace);                               // adds to workspace.d_parameters()
//
// Any number of threads may run the same const network, each with a workspace of its own. The
// network must outlive its workspaces and may be trained meanwhile, but no layer may be added.
//
// Whoever predicts again and again while nothing changes the parameters, says so: layers then pack
// them once, and single images are predicted up to a third faster.
//
//   Workspace<float> predictor(network, {.max_batch = 1, .constant_parameters = true});
//   network.Forward(image, predictor);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/network/execution_plan.h"
#include "ocellus/network/network.h"

namespace ocellus {

template <typename T>
class Workspace {
 public:
  // Plans and takes the memory. Throws Error if max_batch is below 1 or the network is not
  // complete.
  Workspace(const BasicNetwork<T>& network, const WorkspaceOptions& options);

  int64_t max_batch() const { return options_.max_batch; }
  ThreadPool& pool() const { return *pool_; }
  const ExecutionPlan& plan() const { return plan_; }

  // The memory for all but the parameters' gradients; and with them.
  int64_t activation_bytes() const { return memory_.size(); }
  int64_t size_bytes() const;

  // In training: the step that the passes to come belong to. Layers draw random numbers that are a
  // function of seed and step (0 and 0 at first).
  void set_step(uint64_t seed, int64_t step);

  // The output of the last Forward: n x output_shape.
  TensorView<T> output() const;

  // The gradient of the loss with respect to the output, for the batch of the last Forward: to be
  // filled in before Backward, which destroys it. Only in training.
  TensorView<T> d_output() const;

  // The gradient with respect to the input, after Backward. Only with input_gradient.
  TensorView<const T> d_input() const;

  // Gradients of all parameters, laid out as BasicNetwork::parameter_values. Only in training.
  std::span<T> d_parameters();
  TensorView<T> d_parameter(int index);
  // Makes them 0 before the next Backward adds to them or anybody reads them.
  void ClearGradients() { clear_is_due_ = true; }

  // What a loss behind the network may use.
  KernelContext context() const { return {*pool_, scratch_}; }

 private:
  friend class BasicNetwork<T>;

  // A step with views of its memory for the current batch.
  struct BoundStep {
    std::vector<TensorView<const T>> inputs;
    std::vector<TensorView<const T>> parameters;
    TensorView<T> output;
    TensorView<T> d_output;
    std::vector<TensorView<T>> d_inputs;
    std::vector<TensorView<T>> d_parameters;
    std::span<std::byte> saved;
    std::span<std::byte> packed;
  };

  // What a step may use for the current batch.
  KernelContext ContextOf(const PlannedStep& step) const {
    const bool shares = batch_ > 1 || step.work.IsSharedForOneSample(options_.training);
    return {shares ? *pool_ : SerialThreadPool(), scratch_};
  }

  // Makes all views fit the batch that `input` is. Does not allocate.
  void Bind(TensorView<const T> input);
  TensorView<T> View(int buffer, const Shape& sample) const;
  std::span<std::byte> BytesOf(int buffer);  // empty if there is none

  // Lets the layers pack their parameters if these are constant, unless they have done so.
  void PackParameters();

  // The random numbers of a layer in the current step; empty if it is to behave as in prediction.
  std::optional<RandomKey> TrainingKey(int node) const;

  // The gradient of a parameter, as it is in memory.
  TensorView<T> GradientView(int index);

  const BasicNetwork<T>& network_;
  WorkspaceOptions options_;
  ThreadPool* pool_;
  ExecutionPlan plan_;
  AlignedBuffer<std::byte> memory_;
  AlignedBuffer<T> d_parameters_;
  bool clear_is_due_ = false;  // whether d_parameters_ count as 0, whatever is there
  std::span<std::byte> scratch_;
  std::vector<BoundStep> steps_;
  int64_t packed_for_ = -1;  // SimdTargetChoices() when parameters were packed
  int64_t batch_ = 0;        // of the last Forward; 0 before the first
  uint64_t seed_ = 0;
  int64_t step_ = 0;
};

}  // namespace ocellus
