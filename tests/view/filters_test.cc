// Pictures of filters: every weight at its place and in its grey.
#include "ocellus/view/filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "ocellus/base/error.h"
#include "ocellus/view/canvas.h"
#include "ocellus/view/page.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"
#include "tests/support/special_values.h"

namespace ocellus {
namespace {

using ::testing::HasSubstr;

// Where the first cell of a picture without title begins.
constexpr int64_t kFiltersLeft = 40;
constexpr int64_t kTop = 81;

Tensor<float> Ramp(const Shape& shape) {
  Tensor<float> filters(shape);
  for (int64_t i = 0; i < filters.elements(); ++i) filters[i] = static_cast<float>(i);
  return filters;
}

Colour Grey(uint8_t level) { return {level, level, level}; }

TEST(DrawFilters, DrawsEachWeightAsASquareFromBlackToWhite) {
  Tensor<float> filters({1, 1, 2, 3});
  const float weights[] = {-1, 0, 1, 0.5f, -0.5f, 1};
  std::copy(std::begin(weights), std::end(weights), filters.data());
  const Image picture = DrawFilters(filters);
  const uint8_t levels[] = {0, 128, 255, 191, 64, 255};
  constexpr int64_t kSize = 32;  // 96 / 3
  for (int64_t i = 0; i < 6; ++i) {
    const Rectangle square{.x = static_cast<double>(kFiltersLeft + i % 3 * kSize),
                           .y = static_cast<double>(kTop + i / 3 * kSize),
                           .width = kSize,
                           .height = kSize};
    EXPECT_EQ(CountColour(picture, square, Grey(levels[i])), kSize * kSize) << "weight " << i;
  }
}

TEST(DrawFilters, ScalesEachFilterOnItsOwn) {
  Tensor<float> filters({2, 1, 1, 2});
  const float weights[] = {-0.01f, 0.01f, 5, 1};
  std::copy(std::begin(weights), std::end(weights), filters.data());
  const Image picture = DrawFilters(filters);
  constexpr int64_t kCell = 96 + 14;
  EXPECT_EQ(PixelAt(picture, kFiltersLeft, kTop), Grey(0));
  EXPECT_EQ(PixelAt(picture, kFiltersLeft + 95, kTop), Grey(255));
  EXPECT_EQ(PixelAt(picture, kFiltersLeft + kCell, kTop), Grey(255));
  EXPECT_EQ(PixelAt(picture, kFiltersLeft + kCell + 95, kTop), Grey(0));
}

TEST(DrawFilters, ScalesAroundZeroIfAsked) {
  Tensor<float> filters({1, 1, 1, 3});
  const float weights[] = {0, 2, -1};
  std::copy(std::begin(weights), std::end(weights), filters.data());
  const Image picture = DrawFilters(filters, {.scale = FilterScale::kAroundZero});
  EXPECT_EQ(PixelAt(picture, kFiltersLeft, kTop), Grey(128));
  EXPECT_EQ(PixelAt(picture, kFiltersLeft + 32, kTop), Grey(255));
  EXPECT_EQ(PixelAt(picture, kFiltersLeft + 64, kTop), Grey(64));
  filters[2] = -4;  // now the largest magnitude
  const Image negative = DrawFilters(filters, {.scale = FilterScale::kAroundZero});
  EXPECT_EQ(PixelAt(negative, kFiltersLeft, kTop), Grey(128));
  EXPECT_EQ(PixelAt(negative, kFiltersLeft + 32, kTop), Grey(191));
  EXPECT_EQ(PixelAt(negative, kFiltersLeft + 64, kTop), Grey(0));
}

TEST(DrawFilters, ShowsThreeChannelsAsColour) {
  Tensor<float> filters({1, 3, 1, 1});
  filters[0] = 1;   // red is highest
  filters[1] = -1;  // green is lowest
  filters[2] = 0;
  EXPECT_EQ(PixelAt(DrawFilters(filters), kFiltersLeft, kTop), (Colour{255, 0, 128}));
}

TEST(DrawFilters, ShowsOtherChannelsOneByOne) {
  const Image picture = DrawFilters(Ramp({3, 2, 1, 1}));
  constexpr int64_t kRowLabel = 36 + 14;
  constexpr int64_t kColumnLabel = 50;
  constexpr int64_t kCell = 56 + 14;
  for (int64_t filter = 0; filter < 3; ++filter) {
    EXPECT_EQ(PixelAt(picture, kFiltersLeft + kRowLabel, kTop + kColumnLabel + filter * kCell),
              Grey(0));
    EXPECT_EQ(
        PixelAt(picture, kFiltersLeft + kRowLabel + kCell, kTop + kColumnLabel + filter * kCell),
        Grey(255));
  }
}

TEST(DrawFilters, CountsFiltersAndChannelsFromZero) {
  const Image grid = DrawFilters(Ramp({2, 1, 2, 2}));
  EXPECT_TRUE(ShowsText(grid, "0", page::kSmall));
  EXPECT_TRUE(ShowsText(grid, "1", page::kSmall));
  EXPECT_FALSE(ShowsText(grid, "2", page::kSmall));
  EXPECT_TRUE(ShowsText(grid, "weights from 0 to 7", page::kCaption));
  const Image table = DrawFilters(Ramp({3, 2, 1, 1}));
  const auto column = FindText(table, "0", page::kSmall);  // above all rows
  const auto row = FindText(table, "2", page::kSmall);
  ASSERT_TRUE(column && row);
  EXPECT_LT(column->y, kTop + 50);
  EXPECT_GT(row->y, kTop + 50 + 2 * 70);
  EXPECT_FALSE(ShowsText(table, "3", page::kSmall));
}

TEST(DrawFilters, WritesTitleNumbersAndCaption) {
  const Tensor<float> filters = Ramp({2, 1, 2, 2});
  const Image plain = DrawFilters(filters);
  // The number below the first cell, and the caption below all.
  EXPECT_GT(CountInk(plain, {.x = kFiltersLeft + 40, .y = kTop + 98, .width = 16, .height = 22}),
            20);
  const double caption = kTop + 96 + 22 + 22;
  EXPECT_GT(CountInk(plain, {.x = kFiltersLeft, .y = caption + 27, .width = 300, .height = 27}),
            200);
  const Image titled = DrawFilters(filters, {.title = "conv1"});
  EXPECT_EQ(titled.height, plain.height + 44);
  EXPECT_GT(CountInk(titled, {.x = kFiltersLeft, .y = 40, .width = 120, .height = 30}), 200);
}

TEST(DrawFilters, ShowsWeightsThatAreNotFiniteInOrange) {
  Tensor<float> filters = Ramp({1, 1, 2, 2});
  const Image before = DrawFilters(filters);
  filters[1] = kNan;
  filters[2] = -kInfinity;
  const Image after = DrawFilters(filters);
  EXPECT_EQ(PixelAt(after, kFiltersLeft, kTop), Grey(0));
  EXPECT_EQ(PixelAt(after, kFiltersLeft + 48, kTop), colours::kOrange);
  EXPECT_EQ(PixelAt(after, kFiltersLeft, kTop + 48), colours::kOrange);
  EXPECT_EQ(PixelAt(after, kFiltersLeft + 48, kTop + 48), Grey(255));
  EXPECT_GT(after.height, before.height);  // a line in the caption
  filters.Fill(kNan);
  EXPECT_EQ(PixelAt(DrawFilters(filters), kFiltersLeft, kTop), colours::kOrange);
}

TEST(DrawFilters, ShowsEqualWeightsInMiddleGrey) {
  for (const float value : {0.0f, -3.0f})
    EXPECT_EQ(PixelAt(DrawFilters(Tensor<float>({1, 1, 2, 2}, value)), kFiltersLeft, kTop),
              Grey(128));
}

TEST(DrawFilters, HandlesTheLargestFiniteWeights) {
  Tensor<float> filters({1, 1, 1, 2});
  filters[0] = std::numeric_limits<float>::lowest();
  filters[1] = std::numeric_limits<float>::max();
  const Image picture = DrawFilters(filters);
  EXPECT_EQ(PixelAt(picture, kFiltersLeft, kTop), Grey(0));
  EXPECT_EQ(PixelAt(picture, kFiltersLeft + 48, kTop), Grey(255));
}

TEST(DrawFilters, SaysWhenFiltersOrChannelsAreLeftOut) {
  const Image all = DrawFilters(Ramp({6, 1, 3, 3}));
  const Image some = DrawFilters(Ramp({12, 1, 3, 3}), {.max_filters = 6});
  EXPECT_EQ(some.height, all.height + 27);  // a line in the caption
  const Image rows = DrawFilters(Ramp({4, 4, 3, 3}));
  const Image fewer = DrawFilters(Ramp({5, 6, 3, 3}), {.max_rows = 4, .max_columns = 4});
  EXPECT_EQ(fewer.height, rows.height + 2 * 27);
  EXPECT_EQ(fewer.width, rows.width);
}

TEST(DrawFilters, TakesAnyShape) {
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{31, 1, 64, 1}, Shape{2, 3, 1, 64},
                             Shape{300, 1, 2, 2}, Shape{1, 100, 3, 3}, Shape{7, 2, 64, 64}})
    EXPECT_NO_THROW(DrawFilters(Ramp(shape))) << shape.ToString();
}

