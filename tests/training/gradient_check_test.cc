// The gradient check: passes for what is right, fails for what is wrong.
#include "ocellus/training/gradient_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/batch_norm_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/global_average_pooling_layer.h"
#include "ocellus/layers/local_response_norm_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/layers/subsampling_layer.h"
#include "ocellus/nets/simple_conv_net.h"
#include "tests/support/error_text.h"
#include "tests/support/special_values.h"

namespace ocellus {
namespace {

// ReLU whose gradient is a little too large.
class WrongLayer : public TypedLayer<WrongLayer> {
 public:
  std::string type() const override { return "Wrong"; }
  std::string label() const override { return "wrong"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view, std::span<const Shape> inputs) override {
    return {.output = inputs[0], .parameters = {}};
  }
  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    std::ranges::copy(pass.inputs[0].span(), pass.output.data());
  }
  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    if (pass.d_inputs[0].empty()) return;
    for (int64_t i = 0; i < pass.d_output.elements(); ++i) {
      pass.d_inputs[0][i] = pass.d_output[i] * static_cast<T>(1.0001);
    }
  }
};

TEST(CheckGradient, PassesForTheChaptersSmallNetwork) {
  Network net = MakeSimpleConvNet({.input_dim = {1, 10, 10},
                                   .filter_num = 10,
                                   .filter_size = 3,
                                   .hidden_size = 10,
                                   .weight_init_std = 0.01});
  net.Initialize(1);
  const GradientCheck check = CheckGradient(net.ConvertTo<double>(), {.values_per_parameter = 0});
  EXPECT_TRUE(check.passed) << ToTable(check);
  EXPECT_EQ(check.parameters.size(), 7u);
  EXPECT_LT(check.max_relative_error, 1e-6);
  EXPECT_LT(check.max_float_relative_error, 1e-5);
  for (const auto& parameter : check.parameters) EXPECT_GT(parameter.largest, 0) << parameter.name;
}

TEST(CheckGradient, PassesForEachLayerWithUnequalOptions) {
  std::vector<Network> nets;
  nets.emplace_back(Shape{4, 9, 8})
      .Add(Convolution{.filters = 6,
                       .kernel_size = {3, 2},
                       .stride = {2, 3},
                       .padding = {1, 0},
                       .dilation = {1, 1},
                       .groups = 2});
  nets.emplace_back(Shape{2, 7, 9})
      .Add(Convolution{.filters = 3, .kernel_size = {2, 3}, .padding = {2, 1}, .dilation = {3, 2}});
  nets.emplace_back(Shape{2, 6, 9})
      .Add(MaxPooling{.window = {3, 2}, .stride = {1, 1}, .padding = {1, 0}});
  nets.emplace_back(Shape{2, 6, 8}).Add(MaxPooling{.window = 2});
  nets.emplace_back(Shape{2, 7, 9})
      .Add(AveragePooling{
          .window = {3, 2}, .stride = {2, 3}, .padding = {1, 1}, .rounding = Rounding::kCeil});
  nets.emplace_back(Shape{2, 7, 9})
      .Add(AveragePooling{
          .window = 3, .stride = 2, .padding = 1, .padding_count = PaddingCount::kInclude});
  nets.emplace_back(Shape{3, 5, 4})
      .Add(Convolution{
          .filters = 4, .kernel_size = {3, 2}, .connections = {{0, 2}, {1}, {0, 1, 2}, {2}}});
  nets.emplace_back(Shape{3, 6, 4}).Add(Subsampling{.window = 2});
  nets.emplace_back(Shape{2, 6, 5}).Add(Subsampling{.window = {3, 2}, .stride = {3, 1}});
  nets.emplace_back(Shape{5, 3, 4}).Add(GlobalAveragePooling{});
  nets.emplace_back(Shape{6, 2, 3}).Add(LocalResponseNorm{.alpha = 1});
  nets.emplace_back(Shape{3, 2, 3})
      .Add(LocalResponseNorm{
          .size = 4, .alpha = 2, .beta = 1.5, .k = 1, .alpha_mode = AlphaMode::kMean});
  nets.emplace_back(Shape{3, 2, 4}).Add(Affine{.units = 5});
  nets.emplace_back(Shape{3, 4, 5}).Add(Affine{.units = 8}).Add(Relu{});
  for (Network& net : nets) {
    net.Initialize(4);
    const GradientCheck check =
        CheckGradient(net.ConvertTo<double>(), {.batch_size = 2, .values_per_parameter = 0});
    EXPECT_TRUE(check.passed) << ToTable(check);
  }
}

TEST(CheckGradient, FailsForAWrongGradientAndNamesWhatIsBeforeIt) {
  Network net({3, 2, 2});
  net.Add(Affine{.units = 6}).Add(std::make_unique<WrongLayer>()).Add(Affine{.units = 4});
  net.Initialize(1);
  const GradientCheck check = CheckGradient(net.ConvertTo<double>());
  EXPECT_FALSE(check.passed);
  EXPECT_FALSE(check.parameters[0].passed);  // affine1.weights: behind the wrong layer
  EXPECT_TRUE(check.parameters[2].passed);   // affine2.weights: before it
  EXPECT_NE(ToTable(check).find("FAILED"), std::string::npos);
}

