// `ocellus show` and `ocellus explain` from end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ocellus/formats/image.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

// A folder with a small model that has seen a few digits.
class Show : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    std::ofstream(folder_->path() / "net.json") << R"({"input": [1, 28, 28], "layers": [
        {"type": "Convolution", "filters": 4, "kernel_size": 5}, {"type": "Relu"},
        {"type": "MaxPooling", "window": 2},
        {"type": "Convolution", "filters": 6, "kernel_size": 3}, {"type": "Relu"},
        {"type": "MaxPooling", "window": 2},
        {"type": "Affine", "units": 10}]})";
    const ProgramResult train = RunProgram(
        {"train", "--net", "net.json", "--max-steps", "60", "--lr", "0.003"}, folder_->path());
    ASSERT_EQ(train.status, 0) << train.err;
    fs::rename(folder_->path() / "out/model.safetensors", folder_->path() / "model.safetensors");
  }
  static void TearDownTestSuite() { delete folder_; }

  static ProgramResult Run(std::vector<std::string> arguments) {
    return RunProgram(arguments, folder_->path());
  }

  // Runs `ocellus show` and expects a picture.
  static Image Draw(std::vector<std::string> arguments) {
    fs::remove(folder_->path() / "x.png");
    arguments.insert(arguments.begin(), "show");
    arguments.insert(arguments.end(), {"--out", "x.png"});
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 0) << testing::PrintToString(arguments) << result.err;
    EXPECT_THAT(result.out, HasSubstr("x.png"));
    EXPECT_EQ(result.err, "");
    return ReadImage(folder_->path() / "x.png");
  }

  inline static TemporaryFolder* folder_ = nullptr;
};

const std::string kModel = "model.safetensors";

TEST_F(Show, FiltersOfEveryConvolution) {
  const Image first = Draw({"filters", kModel});
  const Image second = Draw({"filters", kModel, "--layer", "conv2"});
  EXPECT_NE(first, second);
  EXPECT_NE(Draw({"filters", kModel, "--before", "initial"}), first);
}

TEST_F(Show, FeaturesOfOnePicture) {
  const Image features = Draw({"features", kModel, "mnist:test:42"});
  EXPECT_GT(features.height, 1000);
  EXPECT_NE(Draw({"features", kModel, "mnist:test:42", "--max-maps", "1"}), features);
  WritePng(Image(3, 50, 40, 200), folder_->path() / "photo.png");
  EXPECT_NE(Draw({"features", kModel, "photo.png"}),
            Draw({"features", kModel, "photo.png", "--invert"}));
}

TEST_F(Show, UnitsOfOneLayerOrAll) {
  const std::vector<std::string> quick = {"units", kModel, "--samples", "200", "--steps", "5"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), quick.begin(), quick.end());
    return more;
  };
  const Image all = Draw(quick);
  const Image second = Draw(with({"--layer", "conv2"}));
  EXPECT_LT(second.height, all.height);
  EXPECT_EQ(Draw(with({"--layer", "conv2", "--threads", "3"})), second);
  EXPECT_NE(Draw(with({"--layer", "conv2", "--seed", "2"})), second);
  EXPECT_LT(Draw(with({"--layer", "conv2", "--unit", "5"})).height, second.height);
  EXPECT_GT(Draw(with({"--layer", "affine1", "--count", "3"})).height, 200);
}

TEST_F(Show, AttentionToTheClassThatIsAskedFor) {
  const Image predicted = Draw({"attention", kModel, "mnist:test:0"});
  EXPECT_EQ(Draw({"attention", kModel, "mnist:test:0", "--class", "7"}), predicted);
  EXPECT_NE(Draw({"attention", kModel, "mnist:test:0", "--class", "3"}), predicted);
  EXPECT_NE(Draw({"attention", kModel, "mnist:test:0", "--layer", "conv1"}), predicted);
  EXPECT_NE(Draw({"attention", kModel, "mnist:test:0", "--square", "3", "--stride", "5"}),
            predicted);
}

