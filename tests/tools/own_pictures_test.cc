// A folder of pictures from the command line: what docs/own-pictures.md says, on a small scale.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/nets/alexnet.h"
#include "tests/support/idx_bytes.h"
#include "tests/support/picture_folders.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr const char* kNet = R"({"input": [3, 12, 12], "layers": [
    {"type": "Convolution", "filters": 6, "kernel_size": 3},
    {"type": "Relu"}, {"type": "MaxPooling", "window": 2},
    {"type": "Affine", "units": 3}]})";

// Pictures of three classes, which their colour tells: mostly red, green or blue noise of any size.
class OwnPictures : public testing::Test {
 protected:
  OwnPictures() {
    const char* const names[] = {"blue", "green", "red"};
    for (uint64_t label = 0; label < 3; ++label) {
      for (uint64_t i = 0; i < 20; ++i) {
        const auto side = static_cast<int64_t>(12 + i % 7);
        Image image = NoisePicture(100 * label + i, {3, side, side + 5});
        const size_t area = image.pixels.size() / 3;
        for (size_t k = 0; k < image.pixels.size(); ++k) {
          if (k / area != 2 - label) image.pixels[k] /= 3;
        }
        PutPicture(folder_.path() / "lights" / names[label] / (std::to_string(i) + ".png"), image);
      }
    }
    std::ofstream(folder_.path() / "net.json") << kNet;
  }

  ProgramResult Run(const std::vector<std::string>& arguments) const {
    return RunProgram(arguments, folder_.path());
  }
  ProgramResult Train(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"train",  "--net",        "net.json", "--data",
                                          "lights", "--lr",         "0.01",     "--epochs",
                                          "8",      "--batch-size", "16"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  Json Eval(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"eval", "out/model.safetensors", "--data", "lights",
                                          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    return Json::parse(result.out, nullptr, /*allow_exceptions=*/false);
  }

  TemporaryFolder folder_;
};

TEST_F(OwnPictures, AreLearnedAndTheModelFileSaysTheRest) {
  const ProgramResult train = Train({"--augment", "crop,mirror,colour", "--normalize",
                                     "--test-fraction", "0.25", "--split-seed", "9"});
  ASSERT_EQ(train.status, 0) << train.err;
  EXPECT_THAT(train.err, HasSubstr("45 images to learn from, 15 to test with, 3 classes"));
  const Model model = LoadModel(folder_.path() / "out/model.safetensors");
  EXPECT_THAT(model.class_names, testing::ElementsAre("blue", "green", "red"));
  EXPECT_EQ(model.preprocessing.mean.size(), 3u);
  EXPECT_EQ(model.preprocessing.crop_from, 14);  // 12 * 256 / 227
  EXPECT_EQ(model.training["augmentation"]["colour_sigma"], 0.1);
  EXPECT_EQ(model.training["data"]["test_fraction"], 0.25);

  const Json json = Eval();
  EXPECT_EQ(json["samples"], 15);
  EXPECT_GT(json["accuracy"].get<double>(), 0.9);
  EXPECT_EQ(json["loss"], model.training["test_loss"]) << "another split or another crop";
  EXPECT_EQ(Eval({"--split", "train"})["samples"], 45);
  EXPECT_EQ(Eval({"--test-fraction", "0.5"})["samples"], 30);

  PutPicture(folder_.path() / "photo.png", Image(3, 40, 90, 20));
  const ProgramResult predict =
      Run({"predict", "out/model.safetensors", "photo.png", "lights:test:0", "--json"});
  ASSERT_EQ(predict.status, 0) << predict.err;
  EXPECT_EQ(Json::parse(predict.out)[1]["classes"][0]["class"], "blue");
}

TEST_F(OwnPictures, AreWhatTheirModelIsJudgedByUnlessOtherDataAreNamed) {
  ASSERT_EQ(Train({"--max-steps", "1"}).status, 0);
  const std::string model = "out/model.safetensors";
  const ProgramResult eval = Run({"eval", model, "--json"});
  ASSERT_EQ(eval.status, 0) << eval.err;
  EXPECT_EQ(Json::parse(eval.out)["confusion"], Eval()["confusion"]);
  for (const std::string what : {"mistakes", "units"}) {
    const ProgramResult show = Run({"show", what, model});
    EXPECT_EQ(show.status, 0) << show.err;
  }
  EXPECT_THAT(Run({"eval", model, "--data", "mnist"}).err,
              HasSubstr("mnist: has 10 classes (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), the model has 3 "
                        "(blue, green, red); --data names the data to use"));

  fs::rename(folder_.path() / "lights", folder_.path() / "lamps");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"eval"}, {"show", "mistakes"}, {"show", "units"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back(model);
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 1) << testing::PrintToString(command);
    EXPECT_THAT(result.err,
                HasSubstr("--data: the model was trained on the folder 'lights', which is not "
                          "here; name the data to use; the model's classes are blue, green, red"));
  }
  fs::rename(folder_.path() / "lamps/red", folder_.path() / "lamps/rot");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"eval"}, {"show", "mistakes"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {model, "--data", "lamps"});
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("note: the model's classes are called blue, green, red, "
                                      "those of the data blue, green, rot\n"));
  }
  EXPECT_EQ(Run({"eval", model, "--data", ""}).status, 2);
}

