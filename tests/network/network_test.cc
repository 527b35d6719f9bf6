// Networks: building, running in two precisions, fan-out, threads, errors.
#include "ocellus/network/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/flatten_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/network_json.h"
#include "ocellus/network/network_summary.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/gradient_check.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

Network SmallNet() {
  Network net({2, 9, 11});
  net.Add(Convolution{.filters = 5, .kernel_size = {3, 2}, .padding = {1, 0}})
      .Add(Relu{})
      .Add(MaxPooling{.window = {3, 2}})
      .Add(Affine{.units = 7})
      .Add(Relu{})
      .Add(Affine{.units = 4});
  net.Initialize(3);
  return net;
}

TEST(Network, NamesLayersAndWorksOutShapes) {
  const Network net = SmallNet();
  EXPECT_EQ(net.nodes()[0].name, "conv1");
  EXPECT_EQ(net.nodes()[4].name, "relu2");
  EXPECT_EQ(net.shape_of(2), (Shape{5, 3, 5}));
  EXPECT_EQ(net.parameters()[1].name, "conv1.biases");
  EXPECT_EQ(net.parameter_count(), 5 * 2 * 6 + 5 + 75 * 7 + 7 + 7 * 4 + 4);
}

TEST(Network, ErrorsNameTheLayer) {
  Network net({1, 8, 8});
  net.Add(Convolution{.filters = 2, .kernel_size = 3});
  EXPECT_THAT(ErrorText([&] { net.Add(MaxPooling{.window = 4}); }),
              HasSubstr("pool1 (MaxPooling): (6 + 2*0 - 4) / 4 is not a whole number"));
  EXPECT_EQ(ErrorText([&] { net.Add(Relu{}, {.name = "r", .inputs = {"conv2"}}); }),
            "r (Relu): inputs: there is no layer 'conv2'; did you mean 'conv1'?");
  EXPECT_EQ(ErrorText([&] { net.Add(Relu{}, {.name = "conv1"}); }),
            "conv1 (Relu): the name 'conv1' is taken");
  EXPECT_EQ(ErrorText([&] { net.Add(Relu{}, {.name = "\x1b[31mred"}); }),
            "\\x1b[31mred: a name must not have control characters");
  EXPECT_THAT(ErrorText([&] { net.Add(Convolution{.kernel_size = 3}); }),
              HasSubstr("conv2 (Convolution): filters: expected 1 or more, found 0"));
  net.Add(Affine{.units = 3});
  EXPECT_THAT(ErrorText([&] { net.Add(Convolution{.filters = 1, .kernel_size = 1}); }),
              HasSubstr("expected an input with axes C, H, W, found shape 3"));
  const Tensor<float> input({1, 1, 8, 8}, 0.0f);
  EXPECT_THAT(ErrorText([&] { net.Predict(input); }), HasSubstr("parameters have no values"));
  net.Initialize(1);
  EXPECT_THAT(ErrorText([&] { net.Add(Relu{}); }), HasSubstr("have values already"));
  EXPECT_THAT(ErrorText([&] {
                net.SetParameter(0, Tensor<float>({2, 1, 3, 2}));
              }),
              HasSubstr("conv1.weights: expected shape 2x1x3x3, found 2x1x3x2"));
  EXPECT_THAT(ErrorText([&] {
                net.Predict(Tensor<float>({1, 1, 8, 9}, 0.0f));
              }),
              HasSubstr("samples of shape 1x8x8, found shape 1x1x8x9"));
}

TEST(Network, RefusesMoreParametersThanAnyMachineHolds) {
  Network net({1 << 20});
  net.Add(Affine{.units = 1 << 20});
  EXPECT_EQ(ErrorText([&] { net.Add(Affine{.units = 1 << 22}); }),
            "affine2 (Affine): expected a network of at most 2^42 parameter values, found more");
}

TEST(Network, RefusesToRunBackwardWhereThereIsNoPlaceForGradients) {
  Network net({4});
  net.Add(Affine{.units = 2});
  Workspace<float> too_early(net, {.training = true});
  net.Initialize(1);
  net.Forward(Tensor<float>({1, 4}, 1.0f), too_early);
  EXPECT_EQ(ErrorText([&] { net.Backward(too_early); }),
            "network: expected a workspace for training that was made when the parameters had "
            "values");
}

TEST(Network, RefusesAnOutputThatNobodyUses) {
  Network net({4});
  net.Add(Relu{}).Add(Relu{}, {.name = "", .inputs = {"input"}});
  EXPECT_THAT(ErrorText([&] { Workspace<float>(net, {}); }),
              HasSubstr("relu1 (Relu): its output is not used"));
}

