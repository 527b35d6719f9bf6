// CIFAR-10 folders: complete, incomplete and damaged.
#include "ocellus/data/cifar10.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "ocellus/data/load_data.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::ElementsAre;

// A record whose pixel i of channel c is 10 * c + i % 7 + first.
std::string Record(uint8_t label, int first) {
  std::string record(1, static_cast<char>(label));
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 1024; ++i) record += static_cast<char>(10 * c + i % 7 + first);
  }
  return record;
}

class Cifar10Folder : public testing::Test {
 protected:
  Cifar10Folder() {
    for (int i = 1; i <= 5; ++i) {
      const auto label = static_cast<uint8_t>(i % 3);
      Put(BatchName(i), Record(label, i) + Record(2, i + 100));
    }
    Put("test_batch.bin", Record(1, 200));
    Put("batches.meta.txt", "airplane\nbird\r\ncat\n\n");
  }
  static std::string BatchName(int i) { return "data_batch_" + std::to_string(i) + ".bin"; }
  void Put(const std::string& name, const std::string& bytes) { WriteBytes(folder_ / name, bytes); }
  std::string Error() const {
    return ErrorText([&] { LoadCifar10(folder_.path()); });
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  TemporaryFolder folder_;
};

TEST_F(Cifar10Folder, IsLoadedInItsOrder) {
  const DataSplits data = LoadData(folder_.path().string());  // recognised by its files
  EXPECT_EQ(data.train->size(), 10);
  EXPECT_EQ(data.test->size(), 1);
  EXPECT_EQ(data.train->image_shape(), (Shape{3, 32, 32}));
  EXPECT_THAT(data.train->class_names(), ElementsAre("airplane", "bird", "cat"));
  EXPECT_EQ(data.train->source(), folder_.path().string() + " (train)");
  Tensor<float> images({2, 3, 32, 32});
  std::array<int32_t, 2> labels{};
  data.train->Read(std::array<int64_t, 2>{8, 1}, images, labels);
  EXPECT_THAT(labels, ElementsAre(2, 2));
  EXPECT_EQ(images.At(0, 0, 0, 0), 5);
  EXPECT_EQ(images.At(0, 2, 1, 0), 5 + 20 + 32 % 7);
  EXPECT_EQ(images.At(1, 1, 31, 31), 101 + 10 + 1023 % 7);
  data.test->Read(std::array<int64_t, 1>{0}, images.view().Samples(0, 1),
                  std::span(labels).first(1));
  EXPECT_EQ(labels[0], 1);
}

TEST_F(Cifar10Folder, MustBeCompleteAndUndamaged) {
  EXPECT_EQ(Error(), "no error");
  Put(BatchName(4), Record(0, 1).substr(1));
  EXPECT_EQ(Error(), Path(BatchName(4)) +
                         ": expected a multiple of 3073 bytes (a label and 3x32x32 pixels each), "
                         "found 3072");
  Put(BatchName(4), "");
  EXPECT_EQ(Error(), Path(BatchName(4)) + ": the file is empty");
  std::filesystem::remove(folder_ / BatchName(4));
  EXPECT_EQ(Error(), Path(BatchName(4)) + ": cannot be read: No such file or directory");
  Put(BatchName(4), Record(0, 1) + Record(3, 1));
  EXPECT_EQ(Error(), Path(BatchName(4)) + ": offset 3073: expected a label from 0 to 2, found 3");
  Put("batches.meta.txt", "\n");
  EXPECT_EQ(Error(), Path("batches.meta.txt") + ": expected a name of a class a line, found none");
  Put("batches.meta.txt", "cat\n\xff\n");
  EXPECT_EQ(Error(), Path("batches.meta.txt") + ": expected UTF-8");
}

}  // namespace
}  // namespace ocellus
