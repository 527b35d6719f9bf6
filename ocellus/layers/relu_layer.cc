// The layer around the ReLU kernels.
#include "ocellus/layers/relu_layer.h"

#include "ocellus/base/json.h"
#include "ocellus/kernels/relu.h"
#include "ocellus/reference/relu_reference.h"

namespace ocellus {
namespace {

class ReluLayer : public Layer {
 public:
  std::string type() const override { return "Relu"; }
  std::string label() const override { return "relu"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<ReluLayer>(*this); }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    return {.output = inputs[0],
            .parameters = {},
            .backward_reads_input = false,
            .backward_reads_output = true,
            .window = Window{}};
  }

  Activation AsActivation() const override { return Activation::kRelu; }

  void Forward(const ForwardPass<float>& pass) const override {
    ReluForward(pass.inputs[0], pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::ReluForward(pass.inputs[0], pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    ReluInputGradient(pass.output, pass.d_output, pass.d_inputs[0], pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::ReluInputGradient(pass.output, pass.d_output, pass.d_inputs[0]);
  }
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Relu&) { return std::make_unique<ReluLayer>(); }

}  // namespace ocellus
