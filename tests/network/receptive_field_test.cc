// Receptive fields, against what really changes when a pixel changes.
#include "ocellus/network/receptive_field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/subnetwork.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

// A sum that declares what it reads.
class ElementwiseSumLayer : public TypedLayer<ElementwiseSumLayer> {
 public:
  std::string type() const override { return "TestElementwiseSum"; }
  std::string label() const override { return "sum"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view where, std::span<const Shape> inputs) override {
    ExpectInputCount(where, inputs, 2);
    return {.output = inputs[0], .parameters = {}, .window = Window{}};
  }
  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    for (int64_t i = 0; i < pass.output.elements(); ++i) {
      pass.output[i] = pass.inputs[0][i] + pass.inputs[1][i];
    }
  }
  template <typename T>
  void BackwardAny(const BackwardPass<T>&) const {}
};

// Weights of 1, so that every dependence shows.
void SetAllWeights(Network& network) {
  for (size_t i = 0; i < network.parameters().size(); ++i) {
    network.SetParameter(static_cast<int>(i),
                         Tensor<float>(network.parameters()[i].info.shape, 1.0f));
  }
}

// The smallest box of pixels on which the output at `unit`, in any channel, depends: found by
// making one pixel after the other so large that no maximum and no sum can miss it.
PixelBox FindFieldByChanges(const Network& network, int node, GridPoint unit) {
  const Network part = NetworkUpTo(network, node);
  const Shape& shape = part.input_shape();
  Tensor<float> input(shape.Batch(1), 1.0f);
  const auto outputs = [&] {
    const Tensor<float> output = part.Predict(input);
    std::vector<float> values;
    const Shape& out = part.output_shape();
    if (out.rank() != 3) return std::vector<float>(output.span().begin(), output.span().end());
    for (int64_t c = 0; c < out[0]; ++c) values.push_back(output.At(0, c, unit.y, unit.x));
    return values;
  };
  const std::vector<float> before = outputs();
  int64_t top = shape[1], left = shape[2], bottom = -1, right = -1;
  for (int64_t y = 0; y < shape[1]; ++y) {
    for (int64_t x = 0; x < shape[2]; ++x) {
      input.At(0, 0, y, x) = 1000;
      if (outputs() != before) {
        top = std::min(top, y);
        left = std::min(left, x);
        bottom = std::max(bottom, y);
        right = std::max(right, x);
      }
      input.At(0, 0, y, x) = 1;
    }
  }
  return {.top = top, .left = left, .size = {bottom - top + 1, right - left + 1}};
}

void ExpectFieldsOfAllUnits(const Network& network, int node) {
  const Shape& shape = network.shape_of(node);
  const Extent image{network.input_shape()[1], network.input_shape()[2]};
  for (int64_t y = 0; y < (shape.rank() == 3 ? shape[1] : 1); ++y) {
    for (int64_t x = 0; x < (shape.rank() == 3 ? shape[2] : 1); ++x) {
      const PixelBox found = ClipToImage(ReceptiveField(network, node, {y, x}), image);
      const PixelBox expected = FindFieldByChanges(network, node, {y, x});
      EXPECT_TRUE(found == expected)
          << network.name_of(node) << " at " << y << ", " << x << ": found " << found.top << ", "
          << found.left << ", " << found.size.ToString() << ", expected " << expected.top << ", "
          << expected.left << ", " << expected.size.ToString();
    }
  }
}

TEST(ReceptiveField, IsWhatChangesWithAPixel) {
  Network net({2, 13, 14});
  net.Add(Convolution{.filters = 2, .kernel_size = {3, 2}, .stride = {2, 1}, .padding = {1, 0}})
      .Add(Relu{})
      .Add(MaxPooling{.window = {3, 3}, .stride = {2, 2}})
      .Add(Convolution{.filters = 3, .kernel_size = 3, .padding = 2})
      .Add(AveragePooling{.window = {1, 2}, .stride = {1, 2}})
      .Add(Affine{.units = 2})
      .Add(Relu{});
  SetAllWeights(net);
  for (int node = 0; node < static_cast<int>(net.nodes().size()); ++node) {
    ExpectFieldsOfAllUnits(net, node);
  }
}

TEST(ReceptiveField, CoversAllBranches) {
  Network net({1, 9, 8});
  net.Add(Convolution{.filters = 1, .kernel_size = {1, 5}, .padding = {0, 2}}, {.name = "wide"})
      .Add(Convolution{.filters = 1, .kernel_size = {3, 1}, .padding = {1, 0}},
           {.name = "high", .inputs = {"input"}})
      .Add(std::make_unique<ElementwiseSumLayer>(), {.name = "sum", .inputs = {"wide", "high"}});
  SetAllWeights(net);
  ExpectFieldsOfAllUnits(net, net.FindNode("sum"));
  EXPECT_EQ(ReceptiveField(net, net.FindNode("sum"), {4, 4}),
            (PixelBox{.top = 3, .left = 2, .size = {3, 5}}));
}

TEST(ReceptiveField, IsTheWholeImageBehindALayerThatDoesNotTell) {
  Network net({1, 6, 7});
  net.Add(Convolution{.filters = 1, .kernel_size = 3, .padding = 1}, {.name = "conv"})
      .Add(std::make_unique<SumLayer>(), {.name = "sum", .inputs = {"conv", "conv"}});
  SetAllWeights(net);
  EXPECT_EQ(ReceptiveField(net, net.FindNode("sum"), {2, 2}),
            (PixelBox{.top = -1, .left = -1, .size = {8, 9}}));
}

TEST(ReceptiveField, HasTheSizeOfTheFormulaEverywhere) {
  Network net({1, 28, 28});
  net.Add(Convolution{.filters = 1, .kernel_size = 3, .padding = 1})
      .Add(Convolution{.filters = 1, .kernel_size = 3, .padding = {2, 4}, .dilation = {2, 4}})
      .Add(MaxPooling{.window = 2})
      .Add(Convolution{.filters = 1, .kernel_size = 3, .stride = 3, .rounding = Rounding::kFloor});
  // r = 1 + 2 + D 2 + 1 + 2 * 2
  const Extent size{1 + 2 + 4 + 1 + 4, 1 + 2 + 8 + 1 + 4};
  const Shape& shape = net.shape_of(3);
  for (int64_t y = 0; y < shape[1]; ++y) {
    for (int64_t x = 0; x < shape[2]; ++x) {
      const PixelBox box = ReceptiveField(net, 3, {y, x});
      EXPECT_EQ(box, (PixelBox{.top = 6 * y - 3, .left = 6 * x - 5, .size = size}));
    }
  }
  EXPECT_EQ(ReceptiveField(net, kNetworkInput, {5, 6}), (PixelBox{.top = 5, .left = 6, .size = 1}));
}

TEST(ClipToImage, LeavesWhatIsInside) {
  EXPECT_EQ(ClipToImage({.top = -2, .left = 3, .size = {5, 4}}, {10, 6}),
            (PixelBox{.top = 0, .left = 3, .size = {3, 3}}));
  EXPECT_EQ(ClipToImage({.top = 1, .left = 2, .size = {2, 3}}, {10, 6}),
            (PixelBox{.top = 1, .left = 2, .size = {2, 3}}));
  EXPECT_EQ(ClipToImage({.top = -9, .left = 0, .size = 3}, {10, 6}).size.area(), 0);
}

}  // namespace
}  // namespace ocellus
