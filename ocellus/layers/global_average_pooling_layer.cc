// Global average pooling is average pooling with a window as large as the image.
#include "ocellus/layers/global_average_pooling_layer.h"

#include "ocellus/base/json.h"
#include "ocellus/kernels/average_pooling.h"
#include "ocellus/reference/average_pooling_reference.h"

namespace ocellus {
namespace {

class GlobalAveragePoolingLayer : public Layer {
 public:
  std::string type() const override { return "GlobalAveragePooling"; }
  std::string label() const override { return "pool"; }
  std::unique_ptr<Layer> Clone() const override {
    return std::make_unique<GlobalAveragePoolingLayer>(*this);
  }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    ExpectImage(where, inputs[0]);
    const Extent image{inputs[0][1], inputs[0][2]};
    geometry_ = MakePoolingGeometry(inputs[0][0], image, {.size = image}, where);
    return {.output = {geometry_.channels, 1, 1}, .parameters = {}, .backward_reads_input = false};
  }

  void Forward(const ForwardPass<float>& pass) const override {
    AveragePoolingForward(geometry_, kPaddingCount, pass.inputs[0], pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::AveragePoolingForward(geometry_, kPaddingCount, pass.inputs[0], pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    AveragePoolingInputGradient(geometry_, kPaddingCount, pass.d_output, pass.d_inputs[0],
                                pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::AveragePoolingInputGradient(geometry_, kPaddingCount, pass.d_output,
                                           pass.d_inputs[0]);
  }

 private:
  static constexpr PaddingCount kPaddingCount = PaddingCount::kExclude;  // there is no padding
  PoolingGeometry geometry_;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const GlobalAveragePooling&) {
  return std::make_unique<GlobalAveragePoolingLayer>();
}

}  // namespace ocellus
