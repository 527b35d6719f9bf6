// Data sets by name and by folder.
#include "ocellus/data/load_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

// Sets an environment variable until the end of its scope.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), /*overwrite=*/1);
  }
  ~ScopedVariable() { unsetenv(name_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
};

// Makes another folder the current one until the end of its scope.
class ScopedCurrentFolder {
 public:
  explicit ScopedCurrentFolder(const std::filesystem::path& folder)
      : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  ~ScopedCurrentFolder() { std::filesystem::current_path(before_); }
  ScopedCurrentFolder(const ScopedCurrentFolder&) = delete;
  ScopedCurrentFolder& operator=(const ScopedCurrentFolder&) = delete;

 private:
  std::filesystem::path before_;
};

TEST(LoadData, FindsMnistInTheSourceTree) {
  const DataSplits data = LoadData("mnist");
  EXPECT_EQ(data.train->size(), 60000);
  EXPECT_EQ(data.test->size(), 10000);
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 28, 28}));
  Tensor<float> images({4, 1, 28, 28});
  std::array<int32_t, 4> labels{};
  data.train->Read(std::array<int64_t, 4>{0, 1, 2, 59999}, images, labels);
  EXPECT_THAT(labels, testing::ElementsAre(5, 0, 4, 8));
  EXPECT_EQ(images.At(0, 0, 5, 12), 3.0f);  // the first pixel of the first image that is not 0
}

TEST(LoadData, PrefersTheFolderOfTheEnvironment) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "mnist");
  const ScopedVariable variable("OCELLUS_DATA_DIR", folder.path().string());
  EXPECT_THAT(ErrorText([] { LoadData("mnist"); }),
              HasSubstr((folder / "mnist").string() + ": expected a file train-images-idx3-ubyte"));
}

TEST(LoadData, GoesOnWhereTheFolderOfTheEnvironmentHasNoSuchData) {
  const ScopedVariable variable("OCELLUS_DATA_DIR", "/nowhere");
  EXPECT_EQ(LoadData("mnist").test->size(), 10000);
}

TEST(LoadData, TakesAnEmptyEnvironmentVariableForNone) {
  const TemporaryFolder folder;  // with a mnist of its own, which is not the one
  std::filesystem::create_directory(folder / "mnist");
  const ScopedCurrentFolder current(folder.path());
  const ScopedVariable variable("OCELLUS_DATA_DIR", "");
  EXPECT_EQ(ErrorText([] { LoadData("mnist"); }), "no error");
}

TEST(LoadData, LooksIntoTheCurrentFolderToo) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "data/fashion-mnist");
  const ScopedCurrentFolder current(folder.path());
  const ScopedVariable variable("OCELLUS_DATA_DIR", "/nowhere");
  EXPECT_THAT(ErrorText([] { LoadData("fashion-mnist"); }),
              HasSubstr("data/fashion-mnist: expected a file train-images-idx3-ubyte"));
}

TEST(LoadData, FindsFashionMnistOrSaysWhatToInstall) {
  const TemporaryFolder folder;
  const ScopedCurrentFolder current(folder.path());
  const ScopedVariable variable("OCELLUS_DATA_DIR", "/nowhere");
  if (std::filesystem::is_directory("/usr/share/datasets/fashion-mnist")) {
    const DataSplits data = LoadData("fashion-mnist");
    EXPECT_EQ(data.train->size(), 60000);
    EXPECT_EQ(data.test->size(), 10000);
    EXPECT_EQ(data.test->class_names()[9], "Ankle boot");
    std::array<int32_t, 2> labels{};
    Tensor<float> images({2, 1, 28, 28});
    data.test->Read(std::array<int64_t, 2>{0, 1}, images, labels);
    EXPECT_THAT(labels, testing::ElementsAre(9, 2));
  } else {
    EXPECT_EQ(ErrorText([] { LoadData("fashion-mnist"); }),
              "fashion-mnist: not found in /nowhere/fashion-mnist, " OCELLUS_SOURCE_DIR
              "/data/fashion-mnist, data/fashion-mnist, /usr/share/datasets/fashion-mnist; on "
              "Debian and Ubuntu `apt install dataset-fashion-mnist` brings it; OCELLUS_DATA_DIR "
              "can name the folder that holds it");
  }
}

TEST(LoadData, TakesFoldersAndHelpsWithNames) {
  EXPECT_EQ(ErrorText([] { LoadData("nmist"); }),
            "unknown data set 'nmist'; did you mean 'mnist'? (a folder of IDX files, CIFAR-10 or "
            "pictures works too)");
  EXPECT_EQ(ErrorText([] { LoadData("imagenet"); }),
            "unknown data set 'imagenet'; known: mnist, fashion-mnist (a folder of IDX files, "
            "CIFAR-10 or pictures works too)");
  EXPECT_EQ(ErrorText([] { LoadData("./nowhere"); }), "./nowhere: there is no such folder");
  const TemporaryFolder folder;
  EXPECT_EQ(ErrorText([&] { LoadData(folder.path().string()); }),
            folder.path().string() +
                ": expected IDX files (train-images-idx3-ubyte and so on), CIFAR-10 "
                "(data_batch_1.bin and so on) or a sub-folder of pictures for each class, found "
                "none of them");
  WriteBytes(folder / "data_batch_1.bin", "x");
  EXPECT_THAT(ErrorText([&] { LoadData(folder.path().string()); }),
              HasSubstr("batches.meta.txt: cannot be read"));
  WriteBytes(folder / "t10k-labels-idx1-ubyte", "x");
  EXPECT_THAT(ErrorText([&] { LoadData(folder.path().string()); }),
              HasSubstr("expected a file train-images-idx3-ubyte"));
}

}  // namespace
}  // namespace ocellus
