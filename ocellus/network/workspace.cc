// Memory for a plan, and views into it.
#include "ocellus/network/workspace.h"

#include <algorithm>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"
#include "ocellus/kernels/simd_target.h"

namespace ocellus {
namespace {

constexpr uint64_t kLayerStream = uint64_t{1} << 63;
constexpr int kLayerStreamNodeBits = 20;

WorkspaceOptions CheckOptions(const WorkspaceOptions& options) {
  if (options.max_batch < 1) {
    Fail("workspace: batch size: expected 1 or more, found {}", options.max_batch);
  }
  if (options.input_gradient && !options.training) {
    Fail("workspace: the gradient of the input needs a workspace for training");
  }
  if (options.constant_parameters && options.training) {
    Fail("workspace: parameters are not constant in a workspace for training");
  }
  return options;
}

}  // namespace

template <typename T>
Workspace<T>::Workspace(const BasicNetwork<T>& network, const WorkspaceOptions& options)
    : network_(network),
      options_(CheckOptions(options)),
      pool_(options.pool != nullptr ? options.pool : &DefaultThreadPool()),
      plan_(MakeExecutionPlan(network, options_, pool_->threads())),
      memory_(plan_.memory.size_bytes) {
  if (options_.training && network.has_parameter_values()) {
    d_parameters_ = AlignedBuffer<T>(static_cast<int64_t>(network.parameter_values().size()));
    std::ranges::fill(d_parameters_.span(), T{0});
  }
  scratch_ = BytesOf(plan_.scratch);
  for (const PlannedStep& planned : plan_.steps) {
    const Node& node = network.nodes()[static_cast<size_t>(planned.step.node)];
    BoundStep& bound = steps_.emplace_back();
    bound.inputs.resize(node.inputs.size());
    bound.d_inputs.resize(node.inputs.size());
    bound.parameters.resize(node.info.parameters.size());
    for (size_t i = 0; i < node.info.parameters.size() && !d_parameters_.span().empty(); ++i) {
      bound.d_parameters.push_back(GradientView(node.first_parameter + static_cast<int>(i)));
    }
  }
}

template <typename T>
int64_t Workspace<T>::size_bytes() const {
  return memory_.size() + d_parameters_.size() * static_cast<int64_t>(sizeof(T));
}

template <typename T>
std::span<std::byte> Workspace<T>::BytesOf(int buffer) {
  if (buffer == kNoBuffer) return {};
  const auto number = static_cast<size_t>(buffer);
  return memory_.span().subspan(static_cast<size_t>(plan_.memory.offsets[number]),
                                static_cast<size_t>(plan_.buffers[number].size_bytes));
}

template <typename T>
TensorView<T> Workspace<T>::View(int buffer, const Shape& sample) const {
  if (buffer == kNoBuffer) return {};
  auto* bytes = const_cast<std::byte*>(memory_.data());
  return {reinterpret_cast<T*>(bytes + plan_.memory.offsets[static_cast<size_t>(buffer)]),
          sample.Batch(batch_)};
}

template <typename T>
void Workspace<T>::Bind(TensorView<const T> input) {
  const bool same_batch = input.shape()[0] == batch_;
  batch_ = input.shape()[0];
  for (size_t s = 0; s < steps_.size(); ++s) {
    const PlannedStep& planned = plan_.steps[s];
    const Node& node = network_.nodes()[static_cast<size_t>(planned.step.node)];
    BoundStep& bound = steps_[s];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (planned.input_steps[i] == kNetworkInput) bound.inputs[i] = input;
    }
    for (size_t i = 0; i < bound.parameters.size(); ++i) {
      bound.parameters[i] = network_.parameter(node.first_parameter + static_cast<int>(i));
    }
    if (same_batch) continue;

    const Shape& output_shape = network_.shape_of(planned.step.output_node);
    bound.output = View(planned.output, output_shape);
    bound.d_output = View(planned.d_output, output_shape);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const int source = planned.input_steps[i];
      if (source != kNetworkInput) bound.inputs[i] = steps_[static_cast<size_t>(source)].output;
      if (options_.training) {
        bound.d_inputs[i] = View(planned.d_inputs[i], network_.shape_of(node.inputs[i]));
      }
    }
    if (planned.saved != kNoBuffer) {
      const Layer& layer = LayerOf(planned.step, network_.nodes());
      bound.saved = BytesOf(planned.saved).first(static_cast<size_t>(layer.SavedBytes(batch_)));
    }
  }
  PackParameters();
}

template <typename T>
void Workspace<T>::PackParameters() {
  if constexpr (std::is_same_v<T, float>) {
    if (!options_.constant_parameters || packed_for_ == SimdTargetChoices()) return;
    for (size_t s = 0; s < steps_.size(); ++s) {
      const PlannedStep& planned = plan_.steps[s];
      if (planned.packed == kNoBuffer) continue;
      const std::span<std::byte> packed = BytesOf(planned.packed);
      LayerOf(planned.step, network_.nodes()).PackParameters(steps_[s].parameters, packed, *pool_);
      steps_[s].packed = packed;
    }
    packed_for_ = SimdTargetChoices();
  }
}

template <typename T>
void Workspace<T>::set_step(uint64_t seed, int64_t step) {
  OCELLUS_CHECK(options_.training, "set_step in a workspace for prediction");
  seed_ = seed;
  step_ = step;
}

template <typename T>
std::optional<RandomKey> Workspace<T>::TrainingKey(int node) const {
  if (!options_.training || options_.frozen) return std::nullopt;
  // Streams of their own: initial values use those from 0, the order of samples those from 2^32.
  const uint64_t stream = kLayerStream + (static_cast<uint64_t>(step_) << kLayerStreamNodeBits) +
                          static_cast<uint64_t>(node);
  return RandomKey{seed_, stream};
}

template <typename T>
TensorView<T> Workspace<T>::output() const {
  OCELLUS_CHECK(batch_ > 0, "output() before Forward");
  return steps_.back().output;
}

template <typename T>
TensorView<T> Workspace<T>::d_output() const {
  OCELLUS_CHECK(batch_ > 0 && options_.training, "d_output() before Forward or not for training");
  return steps_.back().d_output;
}

template <typename T>
TensorView<const T> Workspace<T>::d_input() const {
  OCELLUS_CHECK(batch_ > 0 && options_.input_gradient, "workspace has no gradient of the input");
  return View(plan_.d_network_input, network_.input_shape());
}

template <typename T>
std::span<T> Workspace<T>::d_parameters() {
  if (std::exchange(clear_is_due_, false)) std::ranges::fill(d_parameters_.span(), T{0});
  return d_parameters_.span();
}

template <typename T>
TensorView<T> Workspace<T>::d_parameter(int index) {
  d_parameters();
  return GradientView(index);
}

template <typename T>
TensorView<T> Workspace<T>::GradientView(int index) {
  const ParameterSlot& slot = network_.parameters()[static_cast<size_t>(index)];
  OCELLUS_CHECK(options_.training && d_parameters_.size() > 0, "{}: no gradient here", slot.name);
  return {d_parameters_.data() + slot.offset, slot.info.shape};
}

template class Workspace<float>;
template class Workspace<double>;

}  // namespace ocellus
