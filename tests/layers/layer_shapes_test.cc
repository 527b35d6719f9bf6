// What each layer says about itself for given input shapes, and what it says about wrong ones.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/batch_norm_layer.h"
#include "ocellus/layers/concat_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/dropout_layer.h"
#include "ocellus/layers/flatten_layer.h"
#include "ocellus/layers/global_average_pooling_layer.h"
#include "ocellus/layers/leaky_relu_layer.h"
#include "ocellus/layers/local_response_norm_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/layers/sigmoid_layer.h"
#include "ocellus/layers/softmax_layer.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/layers/subsampling_layer.h"
#include "ocellus/layers/tanh_layer.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

template <typename Options>
LayerInfo Prepare(const Options& options, const std::vector<Shape>& inputs) {
  return MakeLayer(options)->Prepare("x", inputs);
}

template <typename Options>
std::string PrepareError(const Options& options, const std::vector<Shape>& inputs) {
  return ErrorText([&] { Prepare(options, inputs); });
}

TEST(Prepare, ConvolutionKnowsItsShapes) {
  const LayerInfo info = Prepare(
      Convolution{.filters = 6, .kernel_size = {3, 2}, .stride = {2, 3}, .groups = 2}, {{4, 9, 8}});
  EXPECT_EQ(info.output, (Shape{6, 4, 3}));
  ASSERT_EQ(info.parameters.size(), 2u);
  EXPECT_EQ(info.parameters[0].name, "weights");
  EXPECT_EQ(info.parameters[0].shape, (Shape{6, 2, 3, 2}));
  EXPECT_EQ(info.parameters[0].fan_in, 2 * 3 * 2);
  EXPECT_EQ(info.parameters[0].fan_out, 3 * 3 * 2) << "filters of the group, window";
  EXPECT_EQ(info.parameters[1].name, "biases");
  EXPECT_EQ(info.parameters[1].shape, Shape{6});
  EXPECT_EQ(info.multiply_adds, 6 * 4 * 3 * (2 * 3 * 2));
}

TEST(Prepare, AffineFlattensAnyInput) {
  const LayerInfo info = Prepare(Affine{.units = 5}, {{2, 3, 4}});
  EXPECT_EQ(info.output, Shape{5});
  EXPECT_EQ(info.parameters[0].shape, (Shape{24, 5}));
  EXPECT_EQ(info.parameters[0].fan_in, 24);
  EXPECT_EQ(info.parameters[0].fan_out, 5);
  EXPECT_EQ(info.parameters[1].shape, Shape{5});
  EXPECT_EQ(info.multiply_adds, 24 * 5);
}

TEST(Prepare, PoolingStrideIsTheWindowUnlessGiven) {
  EXPECT_EQ(Prepare(MaxPooling{.window = {3, 2}}, {{2, 6, 8}}).output, (Shape{2, 2, 4}));
  EXPECT_EQ(Prepare(AveragePooling{.window = {3, 2}}, {{2, 6, 8}}).output, (Shape{2, 2, 4}));
  EXPECT_EQ(Prepare(MaxPooling{.window = {3, 2}, .stride = 1}, {{2, 6, 8}}).output,
            (Shape{2, 4, 7}));
  EXPECT_TRUE(Prepare(MaxPooling{.window = 2}, {{1, 2, 2}}).parameters.empty());
}

TEST(Prepare, SubsamplingHasACoefficientAndABiasForEachMap) {
  const LayerInfo info = Prepare(Subsampling{.window = {3, 2}, .stride = {1, 2}}, {{5, 6, 8}});
  EXPECT_EQ(info.output, (Shape{5, 4, 4}));
  ASSERT_EQ(info.parameters.size(), 2u);
  EXPECT_EQ(info.parameters[0].name, "weights");
  EXPECT_EQ(info.parameters[0].shape, Shape{5});
  EXPECT_EQ(info.parameters[0].fan_in, 6);
  EXPECT_EQ(info.parameters[1].name, "biases");
  EXPECT_EQ(info.parameters[1].shape, Shape{5});
  EXPECT_EQ(Prepare(Subsampling{.window = {3, 2}}, {{5, 6, 8}}).output, (Shape{5, 2, 4}));
}

