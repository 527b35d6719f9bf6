// The layer around the leaky ReLU kernels.
#include "ocellus/layers/leaky_relu_layer.h"

#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/leaky_relu.h"
#include "ocellus/reference/leaky_relu_reference.h"

namespace ocellus {
namespace {

class LeakyReluLayer : public Layer {
 public:
  explicit LeakyReluLayer(const LeakyRelu& options) : options_(options) {}

  std::string type() const override { return "LeakyRelu"; }
  std::string label() const override { return "leaky_relu"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<LeakyReluLayer>(*this); }

  Json OptionsToJson() const override {
    Json json = Json::object();
    if (options_.slope != LeakyRelu().slope) json["slope"] = options_.slope;
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    // Backward tells a negative input by the sign of the output.
    if (!(options_.slope >= 0 && std::isfinite(options_.slope))) {
      Fail("{}: slope: expected a finite number of 0 or more, found {}", where, options_.slope);
    }
    return {.output = inputs[0],
            .parameters = {},
            .backward_reads_input = false,
            .backward_reads_output = true,
            .window = Window{}};
  }

  void Forward(const ForwardPass<float>& pass) const override {
    LeakyReluForward(pass.inputs[0], slope<float>(), pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::LeakyReluForward(pass.inputs[0], slope<double>(), pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    LeakyReluInputGradient(pass.output, slope<float>(), pass.d_output, pass.d_inputs[0],
                           pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::LeakyReluInputGradient(pass.output, slope<double>(), pass.d_output,
                                      pass.d_inputs[0]);
  }

 private:
  template <typename T>
  T slope() const {
    return static_cast<T>(options_.slope);
  }

  LeakyRelu options_;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const LeakyRelu& options) {
  return std::make_unique<LeakyReluLayer>(options);
}

LeakyRelu LeakyReluFromJson(OptionReader& options) {
  return {.slope = options.NumberOr("slope", LeakyRelu().slope)};
}

}  // namespace ocellus
