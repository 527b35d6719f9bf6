// Trainings that are interrupted or killed, and go on: with the files of one that was not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "ocellus/formats/model_file.h"
#include "tests/support/idx_bytes.h"
#include "tests/support/program_run.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A folder "idx" of 300 images 6x6 of two classes, and the network "net.json" for them.
class Resume : public testing::Test {
 protected:
  void SetUp() override {
    MakeData("idx", 300);
    WriteBytes(folder_ / "net.json", R"({"input": [1, 6, 6], "layers": [
        {"type": "Convolution", "filters": 4, "kernel_size": 3}, {"type": "Relu"},
        {"type": "Affine", "units": 10}]})");
  }

  void MakeData(const std::string& name, int count) const {
    fs::create_directory(folder_ / name);
    std::string images, labels;
    for (int n = 0; n < count; ++n) {
      labels += static_cast<char>(n % 2);
      for (int i = 0; i < 36; ++i) images += static_cast<char>((7 * n + 5 * i * (1 + n % 2)) % 251);
    }
    const auto size = static_cast<uint32_t>(count);
    for (const std::string split : {"train", "t10k"}) {
      WriteBytes(folder_ / (name + "/" + split + "-images-idx3-ubyte"),
                 IdxBytes({size, 6, 6}, images));
      WriteBytes(folder_ / (name + "/" + split + "-labels-idx1-ubyte"), IdxBytes({size}, labels));
    }
  }

  // The flags of the trainings here. 30 steps an epoch.
  std::vector<std::string> Flags(const std::vector<std::string>& more) const {
    std::vector<std::string> flags = {"train",    "--net",        "net.json", "--data",
                                      "idx",      "--batch-size", "10",       "--optimizer",
                                      "nesterov", "--lr",         "0.02",     "--weight-decay",
                                      "0.001",    "--schedule",   "plateau",  "--decay-epochs",
                                      "1",        "--seed",       "3"};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }
  ProgramResult Run(const std::vector<std::string>& arguments) const {
    return RunProgram(arguments, folder_.path());
  }

  // What is in the folders of two trainings is the same, and no checkpoint is left.
  void ExpectTheSame(const std::string& a, const std::string& b) const {
    for (const std::string file : {"model.safetensors", "metrics.jsonl", "curves.png"}) {
      EXPECT_TRUE(ReadBytes(folder_ / (a + "/" + file)) == ReadBytes(folder_ / (b + "/" + file)))
          << file;
    }
    for (const std::string& out : {a, b}) {
      int files = 0;
      for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_ / out)) ++files;
      EXPECT_EQ(files, 3) << "model, metrics and curves";
    }
  }

  TemporaryFolder folder_;
};

TEST_F(Resume, AfterBeingKilledAgainAndAgainGivesTheFilesOfOneThatWasNot) {
  ASSERT_EQ(Run(Flags({"--epochs", "40", "--out", "whole"})).status, 0);
  std::vector<std::string> arguments =
      Flags({"--epochs", "40", "--checkpoint-steps", "7", "--threads", "1", "--out", "killed"});
  int kills = 0;
  ProgramResult result;
  for (int attempt = 0; attempt < 100; ++attempt) {
    // Later each time, from 5 ms to a minute, so that the training is killed and comes to its end
    // whatever this machine is and is busy with.
    const int milliseconds = static_cast<int>(5 * std::pow(1.1, attempt));
    result = RunProgramAndKill(arguments, folder_.path(), milliseconds);
    if (result.status != 128 + SIGKILL) break;
    ++kills;
    // Before the first checkpoint there is nothing to resume.
    if (!fs::exists(folder_ / "killed/checkpoint.safetensors")) continue;
    arguments = {"train", "--resume", "killed", "--threads", std::to_string(attempt % 3 + 1)};
  }
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_GT(kills, 0);
  ExpectTheSame("whole", "killed");
}

TEST_F(Resume, AfterCtrlCTakesTheCommandThatWasPrinted) {
  const std::string out = "an 'odd' name";
  ASSERT_EQ(Run(Flags({"--epochs", "200", "--out", "whole"})).status, 0);
  ProgramResult result = RunProgramAndInterrupt(Flags({"--epochs", "200", "--out", out}),
                                                folder_.path(), folder_ / (out + "/metrics.jsonl"));
  ASSERT_EQ(result.status, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("  ocellus train --resume 'an '\\''odd'\\'' name'\n"));
  EXPECT_TRUE(fs::exists(folder_ / (out + "/curves.png")));
  EXPECT_NO_THROW(LoadModel(folder_ / (out + "/model.safetensors")));
  result = Run({"train", "--resume", out});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("test accuracy"));
  ExpectTheSame("whole", out);

  result = Run({"train", "--resume", out});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.err, HasSubstr("has come to its end"));
}

TEST_F(Resume, SavesWhenItIsAskedToEnd) {
  ASSERT_EQ(Run(Flags({"--epochs", "200", "--out", "whole"})).status, 0);
  for (const auto& [signal, status, out] :
       {std::tuple(SIGTERM, 143, "ended"), std::tuple(SIGHUP, 129, "hung_up")}) {
    const ProgramResult result =
        RunProgramAndInterrupt(Flags({"--epochs", "200", "--out", out}), folder_.path(),
                               folder_ / out / "metrics.jsonl", signal);
    ASSERT_EQ(result.status, status) << result.err;
    EXPECT_THAT(result.err, HasSubstr(std::string("  ocellus train --resume ") + out + "\n"));
    ASSERT_EQ(Run({"train", "--resume", out}).status, 0);
    ExpectTheSame("whole", out);
  }
}