TEST(Prepare, GlobalAveragePoolingLeavesOnePixelForAnyImage) {
  EXPECT_EQ(Prepare(GlobalAveragePooling{}, {{5, 6, 8}}).output, (Shape{5, 1, 1}));
  EXPECT_EQ(Prepare(GlobalAveragePooling{}, {{5, 1, 1}}).output, (Shape{5, 1, 1}));
}

TEST(Prepare, TheOthersKeepTheirElements) {
  EXPECT_EQ(Prepare(Relu{}, {{2, 3, 4}}).output, (Shape{2, 3, 4}));
  EXPECT_EQ(Prepare(Flatten{}, {{2, 3, 4}}).output, Shape{24});
}

TEST(Prepare, RefusesWrongOptionsByName) {
  const std::vector<Shape> image = {{4, 9, 8}};
  EXPECT_EQ(PrepareError(Convolution{.kernel_size = 3}, image),
            "x: filters: expected 1 or more, found 0");
  EXPECT_EQ(PrepareError(Convolution{.filters = 2}, image),
            "x: window size along the height: expected 1 to 268435456, found 0");
  EXPECT_EQ(PrepareError(Convolution{.filters = 2, .kernel_size = 3, .stride = {1, 0}}, image),
            "x: stride along the width: expected 1 to 268435456, found 0");
  EXPECT_EQ(PrepareError(Convolution{.filters = 2, .kernel_size = 3, .padding = {-1, 0}}, image),
            "x: padding along the height: expected 0 to 268435456, found -1");
  EXPECT_EQ(PrepareError(Convolution{.filters = 6, .kernel_size = 3, .groups = 3}, image),
            "x: groups: expected a divisor of 4 input channels and of 6 filters, found 3");
  EXPECT_EQ(PrepareError(Convolution{.filters = 2, .kernel_size = {3, 9}}, image),
            "x: a window spanning 9 does not fit into input width 8 with padding 0");
  EXPECT_EQ(PrepareError(MaxPooling{}, image),
            "x: window size along the height: expected 1 to 268435456, found 0");
  EXPECT_EQ(PrepareError(MaxPooling{.window = 3, .stride = {0, 1}}, image),
            "x: stride along the height: expected 1 to 268435456, found 0");
  EXPECT_EQ(PrepareError(AveragePooling{.window = 3, .stride = {2, 2}}, image),
            "x: (8 + 2*0 - 3) / 2 is not a whole number along the width; input width 7 or 9 would "
            "fit; or choose rounding floor or ceil");
  EXPECT_EQ(PrepareError(MaxPooling{.window = 2, .stride = 1, .padding = 2}, image),
            "x: padding 2x2 is so large that a window of 2x2 with dilation 1x1 would see nothing "
            "else");
  EXPECT_EQ(PrepareError(Subsampling{.window = 2, .stride = 3}, image),
            "x: (9 + 2*0 - 2) / 3 is not a whole number along the height; padding 1 or input "
            "height 8 or 11 would fit; or choose rounding floor or ceil");
  EXPECT_EQ(PrepareError(LocalResponseNorm{.size = 0}, image),
            "x: size: expected 1 to 268435456, found 0");
  EXPECT_EQ(PrepareError(LocalResponseNorm{.alpha = -1}, image),
            "x: alpha: expected a finite number of 0 or more, found -1");
  EXPECT_EQ(PrepareError(LocalResponseNorm{.beta = std::nan("")}, image),
            "x: beta: expected a finite number of 0 or more, found nan");
  EXPECT_EQ(PrepareError(LocalResponseNorm{.k = 0}, image),
            "x: k: expected a finite number above 0, found 0");
  EXPECT_EQ(PrepareError(Affine{}, image), "x: units: expected 1 or more, found 0");
}

template <typename Options>
void ExpectOneInput(const Options& options) {
  EXPECT_EQ(PrepareError(options, {}), "x: expected 1 input, found 0");
  EXPECT_EQ(PrepareError(options, {{4, 9, 8}, {4, 9, 8}}), "x: expected 1 input, found 2");
}

