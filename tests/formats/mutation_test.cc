// Damaged files of every format of this folder, and networks: they are read or refused with an
// Error, and nothing else happens. Under the sanitizers this also says that no byte outside of the
// file is touched.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "ocellus/formats/image.h"
#include "ocellus/formats/npz.h"
#include "ocellus/formats/pickle.h"
#include "ocellus/formats/safetensors.h"
#include "ocellus/network/network_json.h"
#include "tests/support/mutate.h"
#include "tests/support/numpy.h"
#include "tests/support/picture_files.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

std::vector<NamedArray> SmallArrays() {
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>(Shape{2, 3})});
  arrays.push_back({"b1", Tensor<double>(Shape{3})});
  return arrays;
}

Bytes FileBytes(const std::filesystem::path& path) {
  const std::string text = ReadBytes(path);
  return {text.begin(), text.end()};
}

// How many of the damaged files were read and how many refused.
struct Outcome {
  int read = 0;
  int refused = 0;
};

template <typename Parse>
void Try(const Bytes& bytes, Parse&& parse, Outcome& outcome) {
  // A copy of exactly this size, so that reading behind it is noticed.
  const Bytes exact(bytes);
  try {
    parse(exact);
    ++outcome.read;
  } catch (const Error& error) {
    ASSERT_TRUE(std::string_view(error.what()).starts_with("file: ")) << error.what();
    ++outcome.refused;
  }
}

void CheckArrays(const std::vector<NamedArray>& arrays) {
  for (const NamedArray& array : arrays) {
    ASSERT_GE(array.shape().elements(), 1);
    ASSERT_LE(array.bytes().size(), 1'000'000u);
  }
}

// A file must have no byte at its end that may be missing.
template <typename Parse>
void TryDamagedFiles(const Bytes& bytes, Parse&& parse, int least_read = 50) {
  Outcome outcome;
  Try(bytes, parse, outcome);
  ASSERT_EQ(outcome.read, 1);
  for (size_t size = 0; size < bytes.size(); ++size) {
    Try(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)), parse, outcome);
  }
  EXPECT_EQ(outcome.read, 1) << "a file that ends early was read";
  Random random(/*seed=*/1, /*stream=*/0);
  for (int i = 0; i < 3000; ++i) Try(Mutate(bytes, random), parse, outcome);
  // Neither is everything refused, as changed values are values, nor is everything read.
  EXPECT_GT(outcome.read, least_read);
  EXPECT_GT(outcome.refused, 1000);
}

TEST(DamagedFiles, SafetensorsAreReadOrRefused) {
  const TemporaryFolder folder;
  WriteSafetensors(folder / "file", SmallArrays(), {{"key", "text"}});
  TryDamagedFiles(FileBytes(folder / "file"),
                  [](const Bytes& bytes) { CheckArrays(ParseSafetensors(bytes, "file").arrays); });
}

TEST(DamagedFiles, PicklesAreReadOrRefused) {
  const TemporaryFolder folder;
  WritePickle(folder / "file", SmallArrays());
  TryDamagedFiles(FileBytes(folder / "file"),
                  [](const Bytes& bytes) { CheckArrays(ParsePickle(bytes, "file")); });
}

TEST(DamagedFiles, ArchivesAreReadOrRefused) {
  const TemporaryFolder folder;
  WriteNpz(folder / "file", SmallArrays());
  TryDamagedFiles(FileBytes(folder / "file"),
                  [](const Bytes& bytes) { CheckArrays(ParseNpz(bytes, "file")); });
}

TEST(DamagedFiles, DeflatedArchivesAreReadOrRefused) {
  if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  const TemporaryFolder folder;
  ASSERT_TRUE(
      RunNumpy("np.savez_compressed(folder + '/file.npz', W1=np.arange(40.0))", folder.path()));
  TryDamagedFiles(FileBytes(folder / "file.npz"),
                  [](const Bytes& bytes) { CheckArrays(ParseNpz(bytes, "file")); });
}

TEST(DamagedFiles, NetworksAreReadOrRefused) {
  const std::string json =
      R"({"input":[1,8,8],"layers":[{"type":"Convolution","filters":2,"kernel_size":[3,2]},)"
      R"({"type":"Relu","name":"r"},{"type":"Add","inputs":["conv1","r"]},)"
      R"({"type":"Affine","units":12}],"preprocessing":{"scale":0.25,"mean":[1.5]}})";
  const auto parse = [](const Bytes& bytes) {
    ParseNetwork({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "file");
  };
  TryDamagedFiles(Bytes(json.begin(), json.end()), parse, /*least_read=*/1);  // of a strict syntax
}

// Values of all kinds, rows and columns of different numbers.
Bytes Noise(size_t size) {
  Random random(/*seed=*/2, /*stream=*/0);
  Bytes noise;
  for (size_t i = 0; i < size; ++i) noise.push_back(static_cast<uint8_t>(random.Below(256)));
  return noise;
}

void DecodePicture(const Bytes& bytes) {
  const Image image = DecodeImage(bytes, "file", {.max_pixels = 10'000});
  ASSERT_EQ(static_cast<int64_t>(image.pixels.size()), image.channels * image.height * image.width);
}

TEST(DamagedFiles, PicturesAreReadOrRefused) {
  for (const bool in_passes : {false, true}) {
    SCOPED_TRACE(in_passes);
    TryDamagedFiles(MakePng({.colour_type = PngColour::kRgbAlpha,
                             .width = 5,
                             .height = 4,
                             .rows = Noise(5 * 4 * 4),
                             .interlaced = in_passes}),
                    DecodePicture, /*least_read=*/0);  // it has checksums
    // JPEG has none, and what is missing at its end is found in many ways.
    Outcome outcome;
    Random random(/*seed=*/3, /*stream=*/0);
    const Bytes jpeg = MakeJpeg({.colour = JpegColour::kYCbCr,
                                 .width = 17,
                                 .height = 9,
                                 .pixels = Noise(17 * 9 * 3),
                                 .progressive = in_passes,
                                 .exif = MakeExif(6, in_passes)});
    for (int i = 0; i < 2000; ++i) Try(Mutate(jpeg, random), DecodePicture, outcome);
    EXPECT_GT(outcome.read, 100);
    EXPECT_GT(outcome.refused, 100);
  }
}

}  // namespace
}  // namespace ocellus