TEST_F(OwnPictures, MayHaveClassesWithLongNames) {
  ASSERT_EQ(Train({"--max-steps", "1"}).status, 0);
  const std::string model = "out/model.safetensors";
  EXPECT_THAT(Run({"eval", model}).out, HasSubstr("          blue  green    red\n   blue"));
  fs::rename(folder_.path() / "lights/red", folder_.path() / "lights/signal lamps of ships");
  ASSERT_EQ(Train({"--max-steps", "1"}).status, 0);
  EXPECT_THAT(Run({"eval", model}).out,
              testing::ContainsRegex("                                0     1     2\n"
                                     "                   blue = 0 [ 0-9]*\n"
                                     "                  green = 1 [ 0-9]*\n"
                                     "  signal lamps of ships = 2 [ 0-9]*\n"));
}

// A file may not say what its model was trained on. MNIST is meant if nothing speaks against it.
TEST_F(OwnPictures, AreNotMistakenForDigits) {
  ASSERT_EQ(Train({"--max-steps", "1"}).status, 0);
  Model model = LoadModel(folder_.path() / "out/model.safetensors");
  model.training = nullptr;
  SaveModel(model, folder_.path() / "silent.safetensors");
  const ProgramResult silent = Run({"eval", "silent.safetensors"});
  EXPECT_EQ(silent.status, 1);
  EXPECT_THAT(silent.err, HasSubstr("--data: name the data to use: the model does not say what it "
                                    "was trained on; the model's classes are blue, green, red"));
  model.class_names = {};
  SaveModel(model, folder_.path() / "silent.safetensors");
  EXPECT_THAT(Run({"eval", "silent.safetensors"}).err,
              HasSubstr("has 10 classes, the network has output shape 3"));
}

TEST_F(OwnPictures, TrainTheSameBitsForAnyNumberOfThreads) {
  std::string expected;
  for (const std::string threads : {"1", "3"}) {
    const ProgramResult train = Train({"--augment", "crop,mirror,colour", "--normalize",
                                       "--max-steps", "7", "--threads", threads});
    ASSERT_EQ(train.status, 0) << train.err;
    const std::string bytes = ReadBytes(folder_.path() / "out/model.safetensors");
    if (expected.empty()) expected = bytes;
    EXPECT_TRUE(bytes == expected) << threads;
  }
}

TEST_F(OwnPictures, MayBeBadIfTheyAreToBeSkipped) {
  std::ofstream(folder_.path() / "lights/red/notes.txt") << "my notes";
  const ProgramResult refused = Train();
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("lights/red/notes.txt: expected a PNG or JPEG picture"));
  EXPECT_THAT(refused.err, HasSubstr("--skip-bad"));
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
  const ProgramResult skipped = Train({"--skip-bad", "--max-steps", "1"});
  EXPECT_EQ(skipped.status, 0) << skipped.err;
  EXPECT_THAT(skipped.err, HasSubstr("left out: lights/red/notes.txt: expected"));
  EXPECT_THAT(skipped.err, HasSubstr("3 classes; 1 left out"));
}

