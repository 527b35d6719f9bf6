// Small data sets and layers for tests.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/layers/layer.h"

namespace ocellus {

// Images whose class can be learned: class c has bright pixels in its own columns.
inline std::unique_ptr<Dataset> TinyData(int64_t samples, int64_t size, int64_t classes) {
  Tensor<float> images({samples, 1, size, size});
  std::vector<int32_t> labels;
  std::vector<std::string> names;
  Random random(5, 0);
  for (int64_t c = 0; c < classes; ++c) names.push_back("class " + std::to_string(c));
  for (int64_t n = 0; n < samples; ++n) {
    labels.push_back(static_cast<int32_t>(n % classes));
    for (int64_t i = 0; i < size * size; ++i) {
      const bool bright = i % size % classes == n % classes;
      images[n * size * size + i] = static_cast<float>(random.Uniform() * (bright ? 1.0 : 0.3));
    }
  }
  return std::make_unique<InMemoryDataset>(std::move(images), std::move(labels), names, "tiny");
}

// A user's layer with two inputs: output = a + b.
class SumLayer : public TypedLayer<SumLayer> {
 public:
  std::string type() const override { return "TestSum"; }
  std::string label() const override { return "sum"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 2);
    return {.output = inputs[0], .parameters = {}, .backward_reads_input = false};
  }
  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    for (int64_t i = 0; i < pass.output.elements(); ++i) {
      pass.output[i] = pass.inputs[0][i] + pass.inputs[1][i];
    }
  }
  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    for (const TensorView<T>& d_input : pass.d_inputs) {
      if (!d_input.empty()) std::ranges::copy(pass.d_output.span(), d_input.data());
    }
  }
};

}  // namespace ocellus
