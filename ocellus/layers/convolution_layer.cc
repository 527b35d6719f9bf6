// The layer around the convolution kernels.
#include "ocellus/layers/convolution_layer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ocellus/base/check.h"
#include "ocellus/base/checked_math.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/channel_sums.h"
#include "ocellus/kernels/convolution_max_pooling.h"
#include "ocellus/kernels/winners_gradient.h"
#include "ocellus/kernels/winners_input_gradient.h"
#include "ocellus/reference/convolution_reference.h"

namespace ocellus {
namespace {

const std::vector<std::string> kMethodNames = {"fastest", "direct"};  // of ConvolutionMethod

class ConvolutionLayer : public Layer {
 public:
  explicit ConvolutionLayer(const Convolution& options) : options_(options) {}

  std::string type() const override { return "Convolution"; }
  std::string label() const override { return "conv"; }
  std::unique_ptr<Layer> Clone() const override {
    return std::make_unique<ConvolutionLayer>(*this);
  }

  Json OptionsToJson() const override {
    const Convolution defaults;
    Json json = {{"filters", options_.filters}, {"kernel_size", ToJson(options_.kernel_size)}};
    if (options_.stride != defaults.stride) json["stride"] = ToJson(options_.stride);
    if (options_.padding != defaults.padding) json["padding"] = ToJson(options_.padding);
    if (options_.dilation != defaults.dilation) json["dilation"] = ToJson(options_.dilation);
    if (options_.groups != defaults.groups) json["groups"] = options_.groups;
    if (options_.rounding != defaults.rounding) json["rounding"] = ToJson(options_.rounding);
    if (options_.method != defaults.method) {
      json["method"] = kMethodNames[static_cast<size_t>(options_.method)];
    }
    if (options_.weight_init != defaults.weight_init) {
      json["weight_init"] = ToJson(options_.weight_init);
    }
    if (options_.biases != defaults.biases) json["biases"] = options_.biases;
    if (options_.bias_init != defaults.bias_init) json["bias_init"] = ToJson(options_.bias_init);
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    ExpectImage(where, inputs[0]);
    const Window window{.size = options_.kernel_size,
                        .stride = options_.stride,
                        .padding = options_.padding,
                        .dilation = options_.dilation,
                        .rounding = options_.rounding};
    geometry_ = MakeConvolutionGeometry(inputs[0][0], {inputs[0][1], inputs[0][2]},
                                        options_.filters, options_.groups, window, where);
    const int64_t fan_in = geometry_.filter_elements();
    const Shape weights{options_.filters, geometry_.in_channels_per_group(), window.size.h,
                        window.size.w};
    const int64_t fan_out = weights.elements() / inputs[0][0];
    LayerInfo info{.output = {options_.filters, geometry_.output.h, geometry_.output.w},
                   .parameters = {{"weights", weights, options_.weight_init, fan_in,
                                   ParameterRole::kWeights, fan_out}},
                   .multiply_adds = CheckedMultiply(geometry_.output_elements(), fan_in,
                                                    std::string(where).c_str()),
                   .window = window};
    if (options_.biases) {
      info.parameters.push_back(
          {"biases", {options_.filters}, options_.bias_init, fan_in, ParameterRole::kBiases});
    }
    return info;
  }

  bool CanFuse(Activation) const override { return true; }

  // With max pooling behind it. It pays forward if samples can be pooled one by one; backward if
  // also the gradients of the weights can be summed up over the winners, faster than over all.
  std::unique_ptr<Layer> FuseWith(const Layer& next, bool training) const override {
    const PoolingGeometry* pooling = next.AsMaxPooling();
    if (pooling == nullptr || pooling_) return nullptr;
    const bool pays = !PreparesBatch(geometry_, options_.method) &&
                      (!training || (IsSumOverWinnersFaster(geometry_, pooling->output.area()) &&
                                     !IsWinogradWeightGradient(geometry_, options_.method)));
    if (!pays) return nullptr;
    auto fused = std::make_unique<ConvolutionLayer>(*this);
    fused->pooling_ = *pooling;
    return fused;
  }

  int64_t PackedBytes() const override {
    return PackedConvolutionElements(geometry_, options_.method) * int64_t{sizeof(float)};
  }

  void PackParameters(std::span<const TensorView<const float>> parameters,
                      std::span<std::byte> packed, ThreadPool& pool) const override {
    PackConvolutionWeights(geometry_, parameters[0], reinterpret_cast<float*>(packed.data()), pool,
                           options_.method);
  }

  int64_t SavedBytes(int64_t n) const override {
    if (!pooling_) return 0;
    return n * pooling_->output_elements() * static_cast<int64_t>(sizeof(int32_t));  // winners
  }

