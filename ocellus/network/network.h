// A network: a directed graph of layers with their parameters.
//
//   Network net({1, 28, 28});                      // the shape of one sample: C, H, W
//   net.Add(Convolution{.filters = 30, .kernel_size = 5}).Add(Relu{})
//      .Add(MaxPooling{.window = 2}).Add(Affine{.units = 10});
//   net.Initialize(/*seed=*/1);
//   Tensor<float> scores = net.Predict(images);    // N x 1 x 28 x 28 -> N x 10
//
// Add checks shapes at once and names the layer in its errors. Layers form a chain unless `inputs`
// says otherwise; the last one added is the output. The structure is complete when parameters get
// their first values (Initialize or SetParameter); from then on Add is refused.
//
// Network computes in float. BasicNetwork<double> is the same network in double precision with the
// plain reference operations: the oracle of the tests and of the gradient check.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/base/function_ref.h"
#include "ocellus/layers/layer.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

template <typename T>
class Workspace;

// How a layer is connected. Both have defaults.
struct Connection {
  std::string name = {};                 // "" stands for the layer's label with a number: "conv1"
  std::vector<std::string> inputs = {};  // empty: the layer added before, or "input" for the first
};

// The number of a node that stands for the network's own input.
inline constexpr int kNetworkInput = -1;

// One layer of a network and where it gets its inputs from.
struct Node {
  std::string name;
  std::unique_ptr<Layer> layer;
  std::vector<int> inputs;  // node numbers, all below the node's own, or kNetworkInput
  LayerInfo info;
  int first_parameter = 0;  // its parameters are first_parameter, first_parameter + 1, ...

  std::string where() const { return name + " (" + layer->type() + ")"; }
};

// A parameter of a network: where its values stand among all values, one parameter after the other.
struct ParameterSlot {
  std::string name;  // "conv1.weights"
  int node = 0;
  ParameterInfo info;
  int64_t offset = 0;
};

// What an observer is shown after each step of a forward pass: the number of the node whose output
// has just been computed, and the output of the whole batch.
template <typename T>
using ForwardObserver = FunctionRef<void(int node, TensorView<const T> output)>;

// What an observer is shown before each step of a backward pass: the number of a node, and the
// gradient of the loss with respect to its output, complete.
template <typename T>
using BackwardObserver = FunctionRef<void(int node, TensorView<const T> d_output)>;

template <typename T>
class BasicNetwork {
 public:
  // Takes the shape of one sample, usually C, H, W.
  explicit BasicNetwork(const Shape& input_shape);

  // Adds a layer, given by its options (such as Convolution{...}) or as an object. Throws Error if
  // the layer does not take its inputs' shapes, an initialiser is out of range, an input is
  // unknown, the name is taken or has control characters, or there are too many parameters.
  template <typename Options>
  requires requires(const Options& options) { MakeLayer(options); }
  BasicNetwork& Add(const Options& options, const Connection& connection = {}) {
    return Add(MakeLayer(options), connection);
  }
  BasicNetwork& Add(std::unique_ptr<Layer> layer, const Connection& connection = {});

  // The same network, parameters included, in another precision.
  template <typename U>
  BasicNetwork<U> ConvertTo() const;
  BasicNetwork Clone() const { return ConvertTo<T>(); }

  // Shapes of one sample.
  const Shape& input_shape() const { return input_shape_; }
  const Shape& output_shape() const { return shape_of(static_cast<int>(nodes_.size()) - 1); }
  const Shape& shape_of(int node) const;

  // The layers, each behind all its inputs.
  std::span<const Node> nodes() const { return nodes_; }
  const std::string& name_of(int node) const;
  // Throws Error, which names the layer, if the output of one is not used: only that of the last
  // one is the network's.
  void CheckOutputsAreUsed() const;
  // The number of the node with this name. Throws Error, with a suggestion, if there is none.
  int FindNode(std::string_view name) const;

  // Parameters, in the order of their layers.
  std::span<const ParameterSlot> parameters() const { return slots_; }
  // The number of values of all trained parameters together (not of statistics).
  int64_t parameter_count() const;
  // The number of a parameter. Throws Error, with a suggestion, if there is none of this name.
  int FindParameter(std::string_view name) const;
  TensorView<T> parameter(int index);
  TensorView<const T> parameter(int index) const;
  // All values as one array, in which parameters are aligned to 64 bytes; what lies between them is
  // 0 and stays 0 under every optimizer.
  std::span<T> parameter_values();
  std::span<const T> parameter_values() const;

  // Whether the network can run: always, if it has no parameters.
  bool has_parameter_values() const { return values_.has_value() || slots_.empty(); }
  // Gives every parameter its initial values: the same for the same seed.
  void Initialize(uint64_t seed);
  // Overwrites one parameter. Throws Error if its shape is another. Parameters that never had a
  // value are then NaN, so that a network which was only half filled cannot seem to work.
  void SetParameter(int index, TensorView<const T> values);

  // Brings statistics (ParameterRole::kStatistics) up to date, given workspace.d_parameters() after
  // Backward, and sets what belongs to them there to 0, so that no optimizer sees it. For each step
  // of a training, before the optimizer.
  void UpdateStatistics(std::span<T> d_parameters);

  // Computes the output for a batch: input is n x input_shape, 1 <= n <= workspace.max_batch(). The
  // result is workspace.output(). Throws Error if the shape is wrong or parameters have no values.
  // The observer, if there is one, sees each output before its memory is used again.
  void Forward(TensorView<const T> input, Workspace<T>& workspace) const;
  void Forward(TensorView<const T> input, Workspace<T>& workspace,
               ForwardObserver<T> observer) const;

  // To be called after Forward, with workspace.d_output() filled in (it is destroyed). Adds the
  // gradients of all parameters to workspace.d_parameters(); the input of Forward must still be
  // there. The workspace must have been made for training. Throws Error if it was made before the
  // parameters had values.
  // The observer, if there is one, sees the gradient of each node that the plan makes an output of
  // a step (all of them without fusion), before its memory is used again.
  void Backward(Workspace<T>& workspace) const;
  void Backward(Workspace<T>& workspace, BackwardObserver<T> observer) const;

  // Computes the output for a batch of any size, in a workspace of its own.
  Tensor<T> Predict(TensorView<const T> input) const;

 private:
  template <typename U>
  friend class BasicNetwork;

  void AllocateParameters();

  Shape input_shape_;
  std::vector<Node> nodes_;
  std::vector<ParameterSlot> slots_;
  int64_t values_size_ = 0;
  std::optional<AlignedBuffer<T>> values_;
};

using Network = BasicNetwork<float>;

}  // namespace ocellus
