// How a network runs: forward through its steps, backward through the same steps in reverse.
#include <algorithm>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"
#include "ocellus/kernels/add.h"
#include "ocellus/kernels/relu.h"
#include "ocellus/network/network.h"
#include "ocellus/network/workspace.h"
#include "ocellus/reference/add_reference.h"
#include "ocellus/reference/relu_reference.h"

namespace ocellus {
namespace {

void Accumulate(TensorView<const float> term, TensorView<float> sum, const KernelContext& context) {
  AccumulateAdd(term, sum, context);
}

void Accumulate(TensorView<const double> term, TensorView<double> sum, const KernelContext&) {
  reference::AccumulateAdd(term, sum);
}

// Turns the gradient behind a fused activation into the one before it, in place.
void UndoActivation(Activation activation, TensorView<const float> output,
                    TensorView<float> d_output, const KernelContext& context) {
  if (activation == Activation::kRelu) ReluInputGradient(output, d_output, d_output, context);
}

void UndoActivation(Activation activation, TensorView<const double> output,
                    TensorView<double> d_output, const KernelContext&) {
  if (activation == Activation::kRelu) reference::ReluInputGradient(output, d_output, d_output);
}

}  // namespace

template <typename T>
void BasicNetwork<T>::Forward(TensorView<const T> input, Workspace<T>& workspace) const {
  Forward(input, workspace, [](int, TensorView<const T>) {});
}

template <typename T>
void BasicNetwork<T>::Forward(TensorView<const T> input, Workspace<T>& workspace,
                              ForwardObserver<T> observer) const {
  OCELLUS_CHECK(&workspace.network_ == this, "a workspace belongs to one network");
  if (!has_parameter_values()) {
    Fail("network: the parameters have no values; initialise them or load a model first");
  }
  const Shape& shape = input.shape();
  if (shape.rank() != input_shape_.rank() + 1 || shape.Sample() != input_shape_ ||
      shape[0] > workspace.max_batch()) {
    Fail("network: expected a batch of 1 to {} samples of shape {}, found shape {}",
         workspace.max_batch(), input_shape_.ToString(), shape.ToString());
  }
  workspace.Bind(input);
  for (size_t s = 0; s < workspace.steps_.size(); ++s) {
    const Step& step = workspace.plan_.steps[s].step;
    const auto& bound = workspace.steps_[s];
    LayerOf(step, nodes_)
        .Forward(ForwardPass<T>{.inputs = bound.inputs,
                                .parameters = bound.parameters,
                                .output = bound.output,
                                .activation = step.activation,
                                .packed = bound.packed,
                                .saved = bound.saved,
                                .training = workspace.TrainingKey(step.node),
                                .context = workspace.ContextOf(workspace.plan_.steps[s])});
    observer(step.output_node, bound.output);
  }
}

template <typename T>
void BasicNetwork<T>::Backward(Workspace<T>& workspace) const {
  Backward(workspace, [](int, TensorView<const T>) {});
}

template <typename T>
void BasicNetwork<T>::Backward(Workspace<T>& workspace, BackwardObserver<T> observer) const {
  OCELLUS_CHECK(&workspace.network_ == this, "a workspace belongs to one network");
  OCELLUS_CHECK(workspace.batch_ > 0, "Backward before Forward");
  OCELLUS_CHECK(workspace.options_.training, "Backward in a workspace for prediction");
  if (workspace.d_parameters_.size() == 0 && !slots_.empty()) {
    Fail("network: expected a workspace for training that was made when the parameters had values");
  }
  const bool clears = std::exchange(workspace.clear_is_due_, false);
  for (size_t s = workspace.steps_.size(); s-- > 0;) {
    const PlannedStep& planned = workspace.plan_.steps[s];
    if (!planned.runs_backward) continue;
    const auto& bound = workspace.steps_[s];
    const KernelContext context = workspace.ContextOf(planned);
    observer(planned.step.output_node, bound.d_output);
    UndoActivation(planned.step.activation, bound.output, bound.d_output, context);
    const Layer& layer = LayerOf(planned.step, nodes_);
    const bool overwrites = clears && layer.CanOverwriteGradients();
    if (clears && !overwrites) {
      // Here, not for all layers at once: what the layer is about to add to is then in the cache.
      for (const TensorView<T>& d_parameter : bound.d_parameters) d_parameter.Fill(T{0});
    }
    layer.Backward(BackwardPass<T>{.inputs = bound.inputs,
                                   .parameters = bound.parameters,
                                   .output = bound.output,
                                   .d_output = bound.d_output,
                                   .d_inputs = bound.d_inputs,
                                   .d_parameters = bound.d_parameters,
                                   .overwrites_d_parameters = overwrites,
                                   .saved = bound.saved,
                                   .training = workspace.TrainingKey(planned.step.node),
                                   .context = context});
    for (size_t i = 0; i < bound.d_inputs.size(); ++i) {
      if (!planned.d_input_is_added[i]) continue;
      const int source = planned.input_steps[i];
      Accumulate(bound.d_inputs[i],
                 source == kNetworkInput
                     ? workspace.View(workspace.plan_.d_network_input, input_shape_)
                     : workspace.steps_[static_cast<size_t>(source)].d_output,
                 context);
    }
  }
}

template <typename T>
Tensor<T> BasicNetwork<T>::Predict(TensorView<const T> input) const {
  constexpr int64_t kMaxBatch = 100;
  if (input.shape().rank() == 0) Fail("network: expected a batch of samples, found a scalar");
  const int64_t count = input.shape()[0];
  // Packing takes longer than it saves in one pass.
  Workspace<T> workspace(
      *this, {.max_batch = std::min(count, kMaxBatch), .constant_parameters = count > kMaxBatch});
  Tensor<T> output(output_shape().Batch(count));
  for (int64_t first = 0; first < count; first += kMaxBatch) {
    const int64_t n = std::min(kMaxBatch, count - first);
    Forward(input.Samples(first, n), workspace);
    std::ranges::copy(workspace.output().span(), output.view().Samples(first, n).data());
  }
  return output;
}

template void BasicNetwork<float>::Forward(TensorView<const float>, Workspace<float>&) const;
template void BasicNetwork<double>::Forward(TensorView<const double>, Workspace<double>&) const;
template void BasicNetwork<float>::Forward(TensorView<const float>, Workspace<float>&,
                                           ForwardObserver<float>) const;
template void BasicNetwork<double>::Forward(TensorView<const double>, Workspace<double>&,
                                            ForwardObserver<double>) const;
template void BasicNetwork<float>::Backward(Workspace<float>&) const;
template void BasicNetwork<double>::Backward(Workspace<double>&) const;
template void BasicNetwork<float>::Backward(Workspace<float>&, BackwardObserver<float>) const;
template void BasicNetwork<double>::Backward(Workspace<double>&, BackwardObserver<double>) const;
template Tensor<float> BasicNetwork<float>::Predict(TensorView<const float>) const;
template Tensor<double> BasicNetwork<double>::Predict(TensorView<const double>) const;

}  // namespace ocellus
