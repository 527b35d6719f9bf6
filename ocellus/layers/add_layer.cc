// The layer around the addition kernels.
#include "ocellus/layers/add_layer.h"

#include <algorithm>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/add.h"
#include "ocellus/kernels/chunks.h"
#include "ocellus/reference/add_reference.h"

namespace ocellus {
namespace {

class AddLayer : public Layer {
 public:
  std::string type() const override { return "Add"; }
  std::string label() const override { return "add"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<AddLayer>(*this); }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectSeveralInputs(where, inputs);
    for (size_t i = 1; i < inputs.size(); ++i) {
      if (inputs[i] == inputs[0]) continue;
      Fail("{}: expected inputs of the same shape, found {} (the first) and {} (number {})", where,
           inputs[0].ToString(), inputs[i].ToString(), i + 1);
    }
    return {
        .output = inputs[0], .parameters = {}, .backward_reads_input = false, .window = Window{}};
  }

  void Forward(const ForwardPass<float>& pass) const override {
    AddForward(pass.inputs[0], pass.inputs[1], pass.output, pass.context);
    for (const TensorView<const float>& term : pass.inputs.subspan(2)) {
      AccumulateAdd(term, pass.output, pass.context);
    }
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::AddForward(pass.inputs[0], pass.inputs[1], pass.output);
    for (const TensorView<const double>& term : pass.inputs.subspan(2)) {
      reference::AccumulateAdd(term, pass.output);
    }
  }

  void Backward(const BackwardPass<float>& pass) const override { CopyToAll(pass); }
  void Backward(const BackwardPass<double>& pass) const override { CopyToAll(pass); }

 private:
  template <typename T>
  static void CopyToAll(const BackwardPass<T>& pass) {
    const T* from = pass.d_output.data();
    for (const TensorView<T>& d_input : pass.d_inputs) {
      if (d_input.empty()) continue;
      ForEachChunk(d_input.elements(), pass.context.pool, [&](int64_t begin, int64_t end) {
        std::copy(from + begin, from + end, d_input.data() + begin);
      });
    }
  }
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Add&) { return std::make_unique<AddLayer>(); }

}  // namespace ocellus
