// Bad files and full disks, as a user meets them: one message that says what is wrong, exit status
// 1, and nothing half written. tests/formats and tests/data hold every message of the readers.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/idx_bytes.h"
#include "tests/support/program_run.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::HasSubstr;

// All files below a folder with their bytes.
std::map<std::string, std::string> Contents(const fs::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    contents[entry.path()] = entry.is_regular_file() ? ReadBytes(entry.path()) : "a folder";
  }
  return contents;
}

// The command fails with this message and changes nothing.
void ExpectRefused(const std::vector<std::string>& arguments, const fs::path& folder,
                   const std::string& message) {
  const std::map<std::string, std::string> before = Contents(folder);
  const ProgramResult result = RunProgram(arguments, folder);
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_EQ(result.out, "");
  const size_t last = result.err.find("ocellus: ");  // after progress, if anything
  ASSERT_NE(last, std::string::npos) << result.err;
  EXPECT_THAT(result.err.substr(last), HasSubstr(message));
  EXPECT_TRUE(Contents(folder) == before) << "something was written or removed";
}

// A folder "idx" of 20 images 4x4 of two classes, the network "net.json" for them, and a trained
// model of it: "out/model.safetensors", "params.pkl" and "params.npz".
class BadInput : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "idx");
    std::string images, labels;
    for (int n = 0; n < 20; ++n) {
      labels += static_cast<char>(n % 2);
      for (int i = 0; i < 16; ++i) images += static_cast<char>(n % 2 == 0 ? 10 * i : 160 - 10 * i);
    }
    for (const std::string split : {"train", "t10k"}) {
      WriteBytes(folder_ / ("idx/" + split + "-images-idx3-ubyte"), IdxBytes({20, 4, 4}, images));
      WriteBytes(folder_ / ("idx/" + split + "-labels-idx1-ubyte"), IdxBytes({20}, labels));
    }
    WriteBytes(folder_ / "net.json", R"({"input": [1, 4, 4], "layers": [
        {"type": "Convolution", "filters": 2, "kernel_size": 3}, {"type": "Relu"},
        {"type": "Affine", "units": 10}]})");
    ASSERT_EQ(Train({"--epochs", "2"}).status, 0);
    for (const std::string file : {"params.pkl", "params.npz"}) {
      ASSERT_EQ(RunProgram({"convert", "out/model.safetensors", file}, folder_.path()).status, 0);
    }
  }

  std::vector<std::string> TrainArguments(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"train", "--net", "net.json", "--data", "idx"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  ProgramResult Train(const std::vector<std::string>& more) const {
    return RunProgram(TrainArguments(more), folder_.path());
  }

  TemporaryFolder folder_;
};

TEST_F(BadInput, AFolderThatAnotherTrainingWrites) {
  const int other = open((folder_ / "out").c_str(), O_RDONLY);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  const std::string message =
      "out: another training is writing here; wait for its end, or give another --out\n";
  ExpectRefused(TrainArguments({"--max-steps", "1", "--out", "out"}), folder_.path(), message);
  WriteBytes(folder_ / "out/checkpoint.safetensors", "of the other");
  ExpectRefused(TrainArguments({"--max-steps", "1", "--out", "out", "--overwrite"}), folder_.path(),
                message);
  close(other);
  EXPECT_EQ(Train({"--max-steps", "1", "--out", "out", "--overwrite"}).status, 0);
}

