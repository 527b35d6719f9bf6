// The layer around the affine kernels.
#include "ocellus/layers/affine_layer.h"

#include <algorithm>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/affine.h"
#include "ocellus/reference/affine_reference.h"

namespace ocellus {
namespace {

class AffineLayer : public Layer {
 public:
  explicit AffineLayer(const Affine& options) : options_(options) {}

  std::string type() const override { return "Affine"; }
  std::string label() const override { return "affine"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<AffineLayer>(*this); }

  Json OptionsToJson() const override {
    const Affine defaults;
    Json json = {{"units", options_.units}};
    if (options_.weight_init != defaults.weight_init) {
      json["weight_init"] = ToJson(options_.weight_init);
    }
    if (options_.biases != defaults.biases) json["biases"] = options_.biases;
    if (options_.bias_init != defaults.bias_init) json["bias_init"] = ToJson(options_.bias_init);
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    if (options_.units < 1) Fail("{}: units: expected 1 or more, found {}", where, options_.units);
    inputs_ = inputs[0].elements();
    const Shape weights{inputs_, options_.units};
    LayerInfo info{.output = {options_.units},
                   .parameters = {{"weights", weights, options_.weight_init, inputs_,
                                   ParameterRole::kWeights, options_.units}},
                   .multiply_adds = weights.elements()};
    if (options_.biases) {
      info.parameters.push_back(
          {"biases", {options_.units}, options_.bias_init, inputs_, ParameterRole::kBiases});
    }
    return info;
  }

  bool CanFuse(Activation) const override { return true; }
  bool CanOverwriteGradients() const override { return true; }

  int64_t ScratchBytes(int64_t n, int threads) const override {
    return std::max(AffineForwardScratchBytes(n, inputs_, options_.units, threads),
                    AffineBackwardScratchBytes(n, inputs_, options_.units, threads));
  }

  void Forward(const ForwardPass<float>& pass) const override {
    AffineForward(Flat(pass.inputs[0]), pass.parameters[0], BiasesOf(pass.parameters),
                  pass.activation, pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::AffineForward(Flat(pass.inputs[0]), pass.parameters[0], BiasesOf(pass.parameters),
                             pass.activation, pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    const auto weight_gradient =
        pass.overwrites_d_parameters ? AffineWeightGradient : AccumulateAffineWeightGradient;
    weight_gradient(Flat(pass.inputs[0]), pass.d_output, pass.d_parameters[0],
                    BiasesOf(pass.d_parameters), pass.context);
    if (!pass.d_inputs[0].empty()) {
      AffineInputGradient(pass.d_output, pass.parameters[0], Flat(pass.d_inputs[0]), pass.context);
    }
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.overwrites_d_parameters) {
      for (const TensorView<double>& d_parameter : pass.d_parameters) d_parameter.Fill(0);
    }
    reference::AccumulateAffineWeightGradient(Flat(pass.inputs[0]), pass.d_output,
                                              pass.d_parameters[0], BiasesOf(pass.d_parameters));
    if (!pass.d_inputs[0].empty()) {
      reference::AffineInputGradient(pass.d_output, pass.parameters[0], Flat(pass.d_inputs[0]));
    }
  }

 private:
  // A batch of any sample shape as the matrix n x in.
  template <typename T>
  TensorView<T> Flat(TensorView<T> batch) const {
    return batch.Reshape({batch.shape()[0], inputs_});
  }

  Affine options_;
  int64_t inputs_ = 0;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Affine& options) {
  return std::make_unique<AffineLayer>(options);
}

Affine AffineFromJson(OptionReader& options) {
  const Affine defaults;
  return {.units = options.Integer("units"),
          .weight_init = options.InitializerOr("weight_init", defaults.weight_init),
          .biases = options.BooleanOr("biases", defaults.biases),
          .bias_init = options.InitializerOr("bias_init", defaults.bias_init)};
}

}  // namespace ocellus
