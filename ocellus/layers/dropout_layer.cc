// Dropout. Its arithmetic is one product for each element, so both precisions share it.
#include "ocellus/layers/dropout_layer.h"

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/chunks.h"
#include "ocellus/tensor/dropout_mask.h"

namespace ocellus {
namespace {

const std::vector<std::string> kScalingNames = {"training", "prediction"};

class DropoutLayer : public TypedLayer<DropoutLayer> {
 public:
  explicit DropoutLayer(const Dropout& options) : options_(options) {}

  std::string type() const override { return "Dropout"; }
  std::string label() const override { return "dropout"; }

  Json OptionsToJson() const override {
    Json json = Json::object();
    if (options_.ratio != Dropout().ratio) json["ratio"] = options_.ratio;
    if (options_.scaling != Dropout().scaling) {
      json["scaling"] = kScalingNames[static_cast<size_t>(options_.scaling)];
    }
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    if (!(options_.ratio >= 0 && options_.ratio < 1)) {
      Fail("{}: ratio: expected 0 or more and less than 1, found {}", where, options_.ratio);
    }
    elements_ = inputs[0].elements();
    return {
        .output = inputs[0], .parameters = {}, .backward_reads_input = false, .window = Window{}};
  }

  // One byte for each element: whether it was kept.
  int64_t SavedBytes(int64_t n) const override { return n * elements_; }

  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    if (!pass.training) return Scale(pass.inputs[0], pass.output, pass.context);
    // Without a backward pass there is nowhere to keep the mask, and nobody learns.
    OCELLUS_CHECK(!pass.saved.empty(), "a training pass without memory for the mask");
    auto* kept = reinterpret_cast<uint8_t*>(pass.saved.data());
    ForEachChunk(pass.output.elements(), pass.context.pool, [&](int64_t begin, int64_t end) {
      DropoutMask(options_.ratio, pass.training->seed, pass.training->stream, begin,
                  {kept + begin, static_cast<size_t>(end - begin)});
      Select(kept, pass.inputs[0].data(), pass.output.data(), begin, end);
    });
  }

  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    if (pass.d_inputs[0].empty()) return;
    if (!pass.training) return Scale(pass.d_output, pass.d_inputs[0], pass.context);
    const auto* kept = reinterpret_cast<const uint8_t*>(pass.saved.data());
    ForEachChunk(pass.d_output.elements(), pass.context.pool, [&](int64_t begin, int64_t end) {
      Select(kept, pass.d_output.data(), pass.d_inputs[0].data(), begin, end);
    });
  }

 private:
  bool scales_in_training() const { return options_.scaling == DropoutScaling::kTraining; }

  // What a pass in prediction does.
  template <typename T>
  void Scale(TensorView<const T> from, TensorView<T> to, const KernelContext& context) const {
    const T factor = scales_in_training() ? T{1} : static_cast<T>(1 - options_.ratio);
    ForEachChunk(from.elements(), context.pool, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = from[i] * factor;
    });
  }

  // What a pass in training does. A dropped element is 0 whatever it was.
  template <typename T>
  void Select(const uint8_t* kept, const T* from, T* to, int64_t begin, int64_t end) const {
    const T factor = scales_in_training() ? static_cast<T>(1 / (1 - options_.ratio)) : T{1};
    for (int64_t i = begin; i < end; ++i) to[i] = kept[i] != 0 ? from[i] * factor : T{0};
  }

  Dropout options_;
  int64_t elements_ = 0;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Dropout& options) {
  return std::make_unique<DropoutLayer>(options);
}

Dropout DropoutFromJson(OptionReader& options) {
  Dropout dropout;
  dropout.ratio = options.NumberOr("ratio", dropout.ratio);
  dropout.scaling = static_cast<DropoutScaling>(
      options.ChoiceOr("scaling", kScalingNames, static_cast<size_t>(dropout.scaling)));
  return dropout;
}

}  // namespace ocellus
