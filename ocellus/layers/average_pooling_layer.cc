// The layer around the average pooling kernels.
#include "ocellus/layers/average_pooling_layer.h"

#include "ocellus/base/json.h"
#include "ocellus/kernels/average_pooling.h"
#include "ocellus/layers/pooling_options.h"
#include "ocellus/reference/average_pooling_reference.h"

namespace ocellus {
namespace {

const std::vector<std::string> kPaddingCountNames = {"exclude", "include"};

class AveragePoolingLayer : public Layer {
 public:
  explicit AveragePoolingLayer(const AveragePooling& options) : options_(options) {}

  std::string type() const override { return "AveragePooling"; }
  std::string label() const override { return "pool"; }
  std::unique_ptr<Layer> Clone() const override {
    return std::make_unique<AveragePoolingLayer>(*this);
  }

  Json OptionsToJson() const override {
    Json json = PoolingOptionsToJson(options_);
    if (options_.padding_count != AveragePooling().padding_count) {
      json["padding_count"] = kPaddingCountNames[static_cast<size_t>(options_.padding_count)];
    }
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    geometry_ = PreparePooling(options_, where, inputs);
    return {.output = {geometry_.channels, geometry_.output.h, geometry_.output.w},
            .parameters = {},
            .backward_reads_input = false,
            .window = geometry_.window};
  }

  void Forward(const ForwardPass<float>& pass) const override {
    AveragePoolingForward(geometry_, options_.padding_count, pass.inputs[0], pass.output,
                          pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::AveragePoolingForward(geometry_, options_.padding_count, pass.inputs[0],
                                     pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    AveragePoolingInputGradient(geometry_, options_.padding_count, pass.d_output, pass.d_inputs[0],
                                pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::AveragePoolingInputGradient(geometry_, options_.padding_count, pass.d_output,
                                           pass.d_inputs[0]);
  }

 private:
  AveragePooling options_;
  PoolingGeometry geometry_;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const AveragePooling& options) {
  return std::make_unique<AveragePoolingLayer>(options);
}

AveragePooling AveragePoolingFromJson(OptionReader& options) {
  auto pooling = PoolingOptionsFromJson<AveragePooling>(options);
  pooling.padding_count = static_cast<PaddingCount>(options.ChoiceOr(
      "padding_count", kPaddingCountNames, static_cast<size_t>(pooling.padding_count)));
  return pooling;
}

}  // namespace ocellus
