// The layer around the kernels of local response normalisation.
#include "ocellus/layers/local_response_norm_layer.h"

#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/local_response_norm.h"
#include "ocellus/reference/local_response_norm_reference.h"

namespace ocellus {
namespace {

const std::vector<std::string> kAlphaModeNames = {"sum", "mean"};

class LocalResponseNormLayer : public Layer {
 public:
  explicit LocalResponseNormLayer(const LocalResponseNorm& options) : options_(options) {}

  std::string type() const override { return "LocalResponseNorm"; }
  std::string label() const override { return "norm"; }
  std::unique_ptr<Layer> Clone() const override {
    return std::make_unique<LocalResponseNormLayer>(*this);
  }

  Json OptionsToJson() const override {
    const LocalResponseNorm defaults;
    Json json = Json::object();
    if (options_.size != defaults.size) json["size"] = options_.size;
    if (options_.alpha != defaults.alpha) json["alpha"] = options_.alpha;
    if (options_.beta != defaults.beta) json["beta"] = options_.beta;
    if (options_.k != defaults.k) json["k"] = options_.k;
    if (options_.alpha_mode != defaults.alpha_mode) {
      json["alpha_mode"] = kAlphaModeNames[static_cast<size_t>(options_.alpha_mode)];
    }
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    ExpectImage(where, inputs[0]);
    CheckOptions(where);
    channels_ = inputs[0][0];
    const bool is_mean = options_.alpha_mode == AlphaMode::kMean;
    norm_ = {.size = options_.size,
             .scale = options_.alpha / (is_mean ? static_cast<double>(options_.size) : 1.0),
             .beta = options_.beta,
             .k = options_.k};
    return {.output = inputs[0], .parameters = {}, .window = Window{}};
  }

  int64_t ScratchBytes(int64_t, int threads) const override {
    return LocalResponseNormScratchBytes(channels_, threads);
  }

  void Forward(const ForwardPass<float>& pass) const override {
    LocalResponseNormForward(norm_, pass.inputs[0], pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    reference::LocalResponseNormForward(norm_, pass.inputs[0], pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    LocalResponseNormInputGradient(norm_, pass.inputs[0], pass.d_output, pass.d_inputs[0],
                                   pass.context);
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.d_inputs[0].empty()) return;
    reference::LocalResponseNormInputGradient(norm_, pass.inputs[0], pass.d_output,
                                              pass.d_inputs[0]);
  }

 private:
  void CheckOptions(std::string_view where) const {
    constexpr int64_t kMaxSize = int64_t{1} << 28;
    if (options_.size < 1 || options_.size > kMaxSize) {
      Fail("{}: size: expected 1 to {}, found {}", where, kMaxSize, options_.size);
    }
    const auto expect = [&](bool good, const char* name, const char* what, double found) {
      if (!good || !std::isfinite(found)) {
        Fail("{}: {}: expected a finite number {}, found {}", where, name, what, found);
      }
    };
    expect(options_.alpha >= 0, "alpha", "of 0 or more", options_.alpha);
    expect(options_.beta >= 0, "beta", "of 0 or more", options_.beta);
    expect(options_.k > 0, "k", "above 0", options_.k);
  }

  LocalResponseNorm options_;
  ResponseNorm norm_;
  int64_t channels_ = 0;
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const LocalResponseNorm& options) {
  return std::make_unique<LocalResponseNormLayer>(options);
}

LocalResponseNorm LocalResponseNormFromJson(OptionReader& options) {
  const LocalResponseNorm defaults;
  return {.size = options.IntegerOr("size", defaults.size),
          .alpha = options.NumberOr("alpha", defaults.alpha),
          .beta = options.NumberOr("beta", defaults.beta),
          .k = options.NumberOr("k", defaults.k),
          .alpha_mode = static_cast<AlphaMode>(options.ChoiceOr(
              "alpha_mode", kAlphaModeNames, static_cast<size_t>(defaults.alpha_mode)))};
}

}  // namespace ocellus
