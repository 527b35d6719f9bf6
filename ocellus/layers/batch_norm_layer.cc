// The layer around the batch normalisation kernels.
#include "ocellus/layers/batch_norm_layer.h"

#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/batch_norm.h"
#include "ocellus/reference/batch_norm_reference.h"

namespace ocellus {
namespace {

// Positions among the parameters.
constexpr size_t kScale = 0, kShift = 1, kRunningMean = 2, kRunningVariance = 3;

template <typename T>
struct Statistics {
  TensorView<T> mean;
  TensorView<T> variance;
};

template <typename T>
void Accumulate(TensorView<const T> terms, TensorView<T> sums) {
  for (int64_t c = 0; c < sums.elements(); ++c) sums[c] += terms[c];
}

class BatchNormLayer : public Layer {
 public:
  explicit BatchNormLayer(const BatchNorm& options) : options_(options) {}

  std::string type() const override { return "BatchNorm"; }
  std::string label() const override { return "norm"; }
  std::unique_ptr<Layer> Clone() const override { return std::make_unique<BatchNormLayer>(*this); }

  Json OptionsToJson() const override {
    Json json = Json::object();
    if (options_.momentum != BatchNorm().momentum) json["momentum"] = options_.momentum;
    if (options_.epsilon != BatchNorm().epsilon) json["epsilon"] = options_.epsilon;
    return json;
  }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    if (!(options_.momentum >= 0 && options_.momentum < 1)) {
      Fail("{}: momentum: expected 0 or more and less than 1, found {}", where, options_.momentum);
    }
    if (!(options_.epsilon > 0 && std::isfinite(options_.epsilon))) {
      Fail("{}: epsilon: expected a finite number above 0, found {}", where, options_.epsilon);
    }
    channels_ = inputs[0][0];
    plane_ = inputs[0].elements() / channels_;
    const auto role = ParameterRole::kBiases;
    const auto statistics = ParameterRole::kStatistics;
    return {.output = inputs[0],
            .parameters = {{"scale", {channels_}, Constant(1), 1, role},
                           {"shift", {channels_}, Constant(0), 1, role},
                           {"running_mean", {channels_}, Constant(0), 1, statistics},
                           {"running_variance", {channels_}, Constant(1), 1, statistics}},
            .multiply_adds = inputs[0].elements(),
            .window = Window{}};
  }

  // Mean and variance of the batch, in either precision.
  int64_t SavedBytes(int64_t) const override {
    return 2 * channels_ * static_cast<int64_t>(sizeof(double));
  }

  // The gradients of scale and shift of one batch.
  int64_t ScratchBytes(int64_t, int) const override {
    return 2 * channels_ * static_cast<int64_t>(sizeof(float));
  }

  void Forward(const ForwardPass<float>& pass) const override {
    if (pass.training) {
      const Statistics<float> batch = OfBatch<float>(pass.saved);
      BatchNormStatistics(pass.inputs[0], batch.mean, batch.variance, pass.context);
    }
    const Statistics<const float> used = Used<float>(pass);
    BatchNormForward(pass.inputs[0], used.mean, used.variance, pass.parameters[kScale],
                     pass.parameters[kShift], options_.epsilon, pass.output, pass.context);
  }

  void Forward(const ForwardPass<double>& pass) const override {
    if (pass.training) {
      const Statistics<double> batch = OfBatch<double>(pass.saved);
      reference::BatchNormStatistics(pass.inputs[0], batch.mean, batch.variance);
    }
    const Statistics<const double> used = Used<double>(pass);
    reference::BatchNormForward(pass.inputs[0], used.mean, used.variance, pass.parameters[kScale],
                                pass.parameters[kShift], options_.epsilon, pass.output);
  }

