// Models to files and back.
#include "ocellus/formats/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/formats/npz.h"
#include "ocellus/formats/pickle.h"
#include "ocellus/formats/safetensors.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/network_json.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using ::testing::HasSubstr;

// conv1.weights 2x1x3x3, conv1.biases 2, affine1.weights 32x3, affine1.biases 3.
Network MakeNetwork() {
  Network network({1, 6, 6});
  network.Add(Convolution{.filters = 2, .kernel_size = 3}).Add(Relu{}).Add(Affine{.units = 3});
  network.Initialize(/*seed=*/7);
  return network;
}

Model MakeModel() {
  return {.network = MakeNetwork(),
          .preprocessing = {.scale = 1.0 / 255, .mean = {0.1307}, .std = {0.3081}},
          .class_names = {"cat", "dog", "gr\xc3\xbc\xc3\x9f"},
          .training = {{"optimizer", "adam"}, {"rate", 0.1}, {"epochs", 3}}};
}

void ExpectSameParameters(const Network& a, const Network& b) {
  ASSERT_EQ(a.parameters().size(), b.parameters().size());
  for (size_t index = 0; index < a.parameters().size(); ++index) {
    const auto x = a.parameter(static_cast<int>(index)).span();
    const auto y = b.parameter(static_cast<int>(index)).span();
    EXPECT_EQ(a.parameters()[index].name, b.parameters()[index].name);
    ASSERT_EQ(x.size(), y.size());
    EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size_bytes()), 0) << a.parameters()[index].name;
  }
}

class ModelFileTest : public testing::Test {
 protected:
  // Writes a model file whose arrays or metadata have been changed.
  template <typename Change>
  std::filesystem::path WriteChanged(Change&& change) {
    SaveModel(MakeModel(), folder_ / "model");
    Safetensors file = ReadSafetensors(folder_ / "model");
    change(file);
    WriteSafetensors(folder_ / "changed", file.arrays, file.metadata);
    return folder_ / "changed";
  }

  // The error after the description of the model was changed.
  template <typename Change>
  std::string DescriptionError(Change&& change) {
    const std::filesystem::path path = WriteChanged([&](Safetensors& file) {
      Json description = Json::parse(file.metadata.at("ocellus"));
      change(description);
      file.metadata["ocellus"] = description.dump();
    });
    return ErrorText([&] { LoadModel(path); });
  }

  TemporaryFolder folder_;
};

TEST_F(ModelFileTest, IsReadWithTheSameBits) {
  Model model = MakeModel();
  model.network.parameter(0).span()[0] = -0.0F;
  model.network.parameter(0).span()[1] = std::numeric_limits<float>::denorm_min();
  SaveModel(model, folder_ / "model");
  const Model read = LoadModel(folder_ / "model");
  ExpectSameParameters(read.network, model.network);
  EXPECT_EQ(NetworkToJson(read.network), NetworkToJson(model.network));
  EXPECT_EQ(read.preprocessing, model.preprocessing);
  EXPECT_EQ(read.class_names, model.class_names);
  EXPECT_EQ(read.training, model.training);

  SaveModel(read, folder_ / "again");
  EXPECT_EQ(ReadBytes(folder_ / "again"), ReadBytes(folder_ / "model"));
}

TEST_F(ModelFileTest, NeedsNeitherClassesNorTraining) {
  SaveModel({.network = MakeNetwork(), .preprocessing = {}, .class_names = {}, .training = {}},
            folder_ / "model");
  const Model read = LoadModel(folder_ / "model");
  EXPECT_EQ(read.preprocessing, Preprocessing());
  EXPECT_TRUE(read.class_names.empty());
  EXPECT_TRUE(read.training.is_null());
}

TEST_F(ModelFileTest, RefusesValuesThatAreNotFiniteAndLeavesTheOldFile) {
  SaveModel(MakeModel(), folder_ / "model");
  const std::string old = ReadBytes(folder_ / "model");
  for (const float value : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    Model model = MakeModel();
    model.network.parameter(3).span()[2] = value;
    EXPECT_THAT(ErrorText([&] { SaveModel(model, folder_ / "model"); }),
                HasSubstr("model: not saved: parameter affine1.biases has values that are not "
                          "finite"));
  }
  EXPECT_EQ(ReadBytes(folder_ / "model"), old);
}

