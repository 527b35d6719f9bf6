// The C++ of docs/own-layer.md, as it stands there.
#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
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

// output = scale * input, with a scale of its own for each channel.
class ChannelScale : public TypedLayer<ChannelScale> {
 public:
  std::string type() const override { return "ChannelScale"; }
  std::string label() const override { return "scale"; }
  Json OptionsToJson() const override { return Json::object(); }

  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 1);
    ExpectImage(where, inputs[0]);
    const int64_t channels = inputs[0][0];
    return {.output = inputs[0],
            .parameters = {{.name = "scale", .shape = {channels}, .initializer = Constant(1)}},
            .multiply_adds = inputs[0].elements()};
  }

  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    ForEachPlane(pass.output.shape(), [&](int64_t c, int64_t begin, int64_t end) {
      const T scale = pass.parameters[0][c];
      for (int64_t i = begin; i < end; ++i) pass.output[i] = scale * pass.inputs[0][i];
    });
  }

  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    ForEachPlane(pass.d_output.shape(), [&](int64_t c, int64_t begin, int64_t end) {
      T d_scale = 0;
      for (int64_t i = begin; i < end; ++i) d_scale += pass.d_output[i] * pass.inputs[0][i];
      pass.d_parameters[0][c] += d_scale;    // added to
      if (pass.d_inputs[0].empty()) return;  // nobody wants it
      const T scale = pass.parameters[0][c];
      for (int64_t i = begin; i < end; ++i) pass.d_inputs[0][i] = scale * pass.d_output[i];
    });
  }

 private:
  // Calls body(channel, begin, end) for each plane of a batch N x C x H x W.
  template <typename Body>
  static void ForEachPlane(const Shape& shape, const Body& body) {
    const int64_t area = shape[2] * shape[3];
    for (int64_t plane = 0; plane < shape[0] * shape[1]; ++plane) {
      body(plane % shape[1], plane * area, (plane + 1) * area);
    }
  }
};

TEST(OwnLayer, IsCheckedAndTravelsInJson) {
  Network net({3, 6, 5});
  net.Add(Convolution{.filters = 4, .kernel_size = 3})
      .Add(std::make_unique<ChannelScale>())
      .Add(std::make_unique<Swish>(1.5))
      .Add(Affine{.units = 4});
  net.Initialize(/*seed=*/1);
  const GradientCheck check = CheckGradient(net.ConvertTo<double>(), {.values_per_parameter = 0});
  EXPECT_TRUE(check.passed) << ToTable(check);

  RegisterLayer("Swish", [](OptionReader& options) -> std::unique_ptr<Layer> {
    return std::make_unique<Swish>(options.NumberOr("slope", 1));
  });
  RegisterLayer("ChannelScale", [](OptionReader&) -> std::unique_ptr<Layer> {
    return std::make_unique<ChannelScale>();
  });
  EXPECT_EQ(NetworkToJson(NetworkFromJson(NetworkToJson(net))), NetworkToJson(net));
}

}  // namespace
}  // namespace ocellus