  void Backward(const BackwardPass<float>& pass) const override {
    if (pass.training) AccumulateStatistics(pass);
    const Statistics<const float> used = Used<float>(pass);
    auto* scratch = reinterpret_cast<float*>(pass.context.scratch.data());
    const TensorView<float> d_scale(scratch, {channels_});
    const TensorView<float> d_shift(scratch + channels_, {channels_});
    BatchNormParameterGradients(pass.inputs[0], used.mean, used.variance, options_.epsilon,
                                pass.d_output, d_scale, d_shift, pass.context);
    Accumulate<float>(d_scale, pass.d_parameters[kScale]);
    Accumulate<float>(d_shift, pass.d_parameters[kShift]);
    if (pass.d_inputs[0].empty()) return;
    if (pass.training) {
      BatchNormInputGradient(pass.inputs[0], used.mean, used.variance, pass.parameters[kScale],
                             options_.epsilon, pass.d_output, d_scale, d_shift, pass.d_inputs[0],
                             pass.context);
    } else {
      BatchNormFrozenInputGradient(used.variance, pass.parameters[kScale], options_.epsilon,
                                   pass.d_output, pass.d_inputs[0], pass.context);
    }
  }

  void Backward(const BackwardPass<double>& pass) const override {
    if (pass.training) AccumulateStatistics(pass);
    const Statistics<const double> used = Used<double>(pass);
    reference::AccumulateBatchNormParameterGradients(
        pass.inputs[0], used.mean, used.variance, options_.epsilon, pass.d_output,
        pass.d_parameters[kScale], pass.d_parameters[kShift]);
    if (pass.d_inputs[0].empty()) return;
    if (pass.training) {
      reference::BatchNormInputGradient(pass.inputs[0], used.mean, used.variance,
                                        pass.parameters[kScale], options_.epsilon, pass.d_output,
                                        pass.d_inputs[0]);
    } else {
      reference::BatchNormFrozenInputGradient(used.variance, pass.parameters[kScale],
                                              options_.epsilon, pass.d_output, pass.d_inputs[0]);
    }
  }

 private:
  // The statistics of the batch, in the memory that Forward hands to Backward.
  template <typename T>
  Statistics<T> OfBatch(std::span<std::byte> saved) const {
    auto* values = reinterpret_cast<T*>(saved.data());
    return {{values, {channels_}}, {values + channels_, {channels_}}};
  }
  template <typename T>
  Statistics<const T> OfBatch(std::span<const std::byte> saved) const {
    const auto* values = reinterpret_cast<const T*>(saved.data());
    return {{values, {channels_}}, {values + channels_, {channels_}}};
  }

  // Those that a pass normalises with.
  template <typename T, typename Pass>
  Statistics<const T> Used(const Pass& pass) const {
    if (pass.training) return OfBatch<T>(std::span<const std::byte>(pass.saved));
    return {pass.parameters[kRunningMean], pass.parameters[kRunningVariance]};
  }

  // Adds what UpdateStatistics is to subtract, so that running becomes
  // running - (1 - momentum) * (running - that of the batch).
  template <typename T>
  void AccumulateStatistics(const BackwardPass<T>& pass) const {
    const Statistics<const T> batch = OfBatch<T>(pass.saved);
    const Statistics<const T> running = {pass.parameters[kRunningMean],
                                         pass.parameters[kRunningVariance]};
    const auto m = static_cast<double>(pass.d_output.shape()[0] * plane_);
    const auto rate = static_cast<T>(1 - options_.momentum);
    for (int64_t c = 0; c < channels_; ++c) {
      pass.d_parameters[kRunningMean][c] += rate * (running.mean[c] - batch.mean[c]);
    }
    if (m == 1) return;
    const auto unbiased = static_cast<T>(m / (m - 1));
    for (int64_t c = 0; c < channels_; ++c) {
      pass.d_parameters[kRunningVariance][c] +=
          rate * (running.variance[c] - unbiased * batch.variance[c]);
    }
  }

  BatchNorm options_;
  int64_t channels_ = 0;
  int64_t plane_ = 0;  // elements of a channel in one sample
};

}  // namespace

std::unique_ptr<Layer> MakeLayer(const BatchNorm& options) {
  return std::make_unique<BatchNormLayer>(options);
}

BatchNorm BatchNormFromJson(OptionReader& options) {
  BatchNorm norm;
  norm.momentum = options.NumberOr("momentum", norm.momentum);
  norm.epsilon = options.NumberOr("epsilon", norm.epsilon);
  return norm;
}

}  // namespace ocellus