// The middle of it, that is.
TEST_F(Show, AttentionOverThePhotographItself) {
  Image photo(3, 100, 300, 40);
  for (int64_t y = 0; y < 100; ++y) photo.At(0, y, 150) = photo.At(1, y, 151) = 250;
  WritePng(photo, folder_->path() / "photo.png");
  const Image page = Draw({"attention", kModel, "photo.png"});
  EXPECT_EQ(PixelAt(page, 40, 161), (Colour{40, 40, 40}));
  // Lines of one pixel, in colours that a grey network of 28 x 28 does not see.
  int64_t reds = 0, greens = 0;
  for (int64_t x = 40; x < 380; ++x) {
    const Colour c = PixelAt(page, x, 300);
    reds += c.red > 150 && c.green < 150 ? 1 : 0;
    greens += c.green > 150 && c.red < 150 ? 1 : 0;
  }
  EXPECT_THAT(reds, testing::AllOf(testing::Gt(0), testing::Lt(6)));
  EXPECT_THAT(greens, testing::AllOf(testing::Gt(0), testing::Lt(6)));
}

TEST_F(Show, MistakesAndConfusion) {
  const Image sheet = Draw({"mistakes", kModel, "--count", "9", "--confusion", "matrix.png"});
  EXPECT_GT(ReadImage(folder_->path() / "matrix.png").height, 600);
  EXPECT_NE(Draw({"mistakes", kModel, "--count", "9", "--split", "train"}), sheet);
}

TEST_F(Show, UsesAsManyThreadsAsItIsTold) {
  if (!CanForbidThreads()) GTEST_SKIP() << "threads cannot be forbidden here";
  const std::vector<std::vector<std::string>> commands = {
      {"attention", kModel, "mnist:test:0"},
      {"units", kModel, "--samples", "100", "--steps", "2"},
      {"mistakes", kModel}};
  for (std::vector<std::string> arguments : commands) {
    arguments.insert(arguments.begin(), "show");
    arguments.insert(arguments.end(), {"--out", "threads.png", "--threads", "1"});
    const ProgramResult one = RunProgramWithoutThreads(arguments, folder_->path());
    EXPECT_EQ(one.status, 0) << testing::PrintToString(arguments) << one.err;
    fs::remove(folder_->path() / "threads.png");
    arguments.back() = "3";
    const ProgramResult three = RunProgramWithoutThreads(arguments, folder_->path());
    EXPECT_EQ(three.status, 1) << testing::PrintToString(arguments);
    EXPECT_THAT(three.err, HasSubstr("threads: 3 cannot be started, only 1: "));
    EXPECT_FALSE(fs::exists(folder_->path() / "threads.png"));
  }
}

