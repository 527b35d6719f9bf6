// The MNIST that comes with the source tree is MNIST.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ocellus/base/sha256.h"
#include "ocellus/data/idx.h"
#include "tests/support/idx_bytes.h"

namespace ocellus {
namespace {

// Of the uncompressed file, which is its IDX header and the elements that were read.
std::string Sha256OfFile(const char* name, int rank) {
  const Tensor<uint8_t> values =
      ReadIdx(std::filesystem::path(OCELLUS_SOURCE_DIR) / "data/mnist" / name, rank);
  std::vector<uint32_t> sizes;
  for (const int64_t size : values.shape().sizes()) sizes.push_back(static_cast<uint32_t>(size));
  Sha256 sha256;
  sha256.Update(IdxBytes(sizes, ""));
  sha256.Update(values.span());
  return sha256.Hexadecimal();
}

TEST(Mnist, IsTheOriginal) {
  EXPECT_EQ(Sha256OfFile("train-images-idx3-ubyte.gz", 3),
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db");
  EXPECT_EQ(Sha256OfFile("train-labels-idx1-ubyte.gz", 1),
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");
  EXPECT_EQ(Sha256OfFile("t10k-images-idx3-ubyte.gz", 3),
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
  EXPECT_EQ(Sha256OfFile("t10k-labels-idx1-ubyte.gz", 1),
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");
}

}  // namespace
}  // namespace ocellus