TEST(Network, FloatMatchesDoubleAndFusionChangesNoBit) {
  const Network net = SmallNet();
  const Tensor<float> input = RandomTensor({6, 2, 9, 11}, 8);
  Workspace<float> fused(net, {.max_batch = 6}), plain(net, {.max_batch = 6, .fusion = false});
  EXPECT_EQ(fused.plan().steps.size(), 3u);
  EXPECT_EQ(plain.plan().steps.size(), 6u);
  net.Forward(input, fused);
  net.Forward(input, plain);
  EXPECT_TRUE(SameBits(fused.output().span(), plain.output().span()));
  const Tensor<double> exact = net.ConvertTo<double>().Predict(ConvertTo<double>(input.view()));
  EXPECT_TRUE(AllNear(fused.output().span(), exact.span(), {.terms = 100, .magnitude = 10}));
}

TEST(Network, ASmallerBatchThanPlannedGivesTheSameBits) {
  const Network net = SmallNet();
  const Tensor<float> input = RandomTensor({5, 2, 9, 11}, 8);
  const Tensor<float> all = net.Predict(input);
  Workspace<float> workspace(net, {.max_batch = 64});
  for (const int64_t n : {5, 1, 3}) {
    net.Forward(input.view().Samples(0, n), workspace);
    EXPECT_TRUE(SameBits(workspace.output().span(), all.view().Samples(0, n).span())) << n;
  }
}

