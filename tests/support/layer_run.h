// One layer on its own, forward and backward, held to every promise of layers/layer.h: no write
// beside its memory, nothing read that it did not ask for, gradients of inputs overwritten, those
// of parameters added to.
//
//   LayerRun<double> run(MakeLayer(Relu{}), {{2, 3, 4}}, {.batch = 3});
//   run.Forward();
//   run.Backward();
//   run.d_input(0);
//
// The numbers depend on shapes only: a run in float computes with those of the run in double.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "ocellus/base/random.h"
#include "ocellus/layers/layer.h"
#include "tests/support/guarded.h"
#include "tests/support/special_values.h"

namespace ocellus {

struct LayerRunOptions {
  int64_t batch = 1;
  std::optional<RandomKey> training;  // empty: as in prediction
  int threads = 1;
  bool input_gradients = true;  // whether Backward is asked for them
  bool packs_parameters = false;
};

// Values of both signs, at most 2 in magnitude, exact in float. Neither zero nor another element is
// nearer to one than 1 / (2 size), so that the derivatives of ReLU and of a maximum exist there.
inline Tensor<float> DistinctValues(const Shape& shape, uint64_t seed) {
  Tensor<float> values(shape);
  const int64_t size = shape.elements();
  const float unit = std::exp2(-std::floor(std::log2(static_cast<float>(size))));
  for (int64_t i = 0; i < size; ++i) {
    values[i] = (static_cast<float>(i - size / 2) + 0.5f) * unit;
  }
  Random(seed, 0).Shuffle(values.span());
  return values;
}

template <typename T>
class LayerRun {
 public:
  LayerRun(std::unique_ptr<Layer> layer, const std::vector<Shape>& inputs,
           const LayerRunOptions& options)
      : options_(options),
        layer_(std::move(layer)),
        info_(layer_->Prepare("layer", inputs)),
        pool_(options.threads),
        output_(info_.output.Batch(options.batch)),
        d_output_(Values(output_.view().shape(), 1)),
        saved_(layer_->SavedBytes(options.batch), /*offset_bytes=*/0),
        packed_(options.packs_parameters ? layer_->PackedBytes() : 0, /*offset_bytes=*/0),
        scratch_(
            std::is_same_v<T, float> ? layer_->ScratchBytes(options.batch, options.threads) : 0,
            /*offset_bytes=*/0) {
    uint64_t seed = 2;
    for (const Shape& shape : inputs) {
      inputs_.push_back(Values(shape.Batch(options.batch), seed++));
      d_inputs_.emplace_back(shape.Batch(options.batch));
    }
    for (const ParameterInfo& info : info_.parameters) {
      parameters_.push_back(Values(info.shape, seed++));
      if (!info.is_trained()) {  // may be a variance
        for (T& value : parameters_.back().span()) value = T{0.5} + std::abs(value);
      }
      d_parameters_.emplace_back(info.shape);
      d_parameters_.back().view().Fill(kStart);
    }
  }

  const Layer& layer() const { return *layer_; }
  const LayerInfo& info() const { return info_; }
  TensorView<T> input(size_t i) { return inputs_[i].view(); }
  TensorView<T> parameter(size_t i) { return parameters_[i].view(); }
  TensorView<T> output() { return output_.view(); }
  TensorView<T> d_output() { return d_output_.view(); }
  TensorView<T> d_input(size_t i) { return d_inputs_[i].view(); }

  // What Backward added.
  Tensor<T> d_parameter(size_t i) {
    Tensor<T> gradient = ConvertTo<T>(d_parameters_[i].view());
    for (T& value : gradient.span()) value -= kStart;
    return gradient;
  }

  void Forward(Activation activation = Activation::kNone) {
    const auto inputs = Views<const T>(inputs_);
    const auto parameters = Views<const T>(parameters_);
    if constexpr (std::is_same_v<T, float>) {
      if (options_.packs_parameters) layer_->PackParameters(parameters, packed_.span(), pool_);
    }
    layer_->Forward({.inputs = inputs,
                     .parameters = parameters,
                     .output = output_.view(),
                     .activation = activation,
                     .packed = packed_.span(),
                     .saved = saved_.span(),
                     .training = options_.training,
                     .context = context()});
    ExpectIntact();
  }

  // The sum of all outputs after Forward, each times the gradient that Backward gets.
  double Loss() {
    Forward();
    const TensorView<T> y = output_.view();
    return std::inner_product(y.data(), y.data() + y.elements(), d_output_.view().data(), 0.0);
  }

  // Destroys the input and the output of the layer if it says that Backward does not read them.
  void Backward() {
    if (!info_.backward_reads_output) output_.view().Fill(kNan);
    for (Guarded<T>& input : inputs_) {
      if (!info_.backward_reads_input) input.view().Fill(kNan);
    }
    const auto inputs = Views<const T>(inputs_);
    const auto parameters = Views<const T>(parameters_);
    auto d_inputs = Views<T>(d_inputs_);
    if (!options_.input_gradients) d_inputs.assign(d_inputs.size(), {});
    const auto d_parameters = Views<T>(d_parameters_);
    const GuardedBytes& saved = saved_;
    layer_->Backward({.inputs = inputs,
                      .parameters = parameters,
                      .output = output_.view(),
                      .d_output = d_output_.view(),
                      .d_inputs = d_inputs,
                      .d_parameters = d_parameters,
                      .saved = saved.span(),
                      .training = options_.training,
                      .context = context()});
    ExpectIntact();
  }

 private:
  static constexpr T kStart = T{0.5};  // what the gradients of parameters are added to

  static Guarded<T> Values(const Shape& shape, uint64_t seed) {
    return Guarded<T>(ConvertTo<T>(DistinctValues(shape, seed).view()));
  }

  template <typename U>
  static std::vector<TensorView<U>> Views(std::vector<Guarded<T>>& tensors) {
    std::vector<TensorView<U>> views;
    for (Guarded<T>& tensor : tensors) views.push_back(tensor.view());
    return views;
  }

  KernelContext context() { return {pool_, scratch_.span()}; }

  void ExpectIntact() const {
    EXPECT_TRUE(output_.GuardsAreIntact()) << "output";
    EXPECT_TRUE(saved_.GuardsAreIntact()) << "saved";
    EXPECT_TRUE(packed_.GuardsAreIntact()) << "packed";
    EXPECT_TRUE(scratch_.GuardsAreIntact()) << "scratch memory";
    for (const auto& tensor : d_inputs_) EXPECT_TRUE(tensor.GuardsAreIntact()) << "d_input";
    for (const auto& tensor : d_parameters_) EXPECT_TRUE(tensor.GuardsAreIntact()) << "d_parameter";
  }

  LayerRunOptions options_;
  std::unique_ptr<Layer> layer_;
  LayerInfo info_;
  ThreadPool pool_;
  std::vector<Guarded<T>> inputs_;
  std::vector<Guarded<T>> parameters_;
  Guarded<T> output_;
  Guarded<T> d_output_;
  std::vector<Guarded<T>> d_inputs_;
  std::vector<Guarded<T>> d_parameters_;
  GuardedBytes saved_;
  GuardedBytes packed_;
  GuardedBytes scratch_;
};

}  // namespace ocellus
