// The sheet of mistakes and the confusion matrix.
#include "ocellus/view/mistakes_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/view/confusion_picture.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_pixels.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

Rectangle Whole(const Image& picture) {
  return {.x = 0,
          .y = 0,
          .width = static_cast<double>(picture.width),
          .height = static_cast<double>(picture.height)};
}

TEST(DrawMistakes, ShowsTheWorstFirst) {
  Tensor<float> images({3, 1, 7, 7});
  for (int64_t n = 0; n < 3; ++n) images.view().Sample(n).Fill(static_cast<float>(50 * n + 50));
  const InMemoryDataset data(std::move(images), {0, 1, 0}, {"cat", "dog"}, "pets");
  Mistakes mistakes{.samples = 3, .wrong = 2, .classes = 2};
  mistakes.worst = {{.sample = 2, .label = 0, .predicted = 1, .probability = 0.9},
                    {.sample = 0, .label = 0, .predicted = 1, .probability = 0.6}};
  const Image sheet = DrawMistakes(mistakes, data, {.scale = 1.0 / 255}, "pets");
  EXPECT_EQ(CountColour(sheet, Whole(sheet), {150, 150, 150}), 112 * 112);
  EXPECT_EQ(CountColour(sheet, Whole(sheet), {50, 50, 50}), 112 * 112);
  EXPECT_EQ(CountColour(sheet, Whole(sheet), {100, 100, 100}), 0);    // this one is right
  EXPECT_GT(CountColour(sheet, Whole(sheet), colours::kBlue), 20);    // what it is
  EXPECT_GT(CountColour(sheet, Whole(sheet), colours::kOrange), 20);  // what it was taken for
  int64_t first = -1;
  for (int64_t x = 0; x < sheet.width && first < 0; ++x) {
    for (int64_t y = 0; y < sheet.height && first < 0; ++y) {
      const Colour colour = PixelAt(sheet, x, y);
      if (colour == Colour{150, 150, 150} || colour == Colour{50, 50, 50}) first = colour.red;
    }
  }
  EXPECT_EQ(first, 150);
  mistakes = {.samples = 3, .wrong = 0, .classes = 2};
  EXPECT_LT(DrawMistakes(mistakes, data, {.scale = 1.0 / 255}, "pets").height, 200);
}

TEST(DrawConfusion, IsBlueOnTheDiagonalAndOrangeBesideIt) {
  const std::vector<int64_t> confusion = {10, 0, 1, 9};
  const std::vector<std::string> names = {"cat", "dog"};
  const Image picture = DrawConfusion(confusion, names, "pets");
  // The corner of the first cell is the first pixel that is blue.
  int64_t left = 0, top = 0;
  const auto is_blue = [&] {
    const Colour pixel = PixelAt(picture, left, top);
    return pixel.blue > pixel.red + 80;
  };
  while (!is_blue()) {
    if (++left == picture.width) left = 0, ++top;
    ASSERT_LT(top, picture.height) << "no blue";
  }
  const auto cell = [&](int64_t row, int64_t column) {
    return PixelAt(picture, left + column * 64 + 4, top + row * 64 + 4);
  };
  EXPECT_GT(cell(0, 0).blue, cell(0, 0).red + 80);
  EXPECT_GT(cell(1, 1).blue, cell(1, 1).red + 60);
  EXPECT_LT(cell(0, 0).red, cell(1, 1).red);  // all right, and nine of ten
  EXPECT_EQ(cell(0, 1), colours::kWhite);
  EXPECT_GT(cell(1, 0).red, cell(1, 0).blue + 80);
}

TEST(DrawConfusion, TakesAnyNumberOfClasses) {
  for (const size_t classes : {1, 2, 12, 13, 40, 41, 1000}) {
    const std::vector<int64_t> confusion(classes * classes, 3);
    EXPECT_NO_THROW(DrawConfusion(confusion, {}, "many")) << classes;
  }
}

TEST(DrawConfusion, RefusesWhatIsNoMatrixOfCounts) {
  const auto error = [](const std::vector<int64_t>& counts) {
    return ErrorText([&] { DrawConfusion(counts, {}, ""); });
  };
  EXPECT_THAT(error({1, 2, 3}), HasSubstr("expected classes x classes counts, found 3"));
  EXPECT_THAT(error({}), HasSubstr("found 0"));
  EXPECT_THAT(error({1, -2, 3, 4}), HasSubstr("expected counts of 0 or more, found -2"));
}

}  // namespace
}  // namespace ocellus