TEST_F(ModelFileTest, RefusesANetworkWithoutValues) {
  Model model = MakeModel();
  model.network = Network({4});
  model.network.Add(Affine{.units = 3});
  const std::string message =
      ": not saved: the parameters have no values; initialise them or load a model first";
  EXPECT_EQ(ErrorText([&] { SaveModel(model, folder_ / "m"); }),
            (folder_ / "m").string() + message);
  for (const std::string name : {"m.pkl", "m.npz", "m.safetensors"}) {
    EXPECT_EQ(ErrorText([&] { SaveParameters(model.network, folder_ / name); }),
              (folder_ / name).string() + message);
    EXPECT_FALSE(std::filesystem::exists(folder_ / name));
  }
}

TEST_F(ModelFileTest, NamesAParameterOfAnotherShape) {
  const std::filesystem::path path = WriteChanged([](Safetensors& file) {
    file.arrays[2].values = Tensor<float>(Shape{3, 32});
  });
  EXPECT_EQ(ErrorText([&] { LoadModel(path); }),
            path.string() + ": model: parameter affine1.weights: expected shape 32x3, found 3x32");
}

TEST_F(ModelFileTest, NamesMissingAndSuperfluousParameters) {
  std::filesystem::path path = WriteChanged([](Safetensors& file) { file.arrays.pop_back(); });
  EXPECT_THAT(ErrorText([&] { LoadModel(path); }),
              HasSubstr("parameter affine1.biases is missing"));
  path = WriteChanged([](Safetensors& file) {
    file.arrays.push_back({"affine1.biasses", Tensor<float>(Shape{3})});
  });
  EXPECT_THAT(ErrorText([&] { LoadModel(path); }),
              AllOf(HasSubstr("the network has no parameter 'affine1.biasses'"),
                    HasSubstr("affine1.biases")));
}

TEST_F(ModelFileTest, RefusesDamagedDescriptions) {
  EXPECT_THAT(DescriptionError([](Json& json) { json["version"] = 2; }),
              HasSubstr("expected version 1 of the model description, found 2"));
  EXPECT_THAT(DescriptionError([](Json& json) { json["version"] = "1"; }),
              HasSubstr("the description of the model is damaged"));
  EXPECT_THAT(DescriptionError([](Json& json) { json.erase("network"); }),
              HasSubstr("the description of the model is damaged"));
  EXPECT_THAT(DescriptionError([](Json& json) { json = Json::array(); }),
              HasSubstr("the description of the model is damaged"));
  EXPECT_THAT(DescriptionError([](Json& json) { json["network"] = 1; }),
              HasSubstr((folder_ / "changed").string() + ": "));
  EXPECT_THAT(DescriptionError([](Json& json) {
                json["classes"] = {"cat", 2};
              }),
              HasSubstr("'classes': expected a list of texts"));
  EXPECT_THAT(DescriptionError([](Json& json) {
                json["classes"] = {"cat", "\x1b[31mdog", "cow"};
              }),
              HasSubstr("'classes': expected a list of texts without control characters"));
  EXPECT_THAT(DescriptionError([](Json& json) { json["classes"] = "cat"; }),
              HasSubstr("'classes': expected a list of texts"));
  EXPECT_THAT(DescriptionError([](Json& json) {
                json["classes"] = {"cat", "dog"};
              }),
              HasSubstr("'classes': expected 3 names, one for each output, found 2"));
  EXPECT_THAT(DescriptionError([](Json& json) {
                json["preprocessing"]["mean"] = {1, 2};
              }),
              HasSubstr("changed: model"));

  const std::filesystem::path path =
      WriteChanged([](Safetensors& file) { file.metadata["ocellus"] = "{"; });
  EXPECT_THAT(ErrorText([&] { LoadModel(path); }),
              HasSubstr("the description of the model is damaged"));
  WriteChanged([](Safetensors& file) {
    const std::string deep = std::string(1 << 20, '[') + std::string(1 << 20, ']');
    file.metadata["ocellus"] =
        R"({"version": 1, "network": {"input": [1], "layers": )" + deep + "}}";
  });
  EXPECT_THAT(ErrorText([&] { LoadModel(path); }),
              HasSubstr("the description of the model is nested too deeply"));
  WriteChanged([](Safetensors& file) { file.metadata.clear(); });
  EXPECT_THAT(ErrorText([&] { LoadModel(path); }),
              HasSubstr("this file does not describe its network"));
}

