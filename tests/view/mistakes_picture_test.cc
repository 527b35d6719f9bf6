// The sheet of mistakes and the confusion matrix.
#include "ocellus/view/mistakes_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/view/colour_map.h"
#include "ocellus/view/confusion_picture.h"
#include "ocellus/view/page.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"

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
  mistakes.worst = {
      {.sample = 2, .label = 0, .predicted = 1, .probability = 0.9},
      {.sample = 0, .label = 0, .predicted = 1, .probability = 0.6, .label_probability = 0.3}};
  const Image sheet = DrawMistakes(mistakes, data, {.scale = 1.0 / 255}, "pets");
  EXPECT_EQ(CountColour(sheet, Whole(sheet), {150, 150, 150}), 112 * 112);
  EXPECT_EQ(CountColour(sheet, Whole(sheet), {50, 50, 50}), 112 * 112);
  EXPECT_EQ(CountColour(sheet, Whole(sheet), {100, 100, 100}), 0);    // this one is right
  EXPECT_GT(CountColour(sheet, Whole(sheet), colours::kBlue), 20);    // what it is
  EXPECT_GT(CountColour(sheet, Whole(sheet), colours::kOrange), 20);  // what it was taken for
  TextStyle style{.size = 17, .colour = colours::kBlue, .weight = Weight::kBold, .max_width = 112};
  TextStyle small = page::kSmall;
  small.max_width = 112;
  EXPECT_TRUE(ShowsText(sheet, "is cat", style));
  style.colour = colours::kOrange;
  EXPECT_TRUE(ShowsText(sheet, "taken for dog", style));
  EXPECT_TRUE(ShowsText(sheet, "60.0%", small));
  EXPECT_TRUE(ShowsText(sheet, "no. 0", small));
  EXPECT_TRUE(ShowsText(sheet, "no. 2", small));
  EXPECT_TRUE(ShowsText(sheet, "2 of 3 wrong, 33.33% right", page::kCaption));
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

TEST(DrawConfusion, WritesCountsAndNames) {
  const std::vector<int64_t> confusion = {50, 4, 0, 0, 60, 1, 0, 0, 70};
  const std::vector<std::string> names = {"ape", "bee", "cat"};
  const Image picture = DrawConfusion(confusion, names, "pets");
  // The left names stand before their rows, the upper ones above their columns.
  constexpr int64_t kLeft = page::kMargin + 120;
  const int64_t top = picture.height - page::kMargin - 3 * 64;
  const auto part = [&](int64_t x, int64_t y, int64_t width, int64_t height) {
    Image cut(3, height, width);
    for (int64_t c = 0; c < 3; ++c) {
      for (int64_t i = 0; i < width * height; ++i) {
        cut.At(c, i / width, i % width) = picture.At(c, y + i / width, x + i % width);
      }
    }
    return cut;
  };
  for (int64_t c = 0; c < 3; ++c) {
    const std::string& name = names[static_cast<size_t>(c)];
    EXPECT_TRUE(ShowsText(part(kLeft - 120, top + 64 * c, 119, 62), name, {.size = 17})) << name;
    EXPECT_TRUE(ShowsText(part(kLeft + 64 * c, top - 30, 62, 28), name, {.size = 17})) << name;
  }
  // Right answers by the share of their row, mistakes by the root of the most frequent one.
  const auto colour = [&](int64_t label, int64_t predicted) {
    return PixelAt(picture, kLeft + 64 * predicted + 2, top + 64 * label + 2);
  };
  const auto text = [&](int64_t label, int64_t predicted) {
    const Rectangle cell{.x = static_cast<double>(kLeft + 64 * predicted),
                         .y = static_cast<double>(top + 64 * label),
                         .width = 62,
                         .height = 62};
    return 62 * 62 - CountColour(picture, cell, colour(label, predicted));
  };
  EXPECT_EQ(colour(0, 0), Mix({222, 235, 247}, {8, 81, 156}, 50.0 / 54));
  EXPECT_EQ(colour(2, 2), (Colour{8, 81, 156}));
  EXPECT_EQ(colour(0, 1), (Colour{217, 72, 1}));
  EXPECT_EQ(colour(1, 2), Mix({254, 237, 222}, {217, 72, 1}, 0.5));
  for (int64_t label = 0; label < 3; ++label) {
    for (int64_t predicted = 0; predicted < 3; ++predicted) {
      const bool has_text = confusion[static_cast<size_t>(label * 3 + predicted)] > 0;
      EXPECT_EQ(text(label, predicted) > 20, has_text) << label << ", " << predicted;
    }
  }
  // A count stands in its own cell: it does not change with the one across the diagonal.
  std::vector<int64_t> more = confusion;
  more[3] = 4;
  const Image other = DrawConfusion(more, names, "pets");
  for (int64_t i = 0; i < 62 * 62; ++i) {
    const int64_t x = kLeft + 64 + i % 62, y = top + i / 62;
    ASSERT_EQ(PixelAt(other, x, y), PixelAt(picture, x, y));
  }
  // Light on dark and dark on light.
  const auto count = [&](int64_t label, int64_t predicted, Colour ink) {
    return CountColour(part(kLeft + 64 * predicted, top + 64 * label, 62, 62),
                       {.x = 0, .y = 0, .width = 62, .height = 62}, ink);
  };
  EXPECT_GT(count(2, 2, colours::kWhite), 5);
  EXPECT_GT(count(1, 2, colours::kInk), 5);
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
