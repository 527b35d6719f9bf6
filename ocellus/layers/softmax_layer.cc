// The layer around the softmax kernels.
#include "ocellus/layers/softmax_layer.h"

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/reference/softmax_with_loss_reference.h"

namespace ocellus {
namespace {

class SoftmaxLayer : public Layer {
 public:
  std::string type() const override { return "Softmax"; }
  std::string label() const override { return "softmax"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<SoftmaxLayer>(*this); }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    if (inputs[0].rank() != 1) {
      Fail("{}: expected one row of scores, found shape {}; put Affine or Flatten before it", where,
           inputs[0].ToString());
    }
    return {.output = inputs[0],
            .parameters = {},
            .backward_reads_input = false,
            .backward_reads_output = true};
  }

  void Forward(const ForwardPass<float>& pass) const override {
    SoftmaxForward(pass.inputs[0], pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::SoftmaxForward(pass.inputs[0], pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    SoftmaxInputGradient(pass.output, pass.d_output, pass.d_inputs[0], pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::SoftmaxInputGradient(pass.output, pass.d_output, pass.d_inputs[0]);
  }
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Softmax&) { return std::make_unique<SoftmaxLayer>(); }

}  // namespace ocellus
