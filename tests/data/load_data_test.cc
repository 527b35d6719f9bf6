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
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const ScopedVariable variable("OCELLUS_DATA_DIR", "");
  const std::string error = ErrorText([] { LoadData("mnist"); });
  std::filesystem::current_path(before);
  EXPECT_EQ(error, "no error");
}

TEST(LoadData, TakesFoldersAndHelpsWithNames) {
  EXPECT_EQ(ErrorText([] { LoadData("nmist"); }),
            "unknown data set 'nmist'; did you mean 'mnist'? (a folder of IDX files works too)");
  EXPECT_EQ(ErrorText([] { LoadData("imagenet"); }),
            "unknown data set 'imagenet'; known: mnist (a folder of IDX files works too)");
  EXPECT_EQ(ErrorText([] { LoadData("./nowhere"); }), "./nowhere: there is no such folder");
  const TemporaryFolder folder;
  EXPECT_THAT(ErrorText([&] { LoadData(folder.path().string()); }),
              HasSubstr("expected a file train-images-idx3-ubyte"));
}

}  // namespace
}  // namespace ocellus
