// Damaged files of every format: they are read or refused with an Error, and nothing else happens.
// Under the sanitizers this also says that no byte outside of the file is touched.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "ocellus/formats/npz.h"
#include "ocellus/formats/pickle.h"
#include "ocellus/formats/safetensors.h"
#include "tests/support/numpy.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using Bytes = std::vector<uint8_t>;

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
    for (const NamedArray& array : parse(exact)) {
      ASSERT_GE(array.shape().elements(), 1);
      ASSERT_LE(array.bytes().size(), 1'000'000u);
    }
    ++outcome.read;
  } catch (const Error& error) {
    ASSERT_TRUE(std::string_view(error.what()).starts_with("file: ")) << error.what();
    ++outcome.refused;
  }
}

// Changes one to three places: a bit, a byte, an extreme number, a piece taken out or doubled.
Bytes Mutate(Bytes bytes, Random& random) {
  const auto below = [&](size_t limit) {
    return static_cast<size_t>(random.Below(static_cast<uint64_t>(limit)));
  };
  for (size_t changes = 1 + below(3); changes > 0 && !bytes.empty(); --changes) {
    const size_t place = below(bytes.size());
    const auto at = bytes.begin() + static_cast<ptrdiff_t>(place);
    const size_t size = std::min(bytes.size() - place, 1 + below(8));
    const auto end = at + static_cast<ptrdiff_t>(size);
    switch (below(5)) {
      case 0:
        *at ^= static_cast<uint8_t>(1 << below(8));
        break;
      case 1:
        *at = static_cast<uint8_t>(below(256));
        break;
      case 2:
        std::fill(at, end, below(2) == 0 ? uint8_t{0} : uint8_t{0xff});
        break;
      case 3:
        bytes.erase(at, end);
        break;
      case 4: {
        const Bytes piece(at, end);
        bytes.insert(at, piece.begin(), piece.end());
        break;
      }
    }
  }
  return bytes;
}

template <typename Parse>
void TryDamagedFiles(const Bytes& bytes, Parse&& parse) {
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
  EXPECT_GT(outcome.read, 50);
  EXPECT_GT(outcome.refused, 1000);
}

TEST(DamagedFiles, SafetensorsAreReadOrRefused) {
  const TemporaryFolder folder;
  WriteSafetensors(folder / "file", SmallArrays(), {{"key", "text"}});
  TryDamagedFiles(FileBytes(folder / "file"),
                  [](const Bytes& bytes) { return ParseSafetensors(bytes, "file").arrays; });
}

TEST(DamagedFiles, PicklesAreReadOrRefused) {
  const TemporaryFolder folder;
  WritePickle(folder / "file", SmallArrays());
  TryDamagedFiles(FileBytes(folder / "file"),
                  [](const Bytes& bytes) { return ParsePickle(bytes, "file"); });
}

TEST(DamagedFiles, ArchivesAreReadOrRefused) {
  const TemporaryFolder folder;
  WriteNpz(folder / "file", SmallArrays());
  TryDamagedFiles(FileBytes(folder / "file"),
                  [](const Bytes& bytes) { return ParseNpz(bytes, "file"); });
}

TEST(DamagedFiles, DeflatedArchivesAreReadOrRefused) {
  if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  const TemporaryFolder folder;
  ASSERT_TRUE(
      RunNumpy("np.savez_compressed(folder + '/file.npz', W1=np.arange(40.0))", folder.path()));
  TryDamagedFiles(FileBytes(folder / "file.npz"),
                  [](const Bytes& bytes) { return ParseNpz(bytes, "file"); });
}

}  // namespace
}  // namespace ocellus
