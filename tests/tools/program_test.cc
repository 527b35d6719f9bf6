// The program from end to end, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "ocellus/base/json.h"
#include "ocellus/formats/image.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/network/network_json.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/program_run.h"
#include "tests/support/small_mnist.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<Json> ReadJsonLines(const fs::path& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

// Trains for a moment into DIR/out. Enough for far better than chance.
ProgramResult TrainBriefly(const fs::path& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"train", "--max-steps", "60", "--lr", "0.003"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunProgram(arguments, folder);
}

// The first digits of MNIST in FOLDER/digits, for what does not depend on how well they are
// learned.
void WriteDigits(const fs::path& folder) { WriteSmallMnist(folder / "digits", 2000, 100); }

// A line that is too wide would go on in the next one and stay there.
TEST(Program, ShowsProgressInOneLineOfTheTerminal) {
  if (!HasPseudoTerminals()) GTEST_SKIP() << "the system has no pseudo-terminals (/dev/pts)";
  const TemporaryFolder folder;
  WriteDigits(folder.path());
  for (const int columns : {0, 80, 40}) {
    SCOPED_TRACE(columns);
    const ProgramResult train =
        RunProgramInTerminal({"train", "--data", "digits", "--max-steps", "20", "--out",
                              "out" + std::to_string(columns)},
                             folder.path(), columns);
    ASSERT_EQ(train.status, 0) << train.err;
    const std::string begin = "\r\033[K";
    size_t shown = 0, widest = 0;
    for (size_t at = train.err.find(begin); at != std::string::npos;) {
      const size_t next = train.err.find(begin, at + 1);
      if (next != std::string::npos) {  // behind the last one stands the line that stays
        widest = std::max(widest, next - at - begin.size());
        ++shown;
      }
      at = next;
    }
    EXPECT_GE(shown, 1u) << train.err;
    constexpr size_t kWhole = 80;  // with a whole bar
    if (columns == 0) {
      EXPECT_GT(widest, kWhole);
    } else {
      EXPECT_EQ(widest, static_cast<size_t>(columns - 1));
    }
  }
}

TEST(Program, TrainsThoughNobodyCanReadItsProgress) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  const TemporaryFolder folder;
  const ProgramResult train =
      RunProgramWithStderr({"train", "--max-steps", "2"}, folder.path(), "/dev/full");
  EXPECT_EQ(train.status, 0);
  EXPECT_TRUE(fs::exists(folder / "out/model.safetensors"));
}

TEST(Program, TrainsEvaluatesPredictsShowsAndConverts) {
  const TemporaryFolder folder;
  const ProgramResult train = TrainBriefly(folder.path());
  ASSERT_EQ(train.status, 0) << train.err;
  EXPECT_THAT(train.out, HasSubstr("test accuracy"));
  EXPECT_THAT(train.err, HasSubstr("epoch  1/20"));
  const fs::path out = folder.path() / "out";
  const std::vector<Json> metrics = ReadJsonLines(out / "metrics.jsonl");
  ASSERT_EQ(metrics.size(), 62u);
  EXPECT_EQ(metrics[0]["event"], "step");
  EXPECT_EQ(metrics[60]["event"], "epoch");
  EXPECT_EQ(metrics[61]["event"], "end");
  // Both losses are in the left half of the curves, both accuracies in the right one.
  const Image curves = ReadImage(out / "curves.png");
  ASSERT_GT(curves.width, 300);
  const double half = static_cast<double>(curves.width / 2);
  for (const double left : {0.0, half}) {
    const Rectangle part{
        .x = left, .y = 0, .width = half, .height = static_cast<double>(curves.height)};
    EXPECT_GT(CountColour(curves, part, colours::kBlue), 50) << left;
    EXPECT_GT(CountColour(curves, part, colours::kOrange), 200) << left;
  }

  const ProgramResult eval = RunProgram({"eval", "out/model.safetensors", "--json"}, folder.path());
  ASSERT_EQ(eval.status, 0) << eval.err;
  const Json json = Json::parse(eval.out);
  EXPECT_EQ(json["samples"], 10000);
  EXPECT_GT(json["accuracy"].get<double>(), 0.7);
  EXPECT_EQ(json["accuracy"], metrics[60]["test_accuracy"]);
  EXPECT_EQ(json["loss"], metrics[60]["test_loss"]);
  EXPECT_GT(json["images_per_second"].get<double>(), 0.0);

  const ProgramResult predict = RunProgram(
      {"predict", "out/model.safetensors", "mnist:test:0", "--top", "2", "--json"}, folder.path());
  ASSERT_EQ(predict.status, 0) << predict.err;
  const Json prediction = Json::parse(predict.out);
  EXPECT_EQ(prediction[0]["classes"].size(), 2u);
  EXPECT_EQ(prediction[0]["classes"][0]["class"], "7");

  WritePng(Image(3, 40, 60, 200), folder.path() / "photo.png");
  EXPECT_EQ(RunProgram({"predict", "out/model.safetensors", "photo.png"}, folder.path()).status, 0);

  const ProgramResult show = RunProgram(
      {"show", "filters", "out/model.safetensors", "--before", "initial"}, folder.path());
  ASSERT_EQ(show.status, 0) << show.err;
  EXPECT_GT(ReadImage(folder.path() / "filters.png").width, 300);

  for (const std::string file : {"params.pkl", "params.npz"}) {
    ASSERT_EQ(RunProgram({"convert", "out/model.safetensors", file}, folder.path()).status, 0);
    const ProgramResult same =
        RunProgram({"eval", file, "--net", "simple-conv-net", "--json"}, folder.path());
    ASSERT_EQ(same.status, 0) << same.err;
    EXPECT_EQ(Json::parse(same.out)["loss"], json["loss"]) << file;
  }
}