TEST_F(OwnPictures, MayBeAsLargeAsMaxPixelsSays) {
  PutPicture(folder_.path() / "photo.png", Image(3, 40, 90, 20));
  ASSERT_EQ(Train({"--max-steps", "1", "--max-pixels", "500"}).status, 0);
  const std::string model = "out/model.safetensors";
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"predict", model, "photo.png"},
                                             {"show", "attention", model, "photo.png"},
                                             {"show", "features", model, "photo.png"}}) {
    const auto run = [&](const std::string& max_pixels) {
      std::vector<std::string> arguments = command;
      arguments.insert(arguments.end(), {"--max-pixels", max_pixels});
      return Run(arguments);
    };
    EXPECT_EQ(run("3600").status, 0) << testing::PrintToString(command);
    EXPECT_THAT(run("3599").err, HasSubstr("40 x 90 pixels (height x width), more than the limit"));
  }
  EXPECT_EQ(Run({"eval", model, "--data", "lights", "--max-pixels", "500"}).status, 0);
  EXPECT_EQ(Run({"eval", model, "--data", "lights", "--max-pixels", "100"}).status, 1);
}

TEST_F(OwnPictures, MayBringTheirSplit) {
  for (const std::string test : {"test", "val"}) {
    const fs::path split = folder_.path() / test;
    fs::create_directory(split);
    fs::copy(folder_.path() / "lights", split / "train", fs::copy_options::recursive);
    for (const std::string name : {"blue", "green", "red"}) {
      fs::create_directories(split / test / name);
      fs::rename(split / "train" / name / "3.png", split / test / name / "3.png");
    }
    const ProgramResult train = Run(
        {"train", "--net", "net.json", "--data", test, "--out", "out-" + test, "--max-steps", "1"});
    ASSERT_EQ(train.status, 0) << train.err;
    EXPECT_THAT(train.err, HasSubstr("57 images to learn from, 3 to test with, 3 classes"));
    const std::string model = "out-" + test + "/model.safetensors";
    const auto samples = [&](const std::string& name) {
      return Json::parse(
          Run({"eval", model, "--data", test, "--split", name, "--json"}).out)["samples"];
    };
    EXPECT_EQ(samples("test"), 3);
    EXPECT_EQ(samples("train"), 57);
  }
}

