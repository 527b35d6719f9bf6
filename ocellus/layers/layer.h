// What a layer is: shapes in, shape out, parameters, forward and backward, in two precisions.
//
// A layer's life:
//   1. It is made from its options, as by MakeLayer(Convolution{.filters = 30, .kernel_size = 5}).
//   2. Prepare checks the input shapes, remembers them, and says what the layer needs.
//   3. Forward and Backward run, as often as wanted, in float (fast kernels) or double (reference).
//
// A layer holds no numbers: parameters belong to the network, activations and gradients to a
// workspace. After Prepare it is only read, so any number of threads may run it at the same time.
//
// To write a layer of your own, derive from TypedLayer (below); docs/architecture.md shows how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/base/json_fwd.h"
#include "ocellus/kernels/kernel_context.h"
#include "ocellus/layers/initializer.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/shape.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// What training does to a parameter.
enum class ParameterRole {
  kWeights,     // changed by the optimizer
  kBiases,      // likewise, but weight decay leaves it alone unless asked: anything that shifts or
                // scales a whole map
  kStatistics,  // measured in training and used in prediction, such as a running mean; no optimizer
                // touches it. Backward adds to its "gradient" what UpdateStatistics subtracts.
};

// A parameter as its layer declares it.
struct ParameterInfo {
  std::string name;  // such as "weights" or "biases"; unique within the layer
  Shape shape;
  Initializer initializer = {};
  int64_t fan_in = 1;  // how many inputs one output sums, for the initialiser
  ParameterRole role = ParameterRole::kWeights;
  int64_t fan_out = 1;  // how many outputs one input goes into, likewise

  bool is_trained() const { return role != ParameterRole::kStatistics; }
};

// What a layer says about itself once it knows its input shapes. Shapes are those of one sample.
struct LayerInfo {
  Shape output;
  std::vector<ParameterInfo> parameters = {};
  int64_t multiply_adds = 0;  // of one forward pass, for one sample; if there are few, and few
                              // elements, one thread does one sample (StepWork)

  // What Backward reads besides d_output; the memory plan keeps nothing else alive for it.
  bool backward_reads_input = true;
  bool backward_reads_output = false;

  // Which elements of its input images output (y, x) reads in prediction: those in its window, in
  // any channel; an elementwise layer has a window of one element, Window{}. Empty: it may read
  // all.
  std::optional<Window> window = std::nullopt;
};

// Where the random numbers of one layer in one step of a training come from: Random(seed, stream).
struct RandomKey {
  uint64_t seed = 0;
  uint64_t stream = 0;
};

// Operands of a forward pass over a batch of n samples.
template <typename T>
struct ForwardPass {
  std::span<const TensorView<const T>> inputs;      // n x each input shape
  std::span<const TensorView<const T>> parameters;  // in the order of LayerInfo::parameters
  TensorView<T> output;                             // n x the output shape; overwritten

  // To be applied to the output. kNone unless the layer's CanFuse says that it takes it.
  Activation activation = Activation::kNone;

  // What PackParameters has made of these parameters; empty if nobody has called it.
  std::span<const std::byte> packed = {};

  // SavedBytes(n) bytes that Backward will see again; empty when there will be no Backward.
  std::span<std::byte> saved;

  // Empty in prediction. While a network learns, some layers do something else (Dropout,
  // BatchNorm), and this is where their random numbers come from: equal for equal seed and step.
  std::optional<RandomKey> training;

  KernelContext context;  // with ScratchBytes(n, threads) bytes of scratch memory
};

// Operands of a backward pass over the batch of the forward pass before it.
template <typename T>
struct BackwardPass {
  std::span<const TensorView<const T>> inputs;  // valid only if backward_reads_input
  std::span<const TensorView<const T>> parameters;
  TensorView<const T> output;    // valid only if backward_reads_output
  TensorView<const T> d_output;  // gradient of the loss with respect to the output

  std::span<const TensorView<T>> d_inputs;      // overwritten; an empty() view is not wanted
  std::span<const TensorView<T>> d_parameters;  // added to

  // Instead, d_parameters are to be overwritten, whatever is there. Never, unless the layer's
  // CanOverwriteGradients says that it does that.
  bool overwrites_d_parameters = false;

  std::span<const std::byte> saved;
  std::optional<RandomKey> training;  // as in the forward pass
  KernelContext context;
};

// The biases of a layer whose parameters are weights and, if it has any, biases; or an empty view.
template <typename View>
View BiasesOf(std::span<const View> parameters) {
  return parameters.size() > 1 ? parameters[1] : View();
}

// What a max pooling saves: for each element of its output, the index of the
// element of the input map that won.
std::span<int32_t> WinnersIn(std::span<std::byte> saved);
std::span<const int32_t> WinnersIn(std::span<const std::byte> saved);