TEST(Program, TrainsTheSameBitsWithAnyNumberOfThreads) {
  const TemporaryFolder folder;
  WriteDigits(folder.path());
  std::string model;
  for (const std::string threads : {"1", "2", "3"}) {
    const ProgramResult train = RunProgram(
        {"train", "--data", "digits", "--max-steps", "5", "--threads", threads, "--out", threads},
        folder.path());
    ASSERT_EQ(train.status, 0) << train.err;
    const std::string bytes = ReadBytes(folder.path() / threads / "model.safetensors");
    if (model.empty()) model = bytes;
    EXPECT_TRUE(bytes == model) << threads << " threads";
  }
}

TEST(Program, TrainsFromOtherInitialWeights) {
  const TemporaryFolder folder;
  WriteDigits(folder.path());
  for (const std::string init : {"msra", "glorot", "normal:0.25"}) {
    const ProgramResult train =
        RunProgram({"train", "--data", "digits", "--init", init, "--max-steps", "1", "--out", init},
                   folder.path());
    ASSERT_EQ(train.status, 0) << train.err;
    const Json layers =
        NetworkToJson(LoadModel(folder.path() / init / "model.safetensors").network)["layers"];
    const std::string first = layers[0].value("weight_init", Json("he")).dump();
    EXPECT_EQ(first, init == "msra"     ? R"("he")"
                     : init == "glorot" ? R"("glorot")"
                                        : R"({"normal":0.25})");
    EXPECT_EQ(layers.back().value("weight_init", Json("he")).dump(), first);
  }
}

TEST(Program, StopsWhenTheLossDivergesAndNamesTheLayer) {
  const TemporaryFolder folder;
  const ProgramResult result = RunProgram(
      {"train", "--optimizer", "sgd", "--lr", "1e30", "--max-steps", "50"}, folder.path());
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("training diverged"));
  EXPECT_THAT(result.err, testing::ContainsRegex("(conv|affine)[12] \\((Convolution|Affine)\\)"));
  EXPECT_FALSE(fs::exists(folder.path() / "out/model.safetensors"));
}

