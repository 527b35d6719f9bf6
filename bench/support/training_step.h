// A training step as every contestant does it: forward, softmax with cross entropy, backward, Adam.
#pragma once

#include <cstdint>

#include "bench/support/random_batch.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/network.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/optimizer.h"

namespace ocellus::bench {

// A network with all that a training step needs.
class TrainingStep {
 public:
  // `options` are those of the workspace, but for the batch.
  TrainingStep(Network& network, const Batch& batch, WorkspaceOptions options)
      : network_(network),
        batch_(batch),
        workspace_(network, WithBatch(options, batch.size())),
        optimizer_(Adam{.learning_rate = kLearningRate},
                   static_cast<int64_t>(network.parameter_values().size())) {}

  Workspace<float>& workspace() { return workspace_; }

  // Returns the loss.
  double ForwardAndBackward() {
    network_.Forward(batch_.images, workspace_);
    const TensorView<float> d_scores = workspace_.d_output();
    const SoftmaxWithLoss<float> last_layer;
    const double loss =
        last_layer.Forward(workspace_.output(), batch_.labels, d_scores, workspace_.context());
    last_layer.Backward(d_scores, batch_.labels, d_scores, workspace_.context());
    workspace_.ClearGradients();
    network_.Backward(workspace_);
    return loss;
  }

  void Run() {
    ForwardAndBackward();
    optimizer_.Update(workspace_.d_parameters(), network_.parameter_values(), workspace_.context());
  }

 private:
  // So small that parameters stay what they are; then every repetition does the same work.
  static constexpr double kLearningRate = 1e-12;

  static WorkspaceOptions WithBatch(WorkspaceOptions options, int64_t batch) {
    options.max_batch = batch;
    options.training = true;
    return options;
  }

  Network& network_;
  const Batch& batch_;
  Workspace<float> workspace_;
  Optimizer optimizer_;
};

}  // namespace ocellus::bench