TEST_F(OwnPictures, BadUseIsToldBeforeAnythingIsWritten) {
  struct BadUse {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<BadUse> uses = {
      {{"--augment", "crop,miror"}, "--augment: unknown word 'miror'; did you mean 'mirror'?"},
      {{"--augment", "crop", "--resize", "12"}, "--augment crop: expected --resize with more"},
      {{"--augment", "crop", "--resize", "stretch"}, "found stretch"},
      {{"--resize", "11"}, "at least the network's 12, found '11'"},
      {{"--resize", "strech"}, "found 'strech'"},
      {{"--test-fraction", "1.5"}, "test fraction: expected a number between 0 and 1, found 1.5"},
      {{"--max-pixels", "100"}, "more than the limit of 100"},
  };
  for (const BadUse& use : uses) {
    const ProgramResult result = Train(use.arguments);
    EXPECT_EQ(result.status, 1) << testing::PrintToString(use.arguments);
    EXPECT_THAT(result.err, HasSubstr(use.message));
    EXPECT_FALSE(fs::exists(folder_.path() / "out"));
  }
}

TEST_F(OwnPictures, DecideHowManyOutputsANetworkHas) {
  ASSERT_EQ(Run({"train", "--data", "lights", "--max-steps", "1"}).status, 0);
  EXPECT_EQ(LoadModel(folder_.path() / "out/model.safetensors").network.output_shape(), Shape{3});
  // A model and a file have those that they have.
  PutPicture(folder_.path() / "lights/white/1.png", Image(3, 12, 12, 255));
  PutPicture(folder_.path() / "lights/white/2.png", Image(3, 12, 12, 255));
  EXPECT_THAT(Run({"train", "--net", "out/model.safetensors", "--data", "lights"}).err,
              HasSubstr("has 4 classes, the network has output shape 3"));
  EXPECT_THAT(Train().err, HasSubstr("net.json: expected a network with 4 outputs, one for each "
                                     "class, found 3"));
}

// What a network of its own or a file says, and what the user says.
TEST_F(OwnPictures, BecomeTheInputThatIsAskedFor) {
  const auto preprocessing = [&] {
    return LoadModel(folder_.path() / "out/model.safetensors").preprocessing;
  };
  ASSERT_EQ(Train({"--max-steps", "1"}).status, 0);
  EXPECT_EQ(preprocessing(), (Preprocessing{.scale = 1.0 / 255, .crop_from = 12}));
  ASSERT_EQ(Train({"--max-steps", "1", "--normalize"}).status, 0);
  const Preprocessing normalised = preprocessing();
  EXPECT_EQ(normalised.std.size(), 3u);
  ASSERT_EQ(Train({"--max-steps", "1", "--subtract-mean"}).status, 0);
  EXPECT_EQ(preprocessing(),
            (Preprocessing{.scale = 1.0 / 255, .mean = normalised.mean, .crop_from = 12}));
  const ProgramResult both = Train({"--subtract-mean", "--normalize"});
  EXPECT_EQ(both.status, 2);
  EXPECT_THAT(both.err, HasSubstr("--subtract-mean excludes --normalize"));
}

TEST_F(OwnPictures, BecomeTheInputThatTheFileOfTheNetworkAsksFor) {
  const auto trained = [&](const std::vector<std::string>& more) {
    const ProgramResult train = Train(more);
    EXPECT_EQ(train.status, 0) << train.err;
    return LoadModel(folder_.path() / "out/model.safetensors").preprocessing;
  };
  const Preprocessing raw{.scale = 1, .mean = {128, 100, 80}, .std = {2, 3, 4}, .crop_from = 13};
  Json json = Json::parse(kNet);
  json["preprocessing"] = ToJson(raw);
  std::ofstream(folder_.path() / "net.json") << json;
  EXPECT_EQ(trained({"--max-steps", "1"}), raw);
  const std::string model = ReadBytes(folder_.path() / "out/model.safetensors");

  // The file that a model becomes asks for the same.
  const ProgramResult convert = Run({"convert", "out/model.safetensors", "net.json"});
  ASSERT_EQ(convert.status, 0) << convert.err;
  EXPECT_EQ(trained({"--max-steps", "1"}), raw);
  EXPECT_TRUE(ReadBytes(folder_.path() / "out/model.safetensors") == model);

  // Flags have the last word.
  EXPECT_EQ(trained({"--max-steps", "1", "--resize", "15"}).crop_from, 15);
  EXPECT_NE(trained({"--max-steps", "1", "--subtract-mean"}).mean, raw.mean);

  json["preprocessing"]["crop_from"] = 11;
  std::ofstream(folder_.path() / "net.json") << json;
  EXPECT_THAT(Train().err, HasSubstr("--net: images of 3x12x12 cannot be cut out of pictures "
                                     "whose shorter side has 11 pixels; expected 12 to 65536"));
}

// Pictures of all sizes are resized without a word, those of a data set with one size are not.
TEST_F(OwnPictures, AreOfAnySizeButDataSetsAreNot) {
  const ProgramResult mixed = Train({"--max-steps", "1"});
  ASSERT_EQ(mixed.status, 0) << mixed.err;
  EXPECT_THAT(mixed.err, Not(HasSubstr("resized")));
  const std::string note = "note: pictures of 6x8 are resized to 28x28\n";
  fs::create_directory(folder_.path() / "idx");
  for (const std::string split : {"train", "t10k"}) {
    const fs::path file = folder_.path() / "idx" / split;
    WriteBytes(file.string() + "-images-idx3-ubyte", IdxBytes({3, 6, 8}, std::string(144, '\7')));
    WriteBytes(file.string() + "-labels-idx1-ubyte", IdxBytes({3}, std::string("\0\1\2", 3)));
  }
  const ProgramResult train =
      Run({"train", "--data", "idx", "--max-steps", "1", "--batch-size", "3"});
  ASSERT_EQ(train.status, 0) << train.err;
  EXPECT_THAT(train.err, HasSubstr(note));
  const ProgramResult eval = Run({"eval", "out/model.safetensors", "--data", "idx"});
  ASSERT_EQ(eval.status, 0) << eval.err;
  EXPECT_THAT(eval.err, HasSubstr(note));
}

// Dark and bright pictures of a size that is not the network's.
void PutNightAndSnow(const fs::path& folder, const std::string& split, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    Image night = NoisePicture(static_cast<uint64_t>(i), {3, 20, 24});
    for (uint8_t& pixel : night.pixels) pixel /= 4;
    Image snow = night;
    for (uint8_t& pixel : snow.pixels) pixel = static_cast<uint8_t>(255 - pixel);
    PutPicture(folder / split / "night" / (std::to_string(i) + ".png"), night);
    PutPicture(folder / split / "snow" / (std::to_string(i) + ".png"), snow);
  }
}