TEST_F(Resume, DoesNotHearAHangUpThatIsIgnored) {
  struct sigaction ignore {
  }, previous{};
  ignore.sa_handler = SIG_IGN;  // as nohup does, for the programs that it starts
  ASSERT_EQ(sigaction(SIGHUP, &ignore, &previous), 0);
  const ProgramResult result =
      RunProgramAndInterrupt(Flags({"--epochs", "20", "--out", "out"}), folder_.path(),
                             folder_ / "out/metrics.jsonl", SIGHUP);
  ASSERT_EQ(sigaction(SIGHUP, &previous, nullptr), 0);
  EXPECT_EQ(result.status, 0) << result.err;
}

// A training in "out" that was interrupted.
class Interrupted : public Resume {
 protected:
  void SetUp() override {
    Resume::SetUp();
    const ProgramResult result =
        RunProgramAndInterrupt(Flags({"--epochs", "100000", "--early-stopping", "100000"}),
                               folder_.path(), folder_ / "out/metrics.jsonl");
    ASSERT_EQ(result.status, 130) << result.err;
  }

  // It is refused with this message, and can still be resumed.
  void ExpectRefused(const std::vector<std::string>& more, const std::string& message) const {
    const std::string metrics = ReadBytes(folder_ / "out/metrics.jsonl");
    std::vector<std::string> arguments = {"train", "--resume", "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(ReadBytes(folder_ / "out/metrics.jsonl") == metrics);
  }
};

TEST_F(Interrupted, RefusesFlagsThatAreOthers) {
  ExpectRefused({"--epochs", "5"}, "--epochs is 5, but 100000 in the training of out/checkpoint");
  ExpectRefused({"--lr", "0.5"}, "--lr is 0.5, but 0.02 in");
  ExpectRefused({"--momentum", "0.5"}, "--momentum is given, but the training of");
  ExpectRefused({"--decay-biases"}, "--decay-biases");
  ExpectRefused({"--net", "simple-conv-net"}, "--net is simple-conv-net, but net.json");
  // The same in other words is no conflict; the data are, once everything else fits.
  MakeData("idx", 290);
  ExpectRefused({"--lr", "2e-2", "--epochs", "100000", "--threads", "1"},
                "training data/samples is 300 there and 290 here");
  MakeData("idx", 300);
  WriteBytes(folder_ / "idx/t10k-labels-idx1-ubyte", IdxBytes({300}, std::string(300, '\1')));
  ExpectRefused({}, "test data/sha256 is");
  const ProgramResult usage = Run({"train", "--resume", "out", "--out", "elsewhere"});
  EXPECT_EQ(usage.status, 2);
  EXPECT_THAT(usage.err, HasSubstr("--out"));
}

TEST_F(Interrupted, RefusesDamagedFolders) {
  const std::string checkpoint = ReadBytes(folder_ / "out/checkpoint.safetensors");
  const std::string metrics = ReadBytes(folder_ / "out/metrics.jsonl");
  WriteBytes(folder_ / "out/checkpoint.safetensors",
             checkpoint.substr(0, checkpoint.size() * 2 / 3));
  ExpectRefused({}, "out/checkpoint.safetensors: ");
  fs::copy_file(folder_ / "out/model.safetensors", folder_ / "out/checkpoint.safetensors",
                fs::copy_options::overwrite_existing);
  ExpectRefused({}, "this is not a checkpoint of a training");
  WriteBytes(folder_ / "out/checkpoint.safetensors", checkpoint);
  WriteBytes(folder_ / "out/metrics.jsonl", metrics.substr(0, 100));
  ExpectRefused({}, "out/metrics.jsonl: expected the ");
  fs::remove(folder_ / "out/checkpoint.safetensors");
  ExpectRefused({}, "out/checkpoint.safetensors: there is no checkpoint");
  const ProgramResult missing = Run({"train", "--resume", "nowhere"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("nowhere"));
}

TEST_F(Interrupted, IsNotDestroyedByANewTrainingUnlessItMayBe) {
  const std::string checkpoint = ReadBytes(folder_ / "out/checkpoint.safetensors");
  const std::string metrics = ReadBytes(folder_ / "out/metrics.jsonl");
  const ProgramResult refused = Run(Flags({"--epochs", "1"}));
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err,
              HasSubstr("out/checkpoint.safetensors: a training was interrupted here; --resume "
                        "goes on with it, --overwrite begins anew, and another --out keeps it"));
  EXPECT_TRUE(ReadBytes(folder_ / "out/checkpoint.safetensors") == checkpoint);
  EXPECT_TRUE(ReadBytes(folder_ / "out/metrics.jsonl") == metrics);
  EXPECT_EQ(Run({"train", "--resume", "out", "--overwrite"}).status, 2);

  // What a killed process was writing goes too.
  for (const std::string file : {"checkpoint.safetensors", "model.safetensors", "curves.png"}) {
    WriteBytes(folder_ / ("out/" + file + ".tmp-123-4"), "half of it");
  }
  WriteBytes(folder_ / "out/notes.tmp-1", "mine");
  const ProgramResult anew = Run(Flags({"--epochs", "1", "--overwrite"}));
  ASSERT_EQ(anew.status, 0) << anew.err;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
    files.push_back(entry.path().filename());
  }
  EXPECT_THAT(files, testing::UnorderedElementsAre("model.safetensors", "metrics.jsonl",
                                                   "curves.png", "notes.tmp-1"));
}

}  // namespace
}  // namespace ocellus