TEST(Program, ChecksGradientsAndShowsNetworks) {
  const TemporaryFolder folder;
  WriteBytes(folder.path() / "small.json", R"({"input": [1, 10, 10], "layers": [
      {"type": "Convolution", "filters": 4, "kernel_size": 3, "weight_init": {"normal": 0.1}},
      {"type": "Relu"}, {"type": "MaxPooling", "window": 2},
      {"type": "Affine", "units": 10}]})");
  const ProgramResult check = RunProgram({"check-grad", "small.json", "--json"}, folder.path());
  ASSERT_EQ(check.status, 0) << check.out << check.err;
  const Json json = Json::parse(check.out);
  EXPECT_EQ(json["passed"], true);
  EXPECT_LT(json["max_relative_error"].get<double>(), 1e-6);
  EXPECT_EQ(RunProgram({"check-grad", "small.json", "--tolerance", "1e-30"}, folder.path()).status,
            1);

  const ProgramResult info = RunProgram({"info", "simple-conv-net"});
  EXPECT_EQ(info.status, 0);
  EXPECT_THAT(info.out, HasSubstr("433,890"));
  for (const std::string name : {"simple-conv-net", "lenet"}) {
    const ProgramResult network = RunProgram({"convert", name, "net.json"}, folder.path());
    ASSERT_EQ(network.status, 0) << network.err;
    EXPECT_EQ(RunProgram({"info", "net.json"}, folder.path()).out, RunProgram({"info", name}).out);
  }
}

// A command line, its exit status, and what the message must say.
struct WrongCommand {
  std::vector<std::string> arguments;
  int status;
  std::string message;
};

