// A dense convolution layer with a table of connections around it.
#include "ocellus/layers/partial_convolution_layer.h"

#include <algorithm>
#include <array>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {
namespace {

// Calls body(number of the slice among those of the parameter, number among the dense ones) for
// each connection; a dense convolution has a slice for each filter and input channel.
template <typename Body>
void ForEachSlice(const Connections& connections, int64_t channels, const Body& body) {
  int64_t slice = 0;
  for (size_t oc = 0; oc < connections.size(); ++oc) {
    for (const int64_t ic : connections[oc]) {
      body(slice++, static_cast<int64_t>(oc) * channels + ic);
    }
  }
}

class PartialConvolutionLayer : public Layer {
 public:
  PartialConvolutionLayer(std::unique_ptr<Layer> dense, const Connections& connections)
      : dense_(std::move(dense)), connections_(connections) {}

  PartialConvolutionLayer(const PartialConvolutionLayer& other)
      : Layer(other),
        dense_(other.dense_->Clone()),
        connections_(other.connections_),
        dense_shape_(other.dense_shape_) {}

  std::string type() const override { return dense_->type(); }
  std::string label() const override { return dense_->label(); }
  std::unique_ptr<Layer> Clone() const override {
    return std::make_unique<PartialConvolutionLayer>(*this);
  }

  Json OptionsToJson() const override {
    Json json = dense_->OptionsToJson();
    json["connections"] = connections_;
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    LayerInfo info = dense_->Prepare(where, inputs);
    ParameterInfo& weights = info.parameters[0];
    dense_shape_ = weights.shape;
    CheckConnections(where, inputs[0][0]);
    int64_t slices = 0;
    ForEachSlice(connections_, channels(), [&](int64_t, int64_t) { ++slices; });
    weights.shape = {slices, 1, dense_shape_[2], dense_shape_[3]};
    // Filters have different numbers of inputs, and inputs of filters; their means serve all.
    const int64_t fan_in = std::max<int64_t>(1, weights.shape.elements() / dense_shape_[0]);
    weights.fan_out = std::max<int64_t>(1, weights.shape.elements() / inputs[0][0]);
    for (ParameterInfo& parameter : info.parameters) parameter.fan_in = fan_in;
    info.multiply_adds = weights.shape.elements() * info.output[1] * info.output[2];
    return info;
  }

  bool CanFuse(Activation activation) const override { return dense_->CanFuse(activation); }

  int64_t ScratchBytes(int64_t n, int threads) const override {
    return 2 * dense_bytes() + dense_->ScratchBytes(n, threads);
  }

  // The dense weights, and what the dense layer makes of them.
  int64_t PackedBytes() const override { return dense_bytes() + dense_->PackedBytes(); }

  void PackParameters(std::span<const TensorView<const float>> parameters,
                      std::span<std::byte> packed, ThreadPool& pool) const override {
    const TensorView<float> weights(reinterpret_cast<float*>(packed.data()), dense_shape_);
    Expand(parameters[0], weights);
    const std::array<TensorView<const float>, 2> dense_parameters = {weights, BiasesOf(parameters)};
    dense_->PackParameters(dense_parameters, BehindDense(packed, 1), pool);
  }

  void Forward(const ForwardPass<float>& pass) const override {
    const KernelContext context = DenseContext(pass.context);
    if (!pass.packed.empty()) {
      const auto* const weights = reinterpret_cast<const float*>(pass.packed.data());
      return ForwardDense<float>(pass, {weights, dense_shape_}, context,
                                 BehindDense(pass.packed, 1));
    }
    const TensorView<float> weights = ScratchWeights(pass.context, 0);
    Expand(pass.parameters[0], weights);
    ForwardDense<float>(pass, weights, context, {});
  }

  void Forward(const ForwardPass<double>& pass) const override {
    Tensor<double> weights(dense_shape_);
    Expand(pass.parameters[0], weights.view());
    ForwardDense<double>(pass, weights, pass.context, {});
  }

  void Backward(const BackwardPass<float>& pass) const override {
    BackwardWith(pass, ScratchWeights(pass.context, 0), ScratchWeights(pass.context, 1),
                 DenseContext(pass.context));
  }

  void Backward(const BackwardPass<double>& pass) const override {
    Tensor<double> weights(dense_shape_), d_weights(dense_shape_);
    BackwardWith(pass, weights.view(), d_weights.view(), pass.context);
  }