// Passes its input on; the first element of its gradient is NaN in NanType, all others are right.
template <typename NanType>
class NanLayer : public TypedLayer<NanLayer<NanType>> {
 public:
  std::string type() const override { return "Nan"; }
  std::string label() const override { return "nan"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view, std::span<const Shape> inputs) override {
    return {.output = inputs[0], .parameters = {}};
  }
  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    std::ranges::copy(pass.inputs[0].span(), pass.output.data());
  }
  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    std::ranges::copy(pass.d_output.span(), pass.d_inputs[0].data());
    if (std::is_same_v<T, NanType>) pass.d_inputs[0][0] = std::numeric_limits<T>::quiet_NaN();
  }
};

// The good values behind the NaN must not make it forgotten.
TEST(CheckGradient, FailsForOneNanInEitherPrecision) {
  for (const bool in_double : {true, false}) {
    Network net({4});
    if (in_double) {
      net.Add(std::make_unique<NanLayer<double>>());
    } else {
      net.Add(std::make_unique<NanLayer<float>>());
    }
    const GradientCheck check = CheckGradient(net.ConvertTo<double>());
    EXPECT_FALSE(check.passed) << ToTable(check);
    EXPECT_TRUE(std::isnan(in_double ? check.max_relative_error : check.max_float_relative_error));
  }
}

TEST(CheckGradient, FailsWhenBothSidesAreZero) {
  Network net({3});
  net.Add(Affine{.units = 4, .bias_init = Constant(-100)}).Add(Relu{}).Add(Affine{.units = 3});
  net.Initialize(1);
  const GradientCheck check = CheckGradient(net.ConvertTo<double>());
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.parameters[0].problem, "the gradient is zero on both sides: nothing was checked");
}

// BatchNorm takes away what the biases before it add: their gradient is 0, but for rounding errors.
TEST(CheckGradient, PassesForBiasesThatHaveNoEffect) {
  Network net({2, 6, 6});
  net.Add(Convolution{.filters = 3, .kernel_size = 3}).Add(BatchNorm{}).Add(Relu{});
  net.Add(Affine{.units = 4});
  for (const uint64_t seed : {1, 2, 3}) {
    net.Initialize(seed);
    const GradientCheck check = CheckGradient(net.ConvertTo<double>(), {.batch_size = 3});
    EXPECT_TRUE(check.passed) << ToTable(check);
    EXPECT_EQ(check.parameters[1].name, "conv1.biases");
    for (const auto& parameter : check.parameters) {
      EXPECT_EQ(parameter.has_effect, parameter.name != "conv1.biases") << parameter.name;
    }
    EXPECT_LT(check.max_float_relative_error, 1e-4);
    EXPECT_NE(ToTable(check).find("ok: no effect on the loss"), std::string::npos);
  }
}

// Multiplies by its only weight, and says something else about the gradient of its bias, which it
// does not use.
class UnusedBiasLayer : public TypedLayer<UnusedBiasLayer> {
 public:
  std::string type() const override { return "UnusedBias"; }
  std::string label() const override { return "unused"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view, std::span<const Shape> inputs) override {
    return {.output = inputs[0],
            .parameters = {{.name = "weight", .shape = {1}, .initializer = Constant(2)},
                           {.name = "bias", .shape = {1}, .initializer = Constant(0)}}};
  }
  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    for (int64_t i = 0; i < pass.output.elements(); ++i) {
      pass.output[i] = pass.parameters[0][0] * pass.inputs[0][i];
    }
  }
  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    for (int64_t i = 0; i < pass.d_output.elements(); ++i) {
      pass.d_inputs[0][i] = pass.d_output[i] * pass.parameters[0][0];
      pass.d_parameters[0][0] += pass.d_output[i] * pass.inputs[0][i];
    }
    pass.d_parameters[1][0] += static_cast<T>(1e-5);
  }
};

TEST(CheckGradient, FailsForASmallGradientOfWhatHasNoEffect) {
  Network net({3});
  net.Add(std::make_unique<UnusedBiasLayer>());
  net.Initialize(1);
  const GradientCheck check = CheckGradient(net.ConvertTo<double>());
  EXPECT_FALSE(check.passed);
  EXPECT_TRUE(check.parameters[0].passed) << ToTable(check);
  EXPECT_FALSE(check.parameters[1].passed) << ToTable(check);
}

TEST(CheckGradient, RefusesOptionsThatLetEverythingPass) {
  Network net({3});
  net.Add(Affine{.units = 2});
  net.Initialize(1);
  const auto error_of = [&](const GradientCheckOptions& options) {
    return ErrorText([&] { CheckGradient(net.ConvertTo<double>(), options); });
  };
  EXPECT_EQ(error_of({.tolerance = kInfinity}),
            "tolerance: expected a finite number above 0, found inf");
  EXPECT_EQ(error_of({.float_tolerance = kInfinity}),
            "float tolerance: expected a finite number above 0, found inf");
  EXPECT_EQ(error_of({.step = std::nan("")}), "step: expected a finite number above 0, found nan");
}

}  // namespace
}  // namespace ocellus
