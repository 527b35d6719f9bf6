// A layer written outside the library: the mathematics once for both precisions, the gradient check
// for free, and JSON after one line of registration.
#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/layer_registry.h"
#include "ocellus/network/network.h"
#include "ocellus/network/network_json.h"
#include "ocellus/training/gradient_check.h"

namespace ocellus {
namespace {

// output = input * sigmoid(slope * input)
class Swish : public TypedLayer<Swish> {
 public:
  explicit Swish(double slope) : slope_(slope) {}

  std::string type() const override { return "Swish"; }
  std::string label() const override { return "swish"; }
  Json OptionsToJson() const override { return {{"slope", slope_}}; }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    return {.output = inputs[0], .parameters = {}};
  }

  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    for (int64_t i = 0; i < pass.output.elements(); ++i) {
      pass.output[i] = pass.inputs[0][i] * Sigmoid(pass.inputs[0][i]);
    }
  }

  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    if (pass.d_inputs[0].empty()) return;
    for (int64_t i = 0; i < pass.d_output.elements(); ++i) {
      const T x = pass.inputs[0][i];
      const T s = Sigmoid(x);
      pass.d_inputs[0][i] = pass.d_output[i] * (s + x * static_cast<T>(slope_) * s * (1 - s));
    }
  }

 private:
  template <typename T>
  T Sigmoid(T x) const {
    return 1 / (1 + std::exp(-static_cast<T>(slope_) * x));
  }

  double slope_;
};

TEST(OwnLayer, IsCheckedAndTravelsInJson) {
  Network net({3, 2, 2});
  net.Add(Affine{.units = 6}).Add(std::make_unique<Swish>(1.5)).Add(Affine{.units = 4});
  net.Initialize(1);
  const GradientCheck check = CheckGradient(net.ConvertTo<double>(), {.values_per_parameter = 0});
  EXPECT_TRUE(check.passed) << ToTable(check);

  RegisterLayer("Swish", [](OptionReader& options) -> std::unique_ptr<Layer> {
    return std::make_unique<Swish>(options.NumberOr("slope", 1));
  });
  EXPECT_EQ(NetworkToJson(NetworkFromJson(NetworkToJson(net))), NetworkToJson(net));
}

}  // namespace
}  // namespace ocellus
