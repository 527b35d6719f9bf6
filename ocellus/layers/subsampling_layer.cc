// The layer around the subsampling kernels.
#include "ocellus/layers/subsampling_layer.h"

#include "ocellus/base/json.h"
#include "ocellus/kernels/subsampling.h"
#include "ocellus/reference/subsampling_reference.h"

namespace ocellus {
namespace {

class SubsamplingLayer : public Layer {
 public:
  explicit SubsamplingLayer(const Subsampling& options) : options_(options) {}

  std::string type() const override { return "Subsampling"; }
  std::string label() const override { return "pool"; }
  std::unique_ptr<Layer> Clone() const override {
    return std::make_unique<SubsamplingLayer>(*this);
  }

  Json OptionsToJson() const override {
    const Subsampling defaults;
    Json json = {{"window", ToJson(options_.window)}};
    if (options_.stride != defaults.stride) json["stride"] = ToJson(options_.stride);
    if (options_.weight_init != defaults.weight_init) {
      json["weight_init"] = ToJson(options_.weight_init);
    }
    if (options_.bias_init != defaults.bias_init) json["bias_init"] = ToJson(options_.bias_init);
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    ExpectImage(where, inputs[0]);
    const bool stride_is_window = options_.stride == Subsampling().stride;
    const Window window{.size = options_.window,
                        .stride = stride_is_window ? options_.window : options_.stride};
    geometry_ = MakePoolingGeometry(inputs[0][0], {inputs[0][1], inputs[0][2]}, window, where);
    const int64_t fan_in = window.size.area();
    const Shape maps{geometry_.channels};
    // Like a bias, a coefficient belongs to a whole map: weight decay leaves it alone.
    return {.output = {geometry_.channels, geometry_.output.h, geometry_.output.w},
            .parameters = {{"weights", maps, options_.weight_init, fan_in, ParameterRole::kBiases},
                           {"biases", maps, options_.bias_init, fan_in, ParameterRole::kBiases}},
            .multiply_adds = geometry_.output_elements(),
            .window = geometry_.window};
  }

  void Forward(const ForwardPass<float>& pass) const override {
    SubsamplingForward(geometry_, pass.inputs[0], pass.parameters[0], pass.parameters[1],
                       pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::SubsamplingForward(geometry_, pass.inputs[0], pass.parameters[0], pass.parameters[1],
                                  pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    AccumulateSubsamplingParameterGradient(geometry_, pass.inputs[0], pass.d_output,
                                           pass.d_parameters[0], pass.d_parameters[1],
                                           pass.context);
    if (pass.d_inputs[0].empty()) return;
    SubsamplingInputGradient(geometry_, pass.d_output, pass.parameters[0], pass.d_inputs[0],
                             pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    reference::AccumulateSubsamplingParameterGradient(geometry_, pass.inputs[0], pass.d_output,
                                                      pass.d_parameters[0], pass.d_parameters[1]);
    if (pass.d_inputs[0].empty()) return;
    reference::SubsamplingInputGradient(geometry_, pass.d_output, pass.parameters[0],
                                        pass.d_inputs[0]);
  }

 private:
  Subsampling options_;
  PoolingGeometry geometry_;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Subsampling& options) {
  return std::make_unique<SubsamplingLayer>(options);
}

Subsampling SubsamplingFromJson(OptionReader& options) {
  const Subsampling defaults;
  return {.window = options.ExtentOf("window"),
          .stride = options.ExtentOr("stride", defaults.stride),
          .weight_init = options.InitializerOr("weight_init", defaults.weight_init),
          .bias_init = options.InitializerOr("bias_init", defaults.bias_init)};
}

}  // namespace ocellus