TEST_F(Show, RefusesBadUseWithAMessageThatHelps) {
  struct BadUse {
    std::vector<std::string> arguments;
    int status;
    std::string message;
  };
  const std::vector<BadUse> uses = {
      {{"show", "unit", kModel}, 2, "did you mean 'units'?"},
      {{"show", "features", kModel}, 2, "IMAGE"},
      {{"show", "features", kModel, "missing.png"}, 1, "missing.png"},
      {{"show", "features", kModel, "net.json"}, 1, "net.json"},
      {{"show", "features", kModel, "mnist:test:10000"}, 1, "expected a sample from 0 to 9999"},
      {{"show", "features", kModel, "mnist:test:0", "--max-maps", "0"}, 1, "expected 1 or more"},
      {{"show", "features", kModel, "mnist:tes:1"}, 1, "expected train or test between data set"},
      {{"show", "features", "net.json", "mnist:test:0"}, 1, "expected a model"},
      {{"show", "filters", kModel, "--out", "x.jpg"}, 2, "ends in .png, found 'x.jpg'"},
      {{"show", "mistakes", kModel, "--confusion", "x"}, 2, "ends in .png, found 'x'"},
      {{"show", "filters", kModel, "--layer", "affine1"}, 1, "expected the name of a convolution"},
      {{"show", "units", kModel, "--layer", "cov2"}, 1, "did you mean 'conv2'?"},
      {{"show", "units", kModel, "--layer", "conv2", "--unit", "6"}, 1, "expected 0 to 5, found 6"},
      {{"show", "units", kModel, "--layer", "input"}, 1, "found the input"},
      {{"show", "units", kModel, "--steps", "0"}, 1, "steps: expected 1"},
      {{"show", "units", kModel, "--patches", "0", "--steps", "1"},
       1,
       "patches: expected 1 or more"},
      {{"show", "units", kModel, "--count", "-1"}, 1, "--count: expected 0 or more, found -1"},
      {{"show", "units", kModel, "--samples", "-1"},
       1,
       "--samples: expected 0 (all) or more, found -1"},
      {{"show", "units", kModel, "--samples", "10001"},
       1,
       "expected a number of samples from 1 to 10000, found 10001"},
      {{"show", "units", kModel, "--decay", "2"}, 1, "decay: expected 0 to 1, found 2"},
      {{"show", "units", kModel, "--split", "tset"}, 1, "did you mean 'test'?"},
      {{"show", "units", kModel, "--data", "mnits"}, 1, "did you mean 'mnist'?"},
      {{"show", "attention", kModel, "mnist:test:0", "--class", "10"}, 1, "no class '10'"},
      {{"show", "attention", kModel, "mnist:test:0", "--layer", "affine1"}, 1, "found shape 10"},
      {{"show", "attention", kModel, "mnist:test:0", "--square", "29"}, 1, "found 29"},
      {{"show", "attention", kModel, "mnist:test:0", "--threads", "-1"},
       1,
       "threads: expected 0 (all processors) or more, found -1"},
      {{"show", "mistakes", kModel, "--count", "0"}, 1, "mistakes: expected 1 or more"},
      {{"show", "mistakes", kModel, "--out", "no/such/folder.png"}, 1, "no/such/folder.png"},
      {{"explain", "conv", "--filter", "5"}, 1, "does not fit"},
      {{"explain", "conv", "--input", "4y5"}, 1, "--input: expected a number or height x width"},
      {{"explain", "conv", "--values", "1,2"}, 1, "--values: expected 16 numbers"},
      {{"explain", "conv", "--channels", "5", "--width", "80"}, 1, "characters wide"},
      {{"explain", "conv", "--place", "2x0"}, 1, "place: expected"},
      {{"explain", "conf"}, 2, "did you mean 'conv'?"},
  };
  for (const BadUse& use : uses) {
    const ProgramResult result = Run(use.arguments);
    const std::string line = testing::PrintToString(use.arguments);
    EXPECT_EQ(result.status, use.status) << line << result.err;
    EXPECT_THAT(result.err, HasSubstr(use.message)) << line;
    EXPECT_EQ(result.out, "") << line;
  }
  for (const char* file : {"features.png", "units.png", "attention.png", "mistakes.png"}) {
    EXPECT_FALSE(fs::exists(folder_->path() / file)) << "nothing may be half written";
  }
}

TEST(Explain, PrintsTheChaptersExample) {
  const ProgramResult result =
      RunProgram({"explain", "conv", "--values", "1,2,3,0,0,1,2,3,3,0,1,2,2,3,0,1", "--weights",
                  "2,0,1,0,1,2,1,0,2", "--biases", "3", "--place", "1x0"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("map 0\n 18  19\n[ 9] 18\n"));
  EXPECT_EQ(RunProgram({"explain", "conv", "--input", "5x6", "--channels", "2", "--filters", "2",
                        "--padding", "1x0", "--seed", "4"})
                .status,
            0);
}

}  // namespace
}  // namespace ocellus