TEST(Program, RefusesBadUseWithAMessageThatHelps) {
  const TemporaryFolder folder;
  WriteBytes(folder.path() / "empty.safetensors", "");
  WriteBytes(folder.path() / "bad.json", R"({"input": [1, 28, 28], "layers": [
      {"type": "Convolution", "filters": 4, "kernel_size": 5, "stride": 2}]})");
  WriteBytes(folder.path() / "file", "x");
  fs::create_directory(folder.path() / "trained");
  WriteBytes(folder.path() / "trained/model.safetensors", "");
  fs::create_directory(folder.path() / "lenet");  // whose name is that of a network
  const std::vector<WrongCommand> commands = {
      {{"trian"}, 2, "did you mean 'train'?"},
      {{"train", "--epoch", "3"}, 2, "did you mean '--epochs'?"},
      {{"train", "--epochs", "many"}, 2, "--epochs: expected a whole number, found 'many'"},
      {{"train", "--epochs=1.5"}, 2, "--epochs: expected a whole number, found '1.5'"},
      {{"train", "--lr", "fast"}, 2, "--lr: expected a number, found 'fast'"},
      {{"train", "--seed", "-1"}, 2, "--seed: expected a whole number of 0 or more, found '-1'"},
      {{"train", "--split-seed=-3"}, 2, "--split-seed: expected a whole number of 0 or more"},
      {{"train", "--epochs"}, 2, "--epochs: expected a whole number, found nothing"},
      {{"train", "--lr="}, 2, "--lr: expected a number, found nothing"},
      {{"train", "--data"}, 2, "--data: expected a value, found nothing"},
      {{"train", "--lr", "1", "--lr=2", "--lr", "3"}, 2, "--lr: expected once, found 3 times"},
      {{"train", "--max-steps", "9223372036854775808"},
       2,
       "--max-steps: expected a number that fits into 64 bits, found '9223372036854775808'"},
      {{"train", "--seed=18446744073709551616"}, 2, "--seed: expected a number that fits into 64"},
      {{}, 2, "`ocellus` expects one of train, eval, predict, show, explain, check-grad, info"},
      {{"show"}, 2, "`ocellus show` expects one of filters, features, units, attention, mistakes;"},
      {{"show", "units"}, 2, "MODEL is required; `ocellus show units --help` tells the options"},
      {{"train", "--net", "simple-conv-nt"}, 1, "did you mean 'simple-conv-net'?"},
      {{"train", "--data", "mnits"}, 1, "did you mean 'mnist'?"},
      {{"train", "--optimizer", "adm"}, 1, "did you mean 'adam'?"},
      {{"train", "--batch-size", "0"}, 1, "batch size: expected 1 or more, found 0"},
      {{"train", "--resize", "9223372036854775807"},
       1,
       "--resize: images of 1x28x28 cannot be cut"},
      {{"train", "--test-fraction", "0.5"},
       1,
       "--test-fraction: there is nothing to divide, mnist has test images of its own"},
      {{"train", "--split-seed", "2"}, 1, "--split-seed: there is nothing to divide"},
      {{"train", "--epochs", "-1"}, 1, "epochs: expected 1 or more, found -1"},
      {{"train", "--max-steps", "-5"}, 1, "max steps: expected 0 or more, found -5"},
      {{"train", "--lr", "-1"}, 1, "learning rate"},
      {{"train", "--lr", "0"}, 1, "learning rate"},
      {{"train", "--init", "xaver"}, 1, "--init: unknown initialiser 'xaver'; did you mean"},
      {{"train", "--init", "normal:-1"}, 1, "--init: expected a standard deviation"},
      {{"train", "--init", "normal:x"}, 1, "--init: expected a number behind the colon, found 'x'"},
      {{"train", "--momentum", "0.5"}, 1, "--momentum: optimizer adam has no use for it"},
      {{"train", "--optimizer", "rmsprop", "--decay-rate", "1"}, 1, "decay rate: expected"},
      {{"train", "--optimizer", "sgd", "--epsilon", "1"},
       1,
       "--epsilon: optimizer sgd has no use for it"},
      {{"train", "--clip-norm", "-1"}, 1, "largest norm of the gradient"},
      {{"train", "--decay-biases"}, 1, "--decay-biases: there is no weight decay"},
      {{"train", "--weight-decay", "-1"}, 1, "weight decay"},
      {{"train", "--schedule", "cosin"}, 1, "did you mean 'cosine'?"},
      {{"train", "--schedule", "cosine", "--decay-factor", "0.5"},
       1,
       "--decay-factor: schedule cosine has no use for it"},
      {{"train", "--decay-epochs", "5"}, 1, "--decay-epochs: schedule constant has no use for it"},
      {{"train", "--schedule", "step", "--decay-epochs", "0"}, 1, "schedule step: epochs"},
      {{"train", "--early-stopping", "-1"}, 1, "early stopping"},
      {{"train", "--warmup-steps", "-1"}, 1, "warm-up"},
      {{"train", "--threads", "-2"}, 1, "threads"},
      {{"train", "--out", "file/folder"}, 1, "file/folder"},
      {{"train", "--net", "bad.json"}, 1, "input height 27 or 29 would fit"},
      {{"train", "--net", "trained"}, 1, "did you mean 'trained/model.safetensors'?"},
      {{"info", "trained"}, 1, "did you mean 'trained/model.safetensors'?"},
      {{"eval", "trained/"}, 1, "did you mean 'trained/model.safetensors'?"},
      {{"check-grad", "."}, 1, ".: expected a file, found a folder\n"},
      {{"check-grad", "simple-conv-net", "--tolerance", "-1"},
       1,
       "tolerance: expected a finite number above 0"},
      {{"eval", "missing.safetensors"}, 1, "missing.safetensors"},
      {{"eval", "empty.safetensors"}, 1, "empty"},
      {{"eval", "params.pkl"}, 1, "--net"},
      {{"info", "simple-conv-net", "--batch-size", "0"}, 1, "batch size"},
      {{"predict", "empty.safetensors", "file"}, 1, "empty"},
      {{"convert", "simple-conv-net", "x.pkl"}, 1, "without trained parameters"},
  };
  for (const WrongCommand& command : commands) {
    const ProgramResult result = RunProgram(command.arguments, folder.path());
    const std::string line = testing::PrintToString(command.arguments);
    EXPECT_EQ(result.status, command.status) << line << result.err;
    EXPECT_THAT(result.err, HasSubstr(command.message)) << line;
    EXPECT_EQ(result.out, "") << line;
  }
  EXPECT_FALSE(fs::exists(folder.path() / "out")) << "nothing may be half written";
  EXPECT_EQ(RunProgram({"info", "lenet"}, folder.path()).status, 0);
}

TEST(Program, HelpShowsDefaults) {
  const ProgramResult help = RunProgram({"train", "--help"});
  EXPECT_EQ(help.status, 0);
  // CLI11 2.1 writes "=100", 2.4 "[100]".
  EXPECT_THAT(help.out, testing::ContainsRegex("--batch-size INT(=100| .100.)"));
  EXPECT_THAT(help.out, HasSubstr("NET is a built-in network (simple-conv-net, lenet,"));
  EXPECT_EQ(RunProgram({"--version"}).status, 0);
}

}  // namespace
}  // namespace ocellus
