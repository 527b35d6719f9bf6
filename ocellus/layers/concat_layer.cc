// Concat copies, so both precisions share it: channels are the first axis of a sample, which is
// therefore the samples of all inputs in a row.
#include "ocellus/layers/concat_layer.h"

#include <algorithm>
#include <vector>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {
namespace {

class ConcatLayer : public TypedLayer<ConcatLayer> {
 public:
  std::string type() const override { return "Concat"; }
  std::string label() const override { return "concat"; }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectSeveralInputs(where, inputs);
    if (inputs[0].rank() == 0) Fail("{}: expected inputs with channels, found scalars", where);
    int64_t channels = 0;
    sizes_.clear();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].rank() == 0 || inputs[i].Sample() != inputs[0].Sample()) {
        Fail(
            "{}: expected inputs that differ in the number of channels only, found {} (the first) "
            "and {} (number {})",
            where, inputs[0].ToString(), inputs[i].ToString(), i + 1);
      }
      channels = CheckedAdd(channels, inputs[i][0], "channels");
      sizes_.push_back(inputs[i].elements());
    }
    return {.output = inputs[0].Sample().Batch(channels),
            .parameters = {},
            .backward_reads_input = false,
            .window = Window{}};
  }

  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    pass.context.pool.ParallelFor(pass.output.shape()[0], [&](int64_t n, int) {
      T* to = pass.output.Sample(n).data();
      for (const TensorView<const T>& input : pass.inputs) {
        to = std::ranges::copy(input.Sample(n).span(), to).out;
      }
    });
  }

  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    pass.context.pool.ParallelFor(pass.d_output.shape()[0], [&](int64_t n, int) {
      const T* from = pass.d_output.Sample(n).data();
      for (size_t i = 0; i < pass.d_inputs.size(); ++i) {
        const int64_t size = sizes_[i];
        if (!pass.d_inputs[i].empty()) {
          std::copy_n(from, size, pass.d_inputs[i].Sample(n).data());
        }
        from += size;
      }
    });
  }

 private:
  std::vector<int64_t> sizes_;  // elements of a sample of each input
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Concat&) { return std::make_unique<ConcatLayer>(); }

}  // namespace ocellus