TEST(Prepare, MostLayersHaveOneInput) {
  ExpectOneInput(Convolution{.filters = 2, .kernel_size = 3});
  ExpectOneInput(MaxPooling{.window = 1});
  ExpectOneInput(AveragePooling{.window = 1});
  ExpectOneInput(GlobalAveragePooling{});
  ExpectOneInput(Subsampling{.window = 1});
  ExpectOneInput(LocalResponseNorm{});
  ExpectOneInput(Affine{.units = 2});
  ExpectOneInput(Relu{});
  ExpectOneInput(LeakyRelu{});
  ExpectOneInput(Sigmoid{});
  ExpectOneInput(Tanh{});
  ExpectOneInput(Softmax{});
  ExpectOneInput(Dropout{});
  ExpectOneInput(BatchNorm{});
  ExpectOneInput(Flatten{});
}

TEST(Prepare, ConcatAddsChannelsUp) {
  EXPECT_EQ(Prepare(Concat{}, {{2, 3, 4}, {1, 3, 4}, {5, 3, 4}}).output, (Shape{8, 3, 4}));
  EXPECT_EQ(Prepare(Concat{}, {{2}, {3}}).output, Shape{5});
  EXPECT_EQ(PrepareError(Concat{}, {{2, 3}, {2, 3, 4}}),
            "x: expected inputs that differ in the number of channels only, found 2x3 (the first) "
            "and 2x3x4 (number 2)");
}

TEST(Prepare, SoftmaxNeedsARow) {
  EXPECT_EQ(PrepareError(Softmax{}, {{2, 3, 4}}),
            "x: expected one row of scores, found shape 2x3x4; put Affine or Flatten before it");
}

TEST(Prepare, LeakyReluNeedsASlopeThatKeepsSigns) {
  EXPECT_EQ(PrepareError(LeakyRelu{.slope = -0.1}, {{4}}),
            "x: slope: expected a finite number of 0 or more, found -0.1");
  EXPECT_EQ(PrepareError(LeakyRelu{.slope = std::nan("")}, {{4}}),
            "x: slope: expected a finite number of 0 or more, found nan");
}

TEST(Prepare, ImageLayersNeedAnImage) {
  const std::string expected =
      "x: expected an input with axes C, H, W, found shape 24; image layers must come before "
      "Affine and Flatten";
  EXPECT_EQ(PrepareError(Convolution{.filters = 2, .kernel_size = 1}, {{24}}), expected);
  EXPECT_EQ(PrepareError(MaxPooling{.window = 1}, {{24}}), expected);
  EXPECT_EQ(PrepareError(AveragePooling{.window = 1}, {{24}}), expected);
  EXPECT_EQ(PrepareError(GlobalAveragePooling{}, {{24}}), expected);
  EXPECT_EQ(PrepareError(Subsampling{.window = 1}, {{24}}), expected);
  EXPECT_EQ(PrepareError(LocalResponseNorm{}, {{24}}), expected);
}

TEST(Prepare, RefusesAConvolutionWhoseWorkDoesNotFitIntoANumber) {
  EXPECT_EQ(PrepareError(Convolution{.filters = 1000, .kernel_size = 15001}, {{1, 30000, 30000}}),
            "x: 225000000000 x 225030001 does not fit into 64 bits");
}

TEST(CheckLabels, SaysWhatDoesNotFit) {
  const std::vector<int32_t> labels = {0, 2, 1};
  CheckLabels({3, 3}, labels);
  EXPECT_EQ(ErrorText([&] {
              CheckLabels({4, 3}, labels);
            }),
            "loss: expected 4 labels, one for each sample, found 3");
  EXPECT_EQ(ErrorText([&] {
              CheckLabels({3, 2}, labels);
            }),
            "loss: label of sample 1: expected 0 to 1, found 2; the network has 2 outputs");
  EXPECT_EQ(ErrorText([&] {
              CheckLabels({1, 2}, std::vector<int32_t>{-1});
            }),
            "loss: label of sample 0: expected 0 to 1, found -1; the network has 2 outputs");
  EXPECT_EQ(ErrorText([&] {
              CheckLabels({3, 2, 2, 2}, labels);
            }),
            "loss: expected a network whose output is one row of class scores, found output shape "
            "2x2x2; end it with an Affine layer");
}

}  // namespace
}  // namespace ocellus
