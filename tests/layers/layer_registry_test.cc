// Layers by name: every option of every layer goes to JSON and comes back.
#include "ocellus/layers/layer_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/base/json.h"
#include "ocellus/layers/add_layer.h"
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
#include "ocellus/layers/subsampling_layer.h"
#include "ocellus/layers/tanh_layer.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

std::unique_ptr<Layer> FromJson(const std::string& type, const Json& json) {
  OptionReader reader(json, "layers[0]");
  return MakeLayerFromJson(type, reader);
}

// Expects the layer's options to be written as `text` and to survive being read again.
template <typename Options>
void ExpectJson(const Options& options, const std::string& text) {
  const std::unique_ptr<Layer> layer = MakeLayer(options);
  EXPECT_EQ(layer->OptionsToJson().dump(), text);
  const std::unique_ptr<Layer> read = FromJson(layer->type(), Json::parse(text));
  EXPECT_EQ(read->type(), layer->type());
  EXPECT_EQ(read->OptionsToJson().dump(), text);
}

TEST(LayerJson, LeavesDefaultsOut) {
  ExpectJson(Convolution{.filters = 30, .kernel_size = 5}, R"({"filters":30,"kernel_size":5})");
  ExpectJson(MaxPooling{.window = 2}, R"({"window":2})");
  ExpectJson(AveragePooling{.window = 2}, R"({"window":2})");
  ExpectJson(GlobalAveragePooling{}, "{}");
  ExpectJson(Subsampling{.window = 2}, R"({"window":2})");
  ExpectJson(LocalResponseNorm{}, "{}");
  ExpectJson(Affine{.units = 10}, R"({"units":10})");
  ExpectJson(Relu{}, "{}");
  ExpectJson(LeakyRelu{}, "{}");
  ExpectJson(Sigmoid{}, "{}");
  ExpectJson(Tanh{}, "{}");
  ExpectJson(Softmax{}, "{}");
  ExpectJson(Dropout{}, "{}");
  ExpectJson(BatchNorm{}, "{}");
  ExpectJson(Flatten{}, "{}");
  ExpectJson(Add{}, "{}");
  ExpectJson(Concat{}, "{}");
}

TEST(LayerJson, KeepsEveryOption) {
  ExpectJson(Convolution{.filters = 4,
                         .kernel_size = {3, 2},
                         .stride = {2, 1},
                         .padding = {1, 0},
                         .dilation = {1, 3},
                         .groups = 2,
                         .rounding = Rounding::kFloor,
                         .method = ConvolutionMethod::kDirect,
                         .weight_init = Normal(0.25),
                         .bias_init = Constant(1)},
             R"({"filters":4,"kernel_size":[3,2],"stride":[2,1],"padding":[1,0],"dilation":[1,3],)"
             R"("groups":2,"rounding":"floor","method":"direct","weight_init":{"normal":0.25},)"
             R"("bias_init":{"constant":1.0}})");
  ExpectJson(Convolution{.filters = 2, .kernel_size = 1, .connections = {{0, 2}, {1}}},
             R"({"filters":2,"kernel_size":1,"connections":[[0,2],[1]]})");
  ExpectJson(MaxPooling{.window = {3, 2},
                        .stride = {1, 2},
                        .padding = {1, 0},
                        .dilation = {2, 1},
                        .rounding = Rounding::kCeil},
             R"({"window":[3,2],"stride":[1,2],"padding":[1,0],"dilation":[2,1],)"
             R"("rounding":"ceil"})");
  ExpectJson(AveragePooling{.window = {3, 2},
                            .stride = {1, 2},
                            .padding = {1, 0},
                            .dilation = {2, 1},
                            .rounding = Rounding::kFloor,
                            .padding_count = PaddingCount::kInclude},
             R"({"window":[3,2],"stride":[1,2],"padding":[1,0],"dilation":[2,1],)"
             R"("rounding":"floor","padding_count":"include"})");
  ExpectJson(Subsampling{.window = {3, 2},
                         .stride = {1, 2},
                         .weight_init = Constant(0.25),
                         .bias_init = Normal(0.5)},
             R"({"window":[3,2],"stride":[1,2],"weight_init":{"constant":0.25},)"
             R"("bias_init":{"normal":0.5}})");
  ExpectJson(
      LocalResponseNorm{
          .size = 4, .alpha = 0.5, .beta = 0.25, .k = 1, .alpha_mode = AlphaMode::kMean},
      R"({"size":4,"alpha":0.5,"beta":0.25,"k":1.0,"alpha_mode":"mean"})");
  ExpectJson(Affine{.units = 3, .biases = false}, R"({"units":3,"biases":false})");
  ExpectJson(Convolution{.filters = 2, .kernel_size = 1, .biases = false},
             R"({"filters":2,"kernel_size":1,"biases":false})");
  ExpectJson(Affine{.units = 3, .weight_init = Xavier(), .bias_init = Normal(0.5)},
             R"({"units":3,"weight_init":"xavier","bias_init":{"normal":0.5}})");
  ExpectJson(LeakyRelu{.slope = 0.25}, R"({"slope":0.25})");
  ExpectJson(Dropout{.ratio = 0.25, .scaling = DropoutScaling::kPrediction},
             R"({"ratio":0.25,"scaling":"prediction"})");
  ExpectJson(BatchNorm{.momentum = 0.5, .epsilon = 0.125}, R"({"momentum":0.5,"epsilon":0.125})");
}

