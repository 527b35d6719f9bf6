// Flatten copies: one pass over memory keeps the memory plan free of aliases.
#include "ocellus/layers/flatten_layer.h"

#include <algorithm>

#include "ocellus/base/json.h"

namespace ocellus {
namespace {

class FlattenLayer : public TypedLayer<FlattenLayer> {
 public:
  std::string type() const override { return "Flatten"; }
  std::string label() const override { return "flatten"; }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    return {.output = {inputs[0].elements()}, .parameters = {}, .backward_reads_input = false};
  }

  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    std::ranges::copy(pass.inputs[0].span(), pass.output.data());
  }

  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    if (pass.d_inputs[0].empty()) return;
    std::ranges::copy(pass.d_output.span(), pass.d_inputs[0].data());
  }
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Flatten&) { return std::make_unique<FlattenLayer>(); }

}  // namespace ocellus