  int64_t ScratchBytes(int64_t n, int threads) const override {
    const ConvolutionMethod method = options_.method;
    if (pooling_) {
      const int64_t forward = PooledConvolutionForwardScratchBytes(pooled(), n, threads);
      if (!CanSumOverWinners(geometry_)) return forward;
      const int64_t map = pooling_->output.area();
      return std::max({forward, WinnersWeightGradientScratchBytes(geometry_, map, n, threads),
                       WinnersInputGradientScratchBytes(geometry_, map, threads)});
    }
    return std::max({ConvolutionForwardScratchBytes(geometry_, n, threads, method),
                     ConvolutionInputGradientScratchBytes(geometry_, n, threads, method),
                     ConvolutionWeightGradientScratchBytes(geometry_, n, threads, method)});
  }

  void Forward(const ForwardPass<float>& pass) const override {
    const TensorView<const float> biases = BiasesOf(pass.parameters);
    const auto* const packed =
        pass.packed.empty() ? nullptr : reinterpret_cast<const float*>(pass.packed.data());
    if (pooling_) {
      return PooledConvolutionForward(pooled(), pass.inputs[0], pass.parameters[0], biases,
                                      pass.activation, pass.output, WinnersIn(pass.saved),
                                      pass.context, packed);
    }
    ConvolutionForward(geometry_, pass.inputs[0], pass.parameters[0], biases, pass.activation,
                       pass.output, pass.context, options_.method, packed);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    OCELLUS_CHECK(!pooling_, "layers are fused in float only");
    reference::ConvolutionForward(geometry_, pass.inputs[0], pass.parameters[0],
                                  BiasesOf(pass.parameters), pass.activation, pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    const TensorView<float> d_biases = BiasesOf(pass.d_parameters);
    if (pooling_) return BackwardFromWinners(pass, d_biases);
    AccumulateConvolutionWeightGradient(geometry_, pass.inputs[0], pass.d_output,
                                        pass.d_parameters[0], d_biases, pass.context,
                                        options_.method);
    if (!pass.d_inputs[0].empty()) {
      ConvolutionInputGradient(geometry_, pass.d_output, pass.parameters[0], pass.d_inputs[0],
                               pass.context, options_.method);
    }
  }

  void Backward(const BackwardPass<double>& pass) const override {
    OCELLUS_CHECK(!pooling_, "layers are fused in float only");
    reference::AccumulateConvolutionWeightGradient(geometry_, pass.inputs[0], pass.d_output,
                                                   pass.d_parameters[0],
                                                   BiasesOf(pass.d_parameters));
    if (!pass.d_inputs[0].empty()) {
      reference::ConvolutionInputGradient(geometry_, pass.d_output, pass.parameters[0],
                                          pass.d_inputs[0]);
    }
  }

 private:
  PooledConvolution pooled() const { return {geometry_, *pooling_, options_.method}; }

  void BackwardFromWinners(const BackwardPass<float>& pass, TensorView<float> d_biases) const {
    const std::span<const int32_t> winners = WinnersIn(pass.saved);
    AccumulateWinnersWeightGradient(geometry_, pass.inputs[0], pass.d_output, winners,
                                    pass.d_parameters[0], pass.context);
    if (!d_biases.empty()) AccumulateChannelSums(pass.d_output, d_biases, pass.context.pool);
    if (!pass.d_inputs[0].empty()) {
      WinnersInputGradient(geometry_, pass.d_output, winners, pass.parameters[0], pass.d_inputs[0],
                           pass.context);
    }
  }

  Convolution options_;
  ConvolutionGeometry geometry_;
  std::optional<PoolingGeometry> pooling_;  // of the max pooling that this layer does as well
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Convolution& options) {
  auto layer = std::make_unique<ConvolutionLayer>(options);
  if (options.connections.empty()) return layer;
  return MakePartialConvolution(std::move(layer), options.connections);
}

Convolution ConvolutionFromJson(OptionReader& options) {
  const Convolution defaults;
  return {.filters = options.Integer("filters"),
          .kernel_size = options.ExtentOf("kernel_size"),
          .stride = options.ExtentOr("stride", defaults.stride),
          .padding = options.ExtentOr("padding", defaults.padding),
          .dilation = options.ExtentOr("dilation", defaults.dilation),
          .groups = options.IntegerOr("groups", defaults.groups),
          .connections = options.IntegerListsOr("connections", defaults.connections),
          .rounding = options.RoundingOr("rounding", defaults.rounding),
          .method = static_cast<ConvolutionMethod>(
              options.ChoiceOr("method", kMethodNames, static_cast<size_t>(defaults.method))),
          .weight_init = options.InitializerOr("weight_init", defaults.weight_init),
          .biases = options.BooleanOr("biases", defaults.biases),
          .bias_init = options.InitializerOr("bias_init", defaults.bias_init)};
}

}  // namespace ocellus
