// The layer around the max pooling kernels. It saves, for each output, where the maximum was.
#include "ocellus/layers/max_pooling_layer.h"

#include "ocellus/base/json.h"
#include "ocellus/kernels/max_pooling.h"
#include "ocellus/layers/pooling_options.h"
#include "ocellus/reference/max_pooling_reference.h"
#include "ocellus/reference/relu_reference.h"

namespace ocellus {
namespace {

class MaxPoolingLayer : public Layer {
 public:
  explicit MaxPoolingLayer(const MaxPooling& options) : options_(options) {}

  std::string type() const override { return "MaxPooling"; }
  std::string label() const override { return "pool"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<MaxPoolingLayer>(*this); }
  Json OptionsToJson() const override { return PoolingOptionsToJson(options_); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    geometry_ = PreparePooling(options_, where, inputs);
    return {.output = {geometry_.channels, geometry_.output.h, geometry_.output.w},
            .parameters = {},
            .backward_reads_input = false,
            .window = geometry_.window};
  }

  bool CanFuse(Activation) const override { return true; }

  // The largest of f(x) is f(largest x) for an activation f that does not fall. Where a window has
  // only values that ReLU makes 0, another element may win, but no gradient comes back to it.
  bool CommutesWith(Activation) const override { return true; }

  const PoolingGeometry* AsMaxPooling() const override { return &geometry_; }

  int64_t SavedBytes(int64_t n) const override {
    return n * geometry_.output_elements() * static_cast<int64_t>(sizeof(int32_t));
  }

  void Forward(const ForwardPass<float>& pass) const override {
    MaxPoolingForward(geometry_, pass.inputs[0], pass.activation, pass.output,
                      WinnersIn(pass.saved), pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::MaxPoolingForward(geometry_, pass.inputs[0], pass.output, WinnersIn(pass.saved));
    if (pass.activation == Activation::kRelu) reference::ReluForward(pass.output, pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    MaxPoolingInputGradient(geometry_, pass.d_output, WinnersIn(pass.saved), pass.d_inputs[0],
                            pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::MaxPoolingInputGradient(geometry_, pass.d_output, WinnersIn(pass.saved),
                                       pass.d_inputs[0]);
  }

 private:
  MaxPooling options_;
  PoolingGeometry geometry_;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const MaxPooling& options) {
  return std::make_unique<MaxPoolingLayer>(options);
}

MaxPooling MaxPoolingFromJson(OptionReader& options) {
  return PoolingOptionsFromJson<MaxPooling>(options);
}

}  // namespace ocellus