TEST(Network, SeveralThreadsPredictWithOneConstNetwork) {
  const Network net = SmallNet();
  const Tensor<float> input = RandomTensor({5, 2, 9, 11}, 8);
  const Tensor<float> expected = net.Predict(input);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Workspace<float> workspace(net, {.max_batch = 5});
      for (int round = 0; round < 20; ++round) {
        net.Forward(input, workspace);
        EXPECT_TRUE(SameBits(workspace.output().span(), expected.span()));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Network, GradientsAddUpWhereAnOutputIsUsedTwice) {
  Network net({2, 4, 6});
  net.Add(Convolution{.filters = 3, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Convolution{.filters = 3, .kernel_size = 1})
      .Add(std::make_unique<SumLayer>(), {.name = "sum", .inputs = {"relu1", "conv2"}})
      .Add(std::make_unique<SumLayer>(), {.name = "twice", .inputs = {"sum", "sum"}})
      .Add(AveragePooling{.window = 2})
      .Add(Flatten{})
      .Add(Affine{.units = 3});
  net.Initialize(2);
  const GradientCheck check =
      CheckGradient(net.ConvertTo<double>(), {.batch_size = 2, .values_per_parameter = 0});
  EXPECT_TRUE(check.passed) << ToTable(check);
}

TEST(Network, MemoryOfPredictionDoesNotGrowWithDepth) {
  int64_t bytes[2];
  for (const int depth : {4, 40}) {
    Network net({3, 8, 8});
    for (int i = 0; i < depth; ++i) {
      net.Add(Convolution{.filters = 3, .kernel_size = 3, .padding = 1}).Add(Relu{});
    }
    bytes[depth == 4 ? 0 : 1] = Workspace<float>(net, {.max_batch = 10}).size_bytes();
  }
  EXPECT_EQ(bytes[0], bytes[1]);
}

TEST(NetworkJson, RoundTripKeepsEverything) {
  Network net({3, 11, 9});
  net.Add(Convolution{.filters = 4,
                      .kernel_size = {3, 2},
                      .stride = {2, 1},
                      .padding = {1, 2},
                      .dilation = {1, 2},
                      .groups = 1,
                      .rounding = Rounding::kFloor,
                      .weight_init = Normal(0.25),
                      .bias_init = Constant(1)})
      .Add(Relu{}, {.name = "act"})
      .Add(AveragePooling{.window = 2, .stride = 1, .padding_count = PaddingCount::kInclude})
      .Add(Flatten{})
      .Add(Affine{.units = 3, .weight_init = Xavier()});
  const Json json = NetworkToJson(net);
  EXPECT_EQ(NetworkToJson(NetworkFromJson(json)), json);
  EXPECT_EQ(ParseNetwork(json.dump(), "x").network.output_shape(), Shape{3});
}

TEST(NetworkJson, SaysWhatIsWrong) {
  const auto parse = [](const std::string& layers) {
    return ErrorText(
        [&] { ParseNetwork(R"({"input": [1, 8, 8], "layers": [)" + layers + "]}", "net.json"); });
  };
  EXPECT_EQ(parse(R"({"type": "Convolutoin"})"),
            "net.json: layers[0] (Convolutoin): unknown layer type 'Convolutoin'; did you mean "
            "'Convolution'?");
  EXPECT_EQ(parse(R"({"type": "Affine", "unit": 3})"),
            "net.json: layers[0] (Affine): unknown option 'unit'; did you mean 'units'?");
  EXPECT_EQ(parse(R"({"type": "Affine"})"), "net.json: layers[0] (Affine): 'units' is missing");
  EXPECT_EQ(parse(R"({"type": "Relu"}, {"type": "Relu", "inputs": ["input"]})"),
            "net.json: relu1 (Relu): its output is not used; only the last layer is the network's "
            "output");
  EXPECT_EQ(parse(R"({"type": "Affine", "units": 3, "bias": 1})"),
            "net.json: layers[0] (Affine): unknown option 'bias'; did you mean 'biases'?");
  EXPECT_EQ(parse(R"({"type": "Affine", "units": "3"})"),
            "net.json: layers[0] (Affine): 'units': expected a whole number, found \"3\"");
  EXPECT_THAT(parse(R"({"type": "Relu", "type": "Relu"})"), HasSubstr("'type' comes twice"));
  EXPECT_THAT(ErrorText([] { ParseNetwork("{", "net.json"); }),
              HasSubstr("net.json: not valid JSON: parse error at line 1"));
}

TEST(NetworkJson, AFileMayHavePreprocessing) {
  const auto parse = [](const std::string& more) {
    return ParseNetwork(R"({"input": [2, 8, 8], "layers": [{"type": "Relu"}])" + more + "}",
                        "net.json");
  };
  EXPECT_EQ(parse("").preprocessing, std::nullopt);
  EXPECT_EQ(parse(R"(, "preprocessing": {})").preprocessing, Preprocessing{.crop_from = 8});
  EXPECT_EQ(parse(R"(, "preprocessing": {"crop_from": 0})").preprocessing, Preprocessing());
  const NetworkDescription whole =
      parse(R"(, "preprocessing": {"scale": 2, "mean": [1, 3], "std": [4, 5], "crop_from": 9})");
  EXPECT_EQ(whole.preprocessing,
            (Preprocessing{.scale = 2, .mean = {1, 3}, .std = {4, 5}, .crop_from = 9}));
  EXPECT_EQ(whole.network.output_shape(), (Shape{2, 8, 8}));

  const auto error = [&](const std::string& more) {
    return ErrorText([&] { parse(", " + more); });
  };
  EXPECT_EQ(error(R"("preprocess": {})"),
            "net.json: network: unknown key 'preprocess'; did you mean 'preprocessing'?");
  EXPECT_EQ(error(R"("preprocessing": 1)"),
            "net.json: network: preprocessing: expected an object, found 1");
  EXPECT_EQ(error(R"("preprocessing": {"means": [1, 2]})"),
            "net.json: network: preprocessing: unknown option 'means'; did you mean 'mean'?");
  EXPECT_EQ(
      error(R"("preprocessing": {"mean": [1]})"),
      "net.json: network: preprocessing: mean: expected 2 values, one for each channel, found "
      "1");
  EXPECT_EQ(error(R"("preprocessing": {}, "preprocessing": {})"),
            "net.json: the key 'preprocessing' comes twice in one object");
  // A model file has its own.
  EXPECT_EQ(ErrorText([] {
              NetworkFromJson(Json::parse(
                  R"({"input": [2], "layers": [{"type": "Relu"}], "preprocessing": {}})"));
            }),
            "network: unknown key 'preprocessing'; known: input, layers");
}

TEST(NetworkJson, SurvivesAnyDepth) {
  const std::string deep = std::string(1 << 20, '[') + std::string(1 << 20, ']');
  EXPECT_EQ(
      ErrorText([&] { ParseNetwork(R"({"input": [1], "layers": )" + deep + "}", "net.json"); }),
      "net.json: is nested more than 64 deep");
}

TEST(Network, RefusesAnInitialiserThatAModelFileCouldNotHold) {
  Network net({1, 8, 8});
  EXPECT_EQ(ErrorText([&] {
              net.Add(Convolution{.filters = 1, .kernel_size = 1, .weight_init = Normal(-1)});
            }),
            "conv1 (Convolution): initial weights: expected a standard deviation of 0 or more, "
            "found -1");
  EXPECT_EQ(ErrorText([&] { net.Add(Affine{.units = 1, .bias_init = Constant(INFINITY)}); }),
            "affine1 (Affine): initial biases: expected a finite number, found inf");
  EXPECT_TRUE(net.nodes().empty());
}

TEST(NetworkSummary, CountsTheChaptersNetwork) {
  Network net({1, 28, 28});
  net.Add(Convolution{.filters = 30, .kernel_size = 5}).Add(Relu{}).Add(MaxPooling{.window = 2});
  net.Add(Affine{.units = 100}).Add(Relu{}).Add(Affine{.units = 10});
  const NetworkSummary summary = Summarize(net, 100);
  EXPECT_EQ(summary.parameters, 433890);
  EXPECT_EQ(summary.multiply_adds, 432000 + 432000 + 1000);
  EXPECT_EQ(FormatBytes(1736), "1.74 kB");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
}

}  // namespace
}  // namespace ocellus