TEST_F(ModelFileTest, SavesAndLoadsParametersInEveryFormat) {
  const Network network = MakeNetwork();
  for (const char* name : {"p.pkl", "p.pickle", "p.npz", "p.safetensors"}) {
    SCOPED_TRACE(name);
    SaveParameters(network, folder_ / name);
    Network other = MakeNetwork();
    other.Initialize(/*seed=*/8);
    LoadParameters(folder_ / name, other);
    ExpectSameParameters(other, network);
  }
  EXPECT_EQ(ReadNpz(folder_ / "p.npz")[2].name, "W2");
  EXPECT_EQ(ReadPickle(folder_ / "p.pkl")[1].name, "b1");
  EXPECT_EQ(ReadSafetensors(folder_ / "p.safetensors").arrays[0].name, "conv1.weights");
  const std::string error = "expected a name that ends in .pkl, .npz or .safetensors";
  EXPECT_THAT(ErrorText([&] { SaveParameters(network, folder_ / "p.txt"); }), HasSubstr(error));
  Network other = MakeNetwork();
  EXPECT_THAT(ErrorText([&] { LoadParameters(folder_ / "p.txt", other); }), HasSubstr(error));
}

TEST_F(ModelFileTest, LoadsTheNamesOfTheNetworkFromAnyFormat) {
  const Network network = MakeNetwork();
  SaveParameters(network, folder_ / "p.safetensors");
  const std::vector<NamedArray> arrays = ReadSafetensors(folder_ / "p.safetensors").arrays;
  WritePickle(folder_ / "p.pkl", arrays);
  WriteNpz(folder_ / "p.npz", arrays);
  for (const char* name : {"p.pkl", "p.npz"}) {
    Network other = MakeNetwork();
    other.Initialize(/*seed=*/8);
    LoadParameters(folder_ / name, other);
    ExpectSameParameters(other, network);
  }
}

TEST_F(ModelFileTest, KeepsDoublePrecision) {
  Network network = MakeNetwork();
  std::vector<NamedArray> arrays;
  for (const ParameterSlot& slot : network.parameters()) {
    arrays.push_back({slot.name, Tensor<double>(slot.info.shape)});
    std::get<Tensor<double>>(arrays.back().values).span()[0] = 0.1;
  }
  WriteNpz(folder_ / "p.npz", arrays);
  BasicNetwork<double> precise = network.ConvertTo<double>();
  LoadParameters(folder_ / "p.npz", precise);
  EXPECT_EQ(precise.parameter(0).span()[0], 0.1);
  LoadParameters(folder_ / "p.npz", network);
  EXPECT_EQ(network.parameter(0).span()[0], 0.1F);
}

TEST_F(ModelFileTest, ChangesNothingUnlessAllParametersFit) {
  const Network before = MakeNetwork();
  std::vector<NamedArray> arrays;
  for (const char* name : {"W1", "b1", "W2", "b2"}) arrays.push_back({name, Tensor<float>()});
  const auto error = [&] {
    Network network = MakeNetwork();
    WriteNpz(folder_ / "p.npz", arrays);
    const std::string text = ErrorText([&] { LoadParameters(folder_ / "p.npz", network); });
    ExpectSameParameters(network, before);
    return text;
  };
  const std::string file = (folder_ / "p.npz").string();
  arrays[0].values = Tensor<float>(Shape{2, 1, 3, 3});
  arrays[1].values = Tensor<float>(Shape{2});
  arrays[2].values = Tensor<float>(Shape{32, 4});
  arrays[3].values = Tensor<float>(Shape{3});
  EXPECT_EQ(error(), file + ": parameter W2 (affine1.weights): expected shape 32x3, found 32x4");
  arrays[2].values = Tensor<float>(Shape{32, 3});
  arrays[3].name = "B2";
  EXPECT_EQ(error(), file + ": parameter b2 (affine1.biases) is missing");
  arrays[3].name = "b2";
  arrays.push_back({"W3", Tensor<float>(Shape{1})});
  EXPECT_THAT(error(), HasSubstr(file + ": the network has no parameter 'W3'"));
}

}  // namespace
}  // namespace ocellus