// With its paper's initial weights and the flags that a user need not give.
TEST(OwnPicturesAtFullSize, TeachAlexnet) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "60 million parameters take minutes with sanitizers";
#endif
  const TemporaryFolder folder;
  PutNightAndSnow(folder / "weather", "train", 48);
  PutNightAndSnow(folder / "weather", "test", 2);
  const ProgramResult train = RunProgram(
      {"train", "--net", "alexnet", "--data", "weather", "--batch-size", "8", "--max-steps", "12"},
      folder.path());
  ASSERT_EQ(train.status, 0) << train.err;
  std::ifstream metrics(folder / "out/metrics.jsonl");
  std::vector<double> losses;
  for (std::string line; std::getline(metrics, line);) {
    const Json json = Json::parse(line);
    if (json["event"] == "step") losses.push_back(json["loss"]);
  }
  ASSERT_EQ(losses.size(), 12u);
  EXPECT_LT(losses.back(), 0.3) << testing::PrintToString(losses);

  const Model model = LoadModel(folder / "out/model.safetensors");
  EXPECT_EQ(model.training["optimizer"]["learning_rate"], kAlexnetAdamRate);
  EXPECT_EQ(model.network.input_shape(), (Shape{3, 227, 227}));
  EXPECT_EQ(model.preprocessing,
            (Preprocessing{.scale = 1, .mean = {128, 128, 128}, .crop_from = 227}));
  const ProgramResult predict =
      RunProgram({"predict", "out/model.safetensors", "weather/test/night/0.png",
                  "weather/test/snow/1.png", "--json"},
                 folder.path());
  ASSERT_EQ(predict.status, 0) << predict.err;
  const Json answers = Json::parse(predict.out);
  EXPECT_EQ(answers[0]["classes"][0]["class"], "night");
  EXPECT_EQ(answers[1]["classes"][0]["class"], "snow");

  // Going on takes steps as small.
  const ProgramResult on =
      RunProgram({"train", "--net", "out/model.safetensors", "--data", "weather", "--batch-size",
                  "8", "--max-steps", "1", "--out", "on"},
                 folder.path());
  ASSERT_EQ(on.status, 0) << on.err;
  EXPECT_EQ(LoadModel(folder / "on/model.safetensors").training["optimizer"]["learning_rate"],
            kAlexnetAdamRate);
}

TEST_F(OwnPictures, MayBeStretched) {
  ASSERT_EQ(Train({"--resize", "stretch", "--max-steps", "2"}).status, 0);
  const auto crop_from = [&] {
    return LoadModel(folder_.path() / "out/model.safetensors").preprocessing.crop_from;
  };
  EXPECT_EQ(crop_from(), 0);
  Eval();
  // The file that the network becomes says so too.
  ASSERT_EQ(Run({"convert", "out/model.safetensors", "net.json"}).status, 0);
  ASSERT_EQ(Train({"--max-steps", "1"}).status, 0);
  EXPECT_EQ(crop_from(), 0);
}

}  // namespace
}  // namespace ocellus
