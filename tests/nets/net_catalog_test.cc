// Networks by name: each of them, in C++ and in JSON, with any number of classes.
#include "ocellus/nets/net_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/nets/alexnet.h"
#include "ocellus/network/network_json.h"
#include "ocellus/training/gradient_check.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

class EveryNet : public testing::TestWithParam<std::string> {};

std::string NetName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
}

TEST_P(EveryNet, IsTheSameInJson) {
  const Network net = LoadNet(GetParam());
  const Json json = NetworkToJson(net);
  const Network parsed = ParseNetwork(json.dump(), "net.json").network;
  EXPECT_EQ(NetworkToJson(parsed), json);
  ASSERT_EQ(parsed.parameters().size(), net.parameters().size());
  for (size_t i = 0; i < net.parameters().size(); ++i) {
    const ParameterSlot &slot = net.parameters()[i], &other = parsed.parameters()[i];
    EXPECT_EQ(other.name, slot.name);
    EXPECT_EQ(other.info.shape, slot.info.shape);
    EXPECT_EQ(other.info.initializer, slot.info.initializer);
    EXPECT_EQ(other.info.fan_in, slot.info.fan_in);
    EXPECT_EQ(other.offset, slot.offset);
  }
}

TEST_P(EveryNet, HasAsManyOutputsAsTheDataHasClasses) {
  EXPECT_EQ(LoadNet(GetParam(), {.classes = 3}).output_shape(), Shape{3});
  EXPECT_EQ(LoadNet(GetParam()).output_shape(), Shape{GetParam() == "alexnet" ? 1000 : 10});
  EXPECT_EQ(LoadNet(GetParam(), {.classes = 1}).output_shape(), Shape{1});
}

INSTANTIATE_TEST_SUITE_P(Nets, EveryNet, testing::ValuesIn(NetNames()), NetName);

TEST(NetCatalog, KnowsItsNetworks) {
  EXPECT_THAT(NetNames(), testing::ElementsAre("simple-conv-net", "lenet", "lenet-modern",
                                               "alexnet", "alexnet-small", "deep-conv-net"));
}

TEST(NetCatalog, KnowsWhatInputEachNetworkTakes) {
  for (const std::string& name : NetNames()) {
    const Model model = LoadNetModel(name);
    const Preprocessing chapter{.scale = 1.0 / 255, .crop_from = model.network.input_shape()[2]};
    EXPECT_EQ(model.preprocessing == chapter, name != "alexnet") << name;
  }
  Preprocessing alexnet = AlexnetPreprocessing();
  alexnet.crop_from = 227;
  EXPECT_EQ(LoadNetModel("alexnet").preprocessing, alexnet);
}

TEST(NetCatalog, KnowsWhichNetworkNeedsSmallSteps) {
  for (const std::string& name : NetNames()) {
    EXPECT_EQ(AdamRateFor(LoadNet(name)), name == "alexnet" ? 0.0001 : 0) << name;
  }
  // Other outputs and other initial weights, as in a file of a training, change nothing.
  Json json = NetworkToJson(LoadNet("alexnet", {.classes = 4}));
  json["layers"][0]["weight_init"] = "he";
  EXPECT_EQ(AdamRateFor(NetworkFromJson(json)), 0.0001);
  json["layers"][0]["filters"] = 92;
  EXPECT_EQ(AdamRateFor(NetworkFromJson(json)), 0) << "another network";
}

TEST(NetCatalog, AFileSaysWhatInputItsNetworkTakes) {
  const TemporaryFolder folder;
  const auto written = [&](const Preprocessing& preprocessing) {
    Network network({3, 8, 10});
    network.Add(Affine{.units = 5});
    const Json json = NetToJson({.network = network.Clone(), .preprocessing = preprocessing});
    const Model read = LoadNetModel(WriteBytes(folder / "net.json", json.dump()));
    EXPECT_EQ(NetworkToJson(read.network), NetworkToJson(network));
    EXPECT_EQ(read.preprocessing, preprocessing);
    return json.contains("preprocessing");
  };
  EXPECT_FALSE(written({.scale = 1.0 / 255, .crop_from = 8}));
  EXPECT_TRUE(written({.scale = 1.0 / 255})) << "stretched";
  EXPECT_TRUE(written({}));
  EXPECT_TRUE(written({.scale = 1, .crop_from = 8}));
  EXPECT_TRUE(written({.scale = 1.0 / 255, .crop_from = 9}));
  EXPECT_TRUE(written({.scale = 0.5, .mean = {128, 0.1, -3}, .std = {1, 2, 1e-3}}));
}

TEST(NetCatalog, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(ErrorText([] { LoadNet("lenett"); }),
            "unknown network 'lenett'; did you mean 'lenet'? (a file that describes one ends in "
            ".json)");
  EXPECT_EQ(ErrorText([] { LoadNet("lenet", {.classes = -1}); }),
            "classes: expected 0 or more, found -1");
  EXPECT_THAT(ErrorText([] { LoadNet("missing.json"); }), testing::HasSubstr("missing.json"));
}

TEST(NetCatalog, AFileHasTheOutputsThatItHas) {
  const TemporaryFolder folder;
  const std::string path = WriteBytes(
      folder / "net.json", R"({"input": [4], "layers": [{"type": "Affine", "units": 5}]})");
  EXPECT_EQ(LoadNet(path).output_shape(), Shape{5});
  EXPECT_EQ(LoadNet(path, {.classes = 5}).output_shape(), Shape{5});
  EXPECT_EQ(ErrorText([&] { LoadNet(path, {.classes = 3}); }),
            path + ": expected a network with 3 outputs, one for each class, found 5");
}

// The chapter's gradient check for those that are small enough for plain loops in double.
TEST(NetCatalog, TheGradientsOfTheNetworksAreRight) {
  for (const char* name : {"lenet", "lenet-modern"}) {
    Network net = LoadNet(name);
    net.Initialize(1);
    const GradientCheck check = CheckGradient(net.ConvertTo<double>(), {.values_per_parameter = 3});
    EXPECT_TRUE(check.passed) << name << "\n" << ToTable(check);
  }
}

}  // namespace
}  // namespace ocellus