 private:
  int64_t channels() const { return dense_shape_[1]; }
  int64_t area() const { return dense_shape_[2] * dense_shape_[3]; }

  // Scratch memory of the float passes: the dense weights, their gradient, what the dense layer
  // wants.
  int64_t dense_bytes() const {
    return RoundUp(dense_shape_.elements() * int64_t{sizeof(float)}, kAlignmentBytes);
  }
  template <typename Byte>
  std::span<Byte> BehindDense(std::span<Byte> bytes, int64_t count) const {
    return bytes.subspan(static_cast<size_t>(count * dense_bytes()));
  }
  TensorView<float> ScratchWeights(const KernelContext& context, int64_t number) const {
    return {reinterpret_cast<float*>(context.scratch.data() + number * dense_bytes()),
            dense_shape_};
  }
  KernelContext DenseContext(const KernelContext& context) const {
    return {context.pool, BehindDense(context.scratch, 2)};
  }

  void CheckConnections(std::string_view where, int64_t in_channels) const {
    if (channels() != in_channels) {
      Fail("{}: connections: a convolution with a table of connections has no groups", where);
    }
    if (std::ssize(connections_) != dense_shape_[0]) {
      Fail("{}: connections: expected a list of input channels for each of {} filters, found {}",
           where, dense_shape_[0], connections_.size());
    }
    for (size_t oc = 0; oc < connections_.size(); ++oc) {
      const std::vector<int64_t>& list = connections_[oc];
      const bool is_ascending =
          std::ranges::adjacent_find(list, std::greater_equal<>()) == list.end();
      if (list.empty() || !is_ascending || list.front() < 0 || list.back() >= in_channels) {
        Fail(
            "{}: connections of filter {}: expected input channels from 0 to {} in ascending "
            "order, found {}",
            where, oc, in_channels - 1, Json(list).dump());
      }
    }
  }

  // Overwrites the dense weights.
  template <typename T>
  void Expand(TensorView<const T> weights, TensorView<T> dense) const {
    dense.Fill(T{0});
    ForEachSlice(connections_, channels(), [&](int64_t slice, int64_t dense_slice) {
      std::copy_n(weights.data() + slice * area(), area(), dense.data() + dense_slice * area());
    });
  }

  template <typename T>
  void ForwardDense(const ForwardPass<T>& pass, TensorView<const T> dense_weights,
                    const KernelContext& context, std::span<const std::byte> packed) const {
    const std::array<TensorView<const T>, 2> parameters = {dense_weights,
                                                           BiasesOf(pass.parameters)};
    dense_->Forward(ForwardPass<T>{.inputs = pass.inputs,
                                   .parameters = parameters,
                                   .output = pass.output,
                                   .activation = pass.activation,
                                   .packed = packed,
                                   .saved = pass.saved,
                                   .training = pass.training,
                                   .context = context});
  }

  template <typename T>
  void BackwardWith(const BackwardPass<T>& pass, TensorView<T> dense_weights,
                    TensorView<T> d_dense_weights, const KernelContext& context) const {
    Expand(pass.parameters[0], dense_weights);
    d_dense_weights.Fill(T{0});
    const std::array<TensorView<const T>, 2> parameters = {dense_weights,
                                                           BiasesOf(pass.parameters)};
    const std::array<TensorView<T>, 2> d_parameters = {d_dense_weights,
                                                       BiasesOf(pass.d_parameters)};
    dense_->Backward(BackwardPass<T>{.inputs = pass.inputs,
                                     .parameters = parameters,
                                     .output = pass.output,
                                     .d_output = pass.d_output,
                                     .d_inputs = pass.d_inputs,
                                     .d_parameters = d_parameters,
                                     .saved = pass.saved,
                                     .training = pass.training,
                                     .context = context});
    T* const d_weights = pass.d_parameters[0].data();
    ForEachSlice(connections_, channels(), [&](int64_t slice, int64_t dense_slice) {
      for (int64_t i = 0; i < area(); ++i) {
        d_weights[slice * area() + i] += d_dense_weights[dense_slice * area() + i];
      }
    });
  }

  std::unique_ptr<Layer> dense_;
  Connections connections_;
  Shape dense_shape_;  // of the dense weights: filters, channels, FH, FW
};

}  // namespace

std::unique_ptr<Layer> MakePartialConvolution(std::unique_ptr<Layer> dense,
                                              const Connections& connections) {
  return std::make_unique<PartialConvolutionLayer>(std::move(dense), connections);
}

}  // namespace ocellus
