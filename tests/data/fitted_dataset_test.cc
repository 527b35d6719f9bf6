// Data sets in memory for networks that take another shape.
#include "ocellus/data/fitted_dataset.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/data/load_data.h"
#include "ocellus/data/subset.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

std::unique_ptr<Dataset> Greys() {
  Tensor<uint8_t> images({3, 1, 4, 4});
  for (int64_t i = 0; i < 48; ++i) images[i] = static_cast<uint8_t>(100 * (i / 16));
  return std::make_unique<InMemoryDataset>(std::move(images), std::vector<int32_t>{1, 0, 1},
                                           std::vector<std::string>{"a", "b"}, "greys");
}

TEST(FitDataset, ResizesAndColoursImagesAsTheyAreRead) {
  const std::string sha256 = Greys()->sha256();
  const auto fitted = FitDataset(Greys(), {.shape = {3, 5, 7}});
  EXPECT_EQ(fitted->image_shape(), (Shape{3, 5, 7}));
  EXPECT_EQ(fitted->size(), 3);
  EXPECT_EQ(fitted->source(), "greys");
  EXPECT_EQ(fitted->sha256(), sha256);
  EXPECT_TRUE(fitted->reads_slowly());
  Tensor<float> images({2, 3, 5, 7}, std::nanf(""));
  std::array<int32_t, 2> labels{-1, -1};
  fitted->Read(std::array<int64_t, 2>{2, 1}, images, labels);
  EXPECT_EQ(labels, (std::array<int32_t, 2>{1, 0}));
  for (int64_t i = 0; i < 105; ++i) {
    ASSERT_EQ(images[i], 200);
    ASSERT_EQ(images[105 + i], 100);
  }
}

TEST(FitDataset, KeepsTheNamesOfSamples) {
  const std::unique_ptr<Dataset> greys = Greys();
  const auto fitted = FitDataset(Subset(*greys, {2, 0}), {.shape = {3, 5, 7}});
  EXPECT_EQ(fitted->SampleName(0), "no. 2");
}

TEST(FitDataset, LeavesImagesOfTheRightShapeAlone) {
  auto greys = Greys();
  const Dataset* before = greys.get();
  EXPECT_EQ(FitDataset(std::move(greys), {.shape = {1, 4, 4}, .crop_from = 4}).get(), before);
  EXPECT_NE(FitDataset(Greys(), {.shape = {1, 4, 4}, .crop_from = 5}).get(), before);
}

TEST(FitDataset, RefusesWhatIsNoPicture) {
  auto odd =
      std::make_unique<InMemoryDataset>(Tensor<float>({1, 2, 4, 4}, 0.0f), std::vector<int32_t>{0},
                                        std::vector<std::string>{"a"}, "odd");
  EXPECT_EQ(ErrorText([&] {
              FitDataset(std::move(odd), {.shape = {1, 4, 4}});
            }),
            "odd: expected grey or colour images, found shape 2x4x4");
}

TEST(LoadData, FitsNamedDataToANetworkWithAMarginForTraining) {
  const PictureFolderOptions options{.fit = {.shape = {3, 32, 32}, .crop_from = 36},
                                     .train_margin = TrainMargin::kKeep};
  const DataSplits data = LoadData("mnist", options);
  EXPECT_EQ(data.train->image_shape(), (Shape{3, 36, 36}));
  EXPECT_EQ(data.test->image_shape(), (Shape{3, 32, 32}));
  EXPECT_FALSE(
      LoadData("mnist", {.fit = {.shape = {1, 28, 28}, .crop_from = 28}}).train->reads_slowly());
}

}  // namespace
}  // namespace ocellus