TEST(DrawFilters, RefusesWhatIsNoSetOfFilters) {
  const auto error_of = [](const Shape& shape, const FilterPictureOptions& options) -> std::string {
    try {
      DrawFilters(Tensor<float>(shape, 0.0f), options);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of({30, 25}, {}),
            "DrawFilters: expected filters of FN x C x FH x FW, found shape 30x25");
  EXPECT_EQ(error_of({1, 1, 65, 1}, {}),
            "DrawFilters: expected filters of at most 64 x 64, found shape 1x1x65x1");
  EXPECT_THAT(error_of({1, 1, 1, 1}, {.max_filters = 0}), HasSubstr("found max_filters 0"));
  EXPECT_THAT(error_of({1, 2, 1, 1}, {.max_rows = 0}), HasSubstr("max_rows 0"));
  EXPECT_THAT(error_of({1, 2, 1, 1}, {.max_columns = -1}), HasSubstr("max_columns -1"));
}

TEST(DrawFiltersBeforeAfter, PutsBothSideBySide) {
  const Tensor<float> before = Ramp({1, 1, 1, 2});
  Tensor<float> after = before.Clone();
  after[0] = 9;  // now white, black
  const Image picture = DrawFiltersBeforeAfter(before, after);
  constexpr int64_t kHeading = 28 + 14;
  constexpr int64_t kGap = 72;
  const int64_t second = (picture.width - 2 * kFiltersLeft - kGap) / 2 + kGap;
  EXPECT_EQ(PixelAt(picture, kFiltersLeft, kTop + kHeading), Grey(0));
  EXPECT_EQ(PixelAt(picture, kFiltersLeft + second, kTop + kHeading), Grey(255));
  for (const int64_t x : {kFiltersLeft, kFiltersLeft + second})
    EXPECT_GT(
        CountInk(picture, {.x = static_cast<double>(x), .y = kTop, .width = 200, .height = 30}),
        300);
}

TEST(DrawFiltersBeforeAfter, RefusesDifferentShapes) {
  EXPECT_THROW(DrawFiltersBeforeAfter(Ramp({2, 1, 3, 3}), Ramp({3, 1, 3, 3})), Error);
}

}  // namespace
}  // namespace ocellus
