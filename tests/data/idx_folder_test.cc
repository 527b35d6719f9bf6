// Folders of IDX files: complete, incomplete and inconsistent.
#include "ocellus/data/idx_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/support/error_text.h"
#include "tests/support/idx_bytes.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A folder with three images of 2 x 1 pixels to train with and one to test with.
class IdxFolder : public testing::Test {
 protected:
  IdxFolder() {
    Put("train-images-idx3-ubyte", IdxBytes({3, 2, 1}, "abcdef"));
    Put("train-labels-idx1-ubyte.gz", GzipBytes(IdxBytes({3}, "\x01\x09\x02")));
    Put("t10k-images-idx3-ubyte.gz", GzipBytes(IdxBytes({1, 2, 1}, "xy")));
    Put("t10k-labels-idx1-ubyte", IdxBytes({1}, "\x03"));
  }
  void Put(std::string_view name, std::string_view bytes) { WriteBytes(folder_ / name, bytes); }
  std::string Error() const {
    return ErrorText([&] { LoadIdxFolder(folder_.path()); });
  }
  std::string Path(std::string_view name) const { return (folder_ / name).string(); }

  TemporaryFolder folder_;
};

TEST_F(IdxFolder, IsLoadedWithOneChannel) {
  const DataSplits data = LoadIdxFolder(folder_.path());
  EXPECT_EQ(data.train->size(), 3);
  EXPECT_EQ(data.test->size(), 1);
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 2, 1}));
  EXPECT_THAT(data.train->class_names(),
              ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
  EXPECT_EQ(data.train->source(), folder_.path().string() + " (train)");
  EXPECT_EQ(data.test->source(), folder_.path().string() + " (test)");

  Tensor<float> images({3, 1, 2, 1});
  std::array<int32_t, 3> labels{};
  data.train->Read(std::array<int64_t, 3>{0, 1, 2}, images, labels);
  EXPECT_THAT(images.span(), ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  EXPECT_THAT(labels, ElementsAre(1, 9, 2));
}

TEST_F(IdxFolder, TakesOtherClassNames) {
  Put("train-labels-idx1-ubyte.gz", IdxBytes({3}, std::string("\1\0\1", 3)));
  Put("t10k-labels-idx1-ubyte", IdxBytes({1}, "\x01"));
  const DataSplits data = LoadIdxFolder(folder_.path(), {"shirt", "shoe"});
  EXPECT_THAT(data.test->class_names(), ElementsAre("shirt", "shoe"));
}

TEST_F(IdxFolder, MustBeComplete) {
  EXPECT_EQ(Error(), "no error");
  std::filesystem::remove(folder_ / "t10k-labels-idx1-ubyte");
  EXPECT_EQ(Error(), folder_.path().string() +
                         ": expected a file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz, "
                         "found neither");
  EXPECT_EQ(ErrorText([&] { LoadIdxFolder(folder_ / "nowhere"); }),
            Path("nowhere") +
                ": expected a file train-images-idx3-ubyte or "
                "train-images-idx3-ubyte.gz, found neither");
}

TEST_F(IdxFolder, MustBeConsistent) {
  Put("t10k-labels-idx1-ubyte", IdxBytes({2}, "\x03\x04"));
  EXPECT_EQ(Error(), Path("t10k-labels-idx1-ubyte") +
                         ": expected as many labels as images, found 2 labels and 1 images in " +
                         Path("t10k-images-idx3-ubyte.gz"));
  Put("t10k-labels-idx1-ubyte", IdxBytes({1}, "\x0a"));
  EXPECT_EQ(Error(),
            Path("t10k-labels-idx1-ubyte") + ": label of sample 0: expected 0 to 9, found 10");
  Put("t10k-labels-idx1-ubyte", IdxBytes({1}, "\x09"));
  Put("t10k-images-idx3-ubyte.gz", IdxBytes({1, 1, 2}, "xy"));
  EXPECT_EQ(Error(),
            folder_.path().string() +
                ": expected images of one shape, found 1x2x1 in train-* and 1x1x2 in t10k-*");
  Put("t10k-images-idx3-ubyte.gz", "");
  EXPECT_EQ(Error(), Path("t10k-images-idx3-ubyte.gz") + ": the file is empty");
}

}  // namespace
}  // namespace ocellus
