// The layer around the sigmoid kernels.
#include "ocellus/layers/sigmoid_layer.h"

#include "ocellus/base/json.h"
#include "ocellus/kernels/sigmoid.h"
#include "ocellus/reference/sigmoid_reference.h"

namespace ocellus {
namespace {

class SigmoidLayer : public Layer {
 public:
  std::string type() const override { return "Sigmoid"; }
  std::string label() const override { return "sigmoid"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<SigmoidLayer>(*this); }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    return {.output = inputs[0],
            .parameters = {},
            .backward_reads_input = false,
            .backward_reads_output = true,
            .window = Window{}};
  }

  void Forward(const ForwardPass<float>& pass) const override {
    SigmoidForward(pass.inputs[0], pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::SigmoidForward(pass.inputs[0], pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    SigmoidInputGradient(pass.output, pass.d_output, pass.d_inputs[0], pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::SigmoidInputGradient(pass.output, pass.d_output, pass.d_inputs[0]);
  }
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Sigmoid&) { return std::make_unique<SigmoidLayer>(); }

}  // namespace ocellus