TEST(MakeLayerFromJson, SaysWhatIsWrong) {
  const auto error = [](const std::string& type, const char* text) {
    return ErrorText([&] { FromJson(type, Json::parse(text)); });
  };
  EXPECT_EQ(error("MaxPoolin", R"({"window": 2})"),
            "layers[0]: unknown layer type 'MaxPoolin'; did you mean 'MaxPooling'?");
  EXPECT_EQ(error("Convolution", R"({"filters": 2})"), "layers[0]: 'kernel_size' is missing");
  EXPECT_EQ(error("AveragePooling", R"({"window": 2, "padding_count": "excluded"})"),
            "layers[0]: 'padding_count': unknown value 'excluded'; did you mean 'exclude'?");
  EXPECT_EQ(error("MaxPooling", R"({"window": 2, "padding_count": "include"})"),
            "layers[0]: unknown option 'padding_count'; known: window, stride, padding, dilation, "
            "rounding");
  EXPECT_EQ(error("LocalResponseNorm", R"({"alpha_mode": "average"})"),
            "layers[0]: 'alpha_mode': unknown value 'average'; known: sum, mean");
  EXPECT_EQ(error("Relu", R"({"slope": 1})"), "layers[0]: unknown option 'slope'");
  EXPECT_EQ(error("LeakyRelu", R"({"slop": 1})"),
            "layers[0]: unknown option 'slop'; did you mean 'slope'?");
  EXPECT_EQ(error("Dropout", R"({"scaling": "predicton"})"),
            "layers[0]: 'scaling': unknown value 'predicton'; did you mean 'prediction'?");
}

TEST(RegisterLayer, MakesALayerKnownOnce) {
  const auto make = [](OptionReader&) -> std::unique_ptr<Layer> {
    return std::make_unique<SumLayer>();
  };
  RegisterLayer("TestSum", make);
  EXPECT_EQ(FromJson("TestSum", Json::object())->type(), "TestSum");
  EXPECT_THAT(LayerTypes(), testing::IsSupersetOf({"Convolution", "Flatten", "TestSum"}));
  EXPECT_EQ(ErrorText([&] { RegisterLayer("TestSum", make); }),
            "layer type 'TestSum' is registered already");
  EXPECT_EQ(ErrorText([&] { RegisterLayer("Relu", make); }),
            "layer type 'Relu' is registered already");
}

}  // namespace
}  // namespace ocellus