class Layer {
 public:
  virtual ~Layer() = default;

  // The name in messages and in JSON, such as "Convolution".
  virtual std::string type() const = 0;

  // What default names begin with: "conv" gives conv1, conv2, ...
  virtual std::string label() const = 0;

  // The options that differ from their defaults or have none, as MakeLayerFromJson reads them.
  virtual Json OptionsToJson() const = 0;

  virtual std::unique_ptr<Layer> Clone() const = 0;

  // Checks the input shapes (of one sample) and remembers what depends on them. Throws Error, which
  // begins with `where` ("conv1 (Convolution)"), if the layer does not take them.
  virtual LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) = 0;

  // Whether Forward can apply the activation to its output; the layer after it is then skipped.
  virtual bool CanFuse(Activation activation) const { return activation == Activation::kNone; }

  // Whether it makes no difference, in any bit, if the activation is applied to the output of this
  // layer instead of to its input. It may then be moved there, if the layer can fuse it.
  virtual bool CommutesWith([[maybe_unused]] Activation activation) const { return false; }

  // Whether Backward can overwrite the gradients of the parameters. It pays for large parameters:
  // nobody has to clear their gradients, and Backward need not read them.
  virtual bool CanOverwriteGradients() const { return false; }

  // A layer, prepared, that does in float what this one and then `next` do, if there is one that
  // does it faster. `next` is prepared and alone reads the output of this one. The result has this
  // layer's inputs and parameters, the output of `next`, and fuses the activations that `next`
  // does. In training, it may add up the gradients of parameters in another order.
  virtual std::unique_ptr<Layer> FuseWith([[maybe_unused]] const Layer& next,
                                          [[maybe_unused]] bool training) const {
    return nullptr;
  }

  // The geometry of the max pooling that this layer is, if it is one; once it is prepared.
  virtual const PoolingGeometry* AsMaxPooling() const { return nullptr; }

  // The activation that this layer is, if it is one that others can fuse.
  virtual Activation AsActivation() const { return Activation::kNone; }

  // What the float Forward makes of the parameters before it uses them, such as filters in the
  // order in which they are read: how many bytes that are, 0 if there is nothing that would pay to
  // keep; and writing so many, to memory aligned to kAlignmentBytes. Where parameters are constant
  // it is done once, and Forward finds it in ForwardPass::packed.
  virtual int64_t PackedBytes() const { return 0; }
  virtual void PackParameters([[maybe_unused]] std::span<const TensorView<const float>> parameters,
                              [[maybe_unused]] std::span<std::byte> packed,
                              [[maybe_unused]] ThreadPool& pool) const {}

  // How many bytes Forward hands to Backward, and how many bytes of scratch memory the float passes
  // need, for a batch of n samples. Neither shrinks as n grows. The double passes get no scratch
  // memory; they may allocate.
  virtual int64_t SavedBytes([[maybe_unused]] int64_t n) const { return 0; }
  virtual int64_t ScratchBytes([[maybe_unused]] int64_t n, [[maybe_unused]] int threads) const {
    return 0;
  }

  // Neither allocates nor throws in float. May run concurrently with other passes over other
  // memory.
  virtual void Forward(const ForwardPass<float>& pass) const = 0;
  virtual void Forward(const ForwardPass<double>& pass) const = 0;
  virtual void Backward(const BackwardPass<float>& pass) const = 0;
  virtual void Backward(const BackwardPass<double>& pass) const = 0;

 protected:
  Layer() = default;
  Layer(const Layer&) = default;
  Layer& operator=(const Layer&) = default;
};

// A layer that writes its mathematics once, for any T: Derived has
//
//   template <typename T> void ForwardAny(const ForwardPass<T>& pass) const;
//   template <typename T> void BackwardAny(const BackwardPass<T>& pass) const;
template <typename Derived>
class TypedLayer : public Layer {
 public:
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<Derived>(derived()); }
  void Forward(const ForwardPass<float>& pass) const override { derived().ForwardAny(pass); }
  void Forward(const ForwardPass<double>& pass) const override { derived().ForwardAny(pass); }
  void Backward(const BackwardPass<float>& pass) const override { derived().BackwardAny(pass); }
  void Backward(const BackwardPass<double>& pass) const override { derived().BackwardAny(pass); }

 private:
  const Derived& derived() const { return static_cast<const Derived&>(*this); }
};

// Checks for Prepare. Each throws Error with `where` in front.
void ExpectInputCount(std::string_view where, std::span<const Shape> inputs, int64_t expected);
void ExpectSeveralInputs(std::string_view where, std::span<const Shape> inputs);  // two or more
void ExpectImage(std::string_view where, const Shape& input);  // three axes: C, H, W

}  // namespace ocellus