TEST_F(BadInput, DataSets) {
  const std::string images = "t10k-images-idx3-ubyte", labels = "t10k-labels-idx1-ubyte";
  const std::string good_images = ReadBytes(folder_ / ("idx/" + images));
  const std::string good_labels = ReadBytes(folder_ / ("idx/" + labels));
  struct Case {
    std::string file, bytes, message;
  };
  const std::vector<Case> cases = {
      {images, "", "t10k-images-idx3-ubyte: the file is empty"},
      {images, good_images.substr(0, 300),
       "expected 320 bytes for 20x4x4 elements, found 284; the file is truncated"},
      {images, good_images + "x", "found 321; something follows the last element"},
      {images, "GIF89a" + good_images, "this is not an IDX file"},
      {images, good_labels, "expected magic number 0x00000803"},
      {images, IdxBytes({0xffffffff, 0xffffffff, 1}, "x"), "expected at most 2^58 elements"},
      {images, GzipBytes(good_images).substr(0, 40), "the gzip data is truncated"},
      {images, GzipBytes(good_images) + "x", "1 bytes follow the end of the gzip data"},
      {images, GzipBytes(good_images.substr(0, 300)), "the file is truncated"},
      {labels, IdxBytes({20}, std::string(19, '\0') + '\x0b'),
       "label of sample 19: expected 0 to 9, found 11"},
      {labels, IdxBytes({19}, std::string(19, '\0')),
       "expected as many labels as images, found 19 labels and 20 images"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.message);
    WriteBytes(folder_ / "idx/t10k-images-idx3-ubyte", good_images);
    WriteBytes(folder_ / "idx/t10k-labels-idx1-ubyte", good_labels);
    WriteBytes(folder_ / ("idx/" + bad.file), bad.bytes);
    ExpectRefused(TrainArguments({"--out", "other"}), folder_.path(), bad.message);
    ExpectRefused({"eval", "out/model.safetensors", "--data", "idx"}, folder_.path(), bad.message);
  }
  fs::remove(folder_ / ("idx/" + images));
  ExpectRefused(TrainArguments({"--out", "other"}), folder_.path(),
                "expected a file t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz");
}

std::string MakeSafetensors(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  return bytes + header + data;
}

TEST_F(BadInput, ModelFiles) {
  const std::string model = ReadBytes(folder_ / "out/model.safetensors");
  const auto two_arrays = [](const std::string& a, const std::string& b) {
    return MakeSafetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + a +
                               R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + b + "}}",
                           "12345678");
  };
  struct Case {
    std::string bytes, message;
  };
  const std::vector<Case> cases = {
      {"", "bad.safetensors: "},
      {"short", "bad.safetensors: "},
      {model.substr(0, 200), "the header needs"},
      {model.substr(0, model.size() - 1), "bad.safetensors: array "},
      {model + "x", "1 bytes after the last array"},
      {"\xff\xff\xff\xff\xff\xff\xff\x7f{}", "expected a header of at most"},
      {MakeSafetensors("{nonsense", ""), "header is not valid JSON"},
      {two_arrays("[0,4]", "[3,7]"), "(overlap)"},
      {two_arrays("[0,4]", "[4,8000000000000000000]"), "data_offsets 4 to 8000000000000000000"},
      {MakeSafetensors(R"({"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", "12345678"),
       "expected dtype F32 or F64, found \"I64\""},
      {two_arrays("[0,4]", "[4,8]"), "this file does not describe its network"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.message);
    WriteBytes(folder_ / "bad.safetensors", bad.bytes);
    ExpectRefused({"eval", "bad.safetensors", "--data", "idx"}, folder_.path(), bad.message);
    ExpectRefused({"convert", "bad.safetensors", "new.npz"}, folder_.path(), bad.message);
  }
}

TEST_F(BadInput, FilesOfParameters) {
  const std::string pickle = ReadBytes(folder_ / "params.pkl");
  const std::string npz = ReadBytes(folder_ / "params.npz");
  std::string wrong_crc = npz;
  ++wrong_crc[wrong_crc.find("NUMPY") + 150];
  struct Case {
    std::string file, bytes, message;
  };
  const std::vector<Case> cases = {
      {"bad.pkl", "\x80\x02"s + "cos\nsystem\nX\x0d\0\0\0touch hackedX\x85R."s,
       "bad.pkl: offset 2: refused to use os.system"},
      {"bad.pkl", "\x80\x02(ios\nsystem\n.", "instruction INST (0x69)"},
      {"bad.pkl", "", "bad.pkl: "},
      {"bad.pkl", pickle.substr(0, pickle.size() / 2), "bad.pkl: offset "},
      {"bad.pkl", "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "bytes, 0 are left"},
      {"bad.npz", "", "bad.npz: "},
      {"bad.npz", "PK and so on", "expected a zip archive"},
      {"bad.npz", npz.substr(0, npz.size() / 2), "bad.npz: "},
      {"bad.npz", wrong_crc, "CRC error"},
      {"bad.txt", pickle, "a file that ends in .safetensors, .npz or .pkl"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.message);
    WriteBytes(folder_ / bad.file, bad.bytes);
    ExpectRefused({"eval", bad.file, "--net", "net.json", "--data", "idx"}, folder_.path(),
                  bad.message);
  }
}

TEST_F(BadInput, ParametersOfAnotherNetwork) {
  for (const std::string file : {"params.pkl", "params.npz"}) {
    ExpectRefused({"eval", file, "--net", "simple-conv-net"}, folder_.path(),
                  file + ": parameter W1 (conv1.weights): expected shape 30x1x5x5, found 2x1x3x3");
  }
}

TEST_F(BadInput, PlacesThatCannotBeWritten) {
  ExpectRefused(TrainArguments({"--out", "/proc/ocellus"}), folder_.path(),
                "/proc/ocellus: cannot make this folder");
  ExpectRefused(TrainArguments({"--out", "net.json"}), folder_.path(), "net.json");
  ExpectRefused({"convert", "out/model.safetensors", "none/params.npz"}, folder_.path(),
                "none/params.npz: cannot be written: the folder none does not exist");
  ExpectRefused({"show", "filters", "out/model.safetensors", "--out", "none/filters.png"},
                folder_.path(), "none/filters.png: cannot be written");
  fs::create_directories(folder_ / "taken/metrics.jsonl");
  ExpectRefused(TrainArguments({"--out", "taken"}), folder_.path(),
                "taken/metrics.jsonl: cannot be written; check --out");
}

TEST_F(BadInput, AFullDiskLeavesTheOldModel) {
  const std::string model = ReadBytes(folder_ / "out/model.safetensors");
  const auto size = static_cast<int64_t>(model.size());
  // Room for the metrics, not for the model, whose numbers may be some digits shorter.
  const ProgramResult train =
      RunProgramOnFullDisk(TrainArguments({"--epochs", "1", "--batch-size", "20", "--seed", "2"}),
                           folder_.path(), size - 100);
  EXPECT_EQ(train.status, 1);
  EXPECT_THAT(train.err, HasSubstr("out/model.safetensors: cannot be written: File too large"));
  EXPECT_TRUE(ReadBytes(folder_ / "out/model.safetensors") == model);

  const auto before = Contents(folder_.path());
  const ProgramResult convert =
      RunProgramOnFullDisk({"convert", "out/model.safetensors", "params.pkl"}, folder_.path(), 100);
  EXPECT_EQ(convert.status, 1);
  EXPECT_THAT(convert.err, HasSubstr("params.pkl: cannot be written: File too large"));
  EXPECT_TRUE(Contents(folder_.path()) == before) << "no temporary file may stay";

  const ProgramResult metrics = RunProgramOnFullDisk(
      TrainArguments({"--epochs", "9", "--batch-size", "1"}), folder_.path(), size + 2000);
  EXPECT_EQ(metrics.status, 1);
  EXPECT_THAT(metrics.err, HasSubstr("out/metrics.jsonl: cannot be written; is the disk full?"));
  const ProgramResult eval =
      RunProgram({"eval", "out/model.safetensors", "--data", "idx"}, folder_.path());
  EXPECT_EQ(eval.status, 0) << "the last model must be whole: " << eval.err;
}

TEST_F(BadInput, NoPlaceForMessages) {
  const ProgramResult nothing =
      RunProgramOnFullDisk(TrainArguments({"--epochs", "-1"}), folder_.path(), 0);
  EXPECT_EQ(nothing.status, 1);
}

TEST_F(BadInput, ATrainingThatDivergesKeepsTheLastGoodModel) {
  const std::string model = ReadBytes(folder_ / "out/model.safetensors");
  const ProgramResult result =
      RunProgram({"train", "--net", "out/model.safetensors", "--data", "idx", "--optimizer", "sgd",
                  "--lr", "1e30", "--batch-size", "5"},
                 folder_.path());
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("training diverged: "));
  EXPECT_THAT(result.err, testing::ContainsRegex("(conv1|affine1) \\((Convolution|Affine)\\)"));
  EXPECT_TRUE(ReadBytes(folder_ / "out/model.safetensors") == model);
}

}  // namespace
}  // namespace ocellus
