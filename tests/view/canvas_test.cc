// Shapes, text and pictures on a canvas.
#include "ocellus/view/canvas.h"

#include <fontconfig/fontconfig.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "ocellus/base/error.h"
#include "tests/support/check_failure.h"
#include "tests/support/picture_pixels.h"

namespace ocellus {
namespace {

bool HasFontFor(FcChar32 character) {
  FcCharSet* characters = FcCharSetCreate();
  FcCharSetAddChar(characters, character);
  FcPattern* pattern = FcPatternCreate();
  FcPatternAddCharSet(pattern, FC_CHARSET, characters);
  FcFontSet* fonts = FcFontList(nullptr, pattern, nullptr);
  const bool found = fonts != nullptr && fonts->nfont > 0;
  if (fonts != nullptr) FcFontSetDestroy(fonts);
  FcPatternDestroy(pattern);
  FcCharSetDestroy(characters);
  return found;
}

TEST(Canvas, BeginsWhite) {
  const Image image = Canvas({.width = 7, .height = 5}).ToImage();
  EXPECT_EQ(image, Image(3, 5, 7, 255));
}

TEST(Canvas, RefusesImpossibleSizes) {
  EXPECT_THROW(Canvas({.width = 0, .height = 5}), Error);
  EXPECT_THROW(Canvas({.width = 5, .height = -1}), Error);
  EXPECT_THROW(Canvas({.width = 32768, .height = 1}), Error);
  EXPECT_NO_THROW(Canvas({.width = 32767, .height = 1}));
}

TEST(Canvas, FillsExactlyTheRectangle) {
  Canvas canvas({.width = 20, .height = 10});
  canvas.FillRectangle({.x = 3, .y = 2, .width = 5, .height = 4}, colours::kBlue);
  const Image image = canvas.ToImage();
  EXPECT_EQ(CountColour(image, {.x = 3, .y = 2, .width = 5, .height = 4}, colours::kBlue), 20);
  EXPECT_EQ(CountInk(image, {.x = 0, .y = 0, .width = 20, .height = 10}), 20);
}

TEST(Canvas, DrawsLinesThroughAllPoints) {
  Canvas canvas({.width = 40, .height = 40});
  const Position points[] = {{5, 5.5}, {30, 5.5}, {30, 30}};
  canvas.Line(points, {.colour = colours::kOrange, .width = 3});
  const Image image = canvas.ToImage();
  EXPECT_EQ(PixelAt(image, 15, 5), colours::kOrange);
  EXPECT_EQ(PixelAt(image, 30, 20), colours::kOrange);
  EXPECT_EQ(PixelAt(image, 15, 20), colours::kWhite);
}

TEST(Canvas, DrawsALineOfOnePointAsADotAndOfNoneNotAtAll) {
  Canvas canvas({.width = 20, .height = 20});
  canvas.Line({}, {.width = 8});
  EXPECT_EQ(CountInk(canvas.ToImage(), {.x = 0, .y = 0, .width = 20, .height = 20}), 0);
  const Position point{10, 10};
  canvas.Line({&point, 1}, {.colour = colours::kBlue, .width = 8});
  EXPECT_EQ(PixelAt(canvas.ToImage(), 10, 10), colours::kBlue);
}

TEST(Canvas, AlignsText) {
  for (const Align align : {Align::kLeft, Align::kCentre, Align::kRight}) {
    Canvas canvas({.width = 300, .height = 40});
    const TextStyle style{.size = 20, .align = align};
    const double width = canvas.TextWidth("conv1", style);
    EXPECT_TRUE(width > 30 && width < 90) << width;
    canvas.Text("conv1", {150, 30}, style);
    const Image image = canvas.ToImage();
    const int64_t left = CountInk(image, {.x = 0, .y = 0, .width = 149, .height = 40});
    const int64_t right = CountInk(image, {.x = 151, .y = 0, .width = 149, .height = 40});
    EXPECT_EQ(left > 0, align != Align::kLeft);
    EXPECT_EQ(right > 0, align != Align::kRight);
    EXPECT_EQ(CountInk(image, {.x = 0, .y = 31, .width = 300, .height = 9}), 0);  // the baseline
  }
}

TEST(Canvas, MakesBoldTextHeavier) {
  Canvas canvas({.width = 1, .height = 1});
  EXPECT_GT(canvas.TextWidth("loss", {.weight = Weight::kBold}), canvas.TextWidth("loss", {}));
}

TEST(Canvas, WritesLongTextSmaller) {
  Canvas canvas({.width = 600, .height = 40});
  const std::string text = "a title that is too long for its picture";
  ASSERT_GT(canvas.TextWidth(text, {}), 200);
  canvas.Text(text, {0, 30}, {.max_width = 200});
  const Image image = canvas.ToImage();
  EXPECT_GT(CountInk(image, {.x = 150, .y = 0, .width = 50, .height = 40}), 0);
  EXPECT_EQ(CountInk(image, {.x = 202, .y = 0, .width = 398, .height = 40}), 0);
}

// How high the ink of a text is.
int64_t HeightOfInk(const std::string& text, double max_width) {
  Canvas canvas({.width = 600, .height = 60});
  canvas.Text(text, {0, 40}, {.size = 20, .max_width = max_width});
  const Image image = canvas.ToImage();
  int64_t rows = 0;
  for (double y = 0; y < 60; ++y) {
    rows += CountInk(image, {.x = 0, .y = y, .width = 600, .height = 1}) > 0 ? 1 : 0;
  }
  return rows;
}

TEST(Canvas, CutsTextThatWouldBeTooSmall) {
  const std::string text(60, 'W');
  const double width = Canvas({.width = 1, .height = 1}).TextWidth(text, {.size = 20});
  EXPECT_NEAR(static_cast<double>(HeightOfInk(text, width / 2)), 8, 1);
  EXPECT_NEAR(static_cast<double>(HeightOfInk(text, width / 10)), 8, 1);
  Canvas canvas({.width = 600, .height = 40});
  canvas.Text(text, {0, 30}, {.size = 20, .max_width = 100});
  const Image image = canvas.ToImage();
  EXPECT_GT(CountInk(image, {.x = 80, .y = 28, .width = 20, .height = 2}), 0) << "no dots";
  EXPECT_EQ(CountInk(image, {.x = 90, .y = 0, .width = 510, .height = 26}), 0);
  EXPECT_EQ(CountInk(image, {.x = 101, .y = 0, .width = 499, .height = 40}), 0);
  // Not in the middle of a character, which would be no UTF-8 any more.
  std::string accents;
  for (int i = 0; i < 60; ++i) accents += "\xc3\xa9";
  EXPECT_GT(HeightOfInk(accents, 50), 0);
  EXPECT_GT(HeightOfInk(accents, 1), 0);
}

// Those that DejaVu Sans has not are boxes, which look all the same.
TEST(Canvas, WritesChineseIfThereIsAFontForIt) {
  const auto drawn = [](const std::string& text) {
    Canvas canvas({.width = 100, .height = 40});
    canvas.Text(text, {10, 30}, {});
    return canvas.ToImage();
  };
  const std::string cat = "\xe7\x8c\xab", dog = "\xe7\x8b\x97";
  if (!HasFontFor(0x732b)) GTEST_SKIP() << "no font is installed that has Chinese characters";
  EXPECT_NE(drawn(cat), drawn(dog));
  EXPECT_NE(drawn("cat " + cat), drawn("cat " + dog));
}

TEST(Canvas, SurvivesTextThatIsNotUtf8) {
  Canvas canvas({.width = 200, .height = 40});
  canvas.Text("caf\xe9.png", {10, 30}, {});
  EXPECT_GT(CountInk(canvas.ToImage(), {.x = 0, .y = 0, .width = 200, .height = 40}), 0);
  EXPECT_EQ(canvas.TextWidth("caf\xe9", {}), canvas.TextWidth("caf?", {}));
  EXPECT_NE(canvas.TextWidth("caf\xc3\xa9", {}), canvas.TextWidth("caf??", {}));
}

TEST(Canvas, EnlargesPicturesSharply) {
  Image picture(3, 1, 2);
  picture.pixels = {1, 4, 2, 5, 3, 6};
  Canvas canvas({.width = 20, .height = 10});
  canvas.Blit(picture, 2, 1, 4);
  const Image image = canvas.ToImage();
  EXPECT_EQ(CountColour(image, {.x = 2, .y = 1, .width = 4, .height = 4}, {1, 2, 3}), 16);
  EXPECT_EQ(CountColour(image, {.x = 6, .y = 1, .width = 4, .height = 4}, {4, 5, 6}), 16);
  EXPECT_EQ(CountInk(image, {.x = 0, .y = 0, .width = 20, .height = 10}), 32);
}

TEST(Canvas, CutsOffWhatLiesOutside) {
  Canvas canvas({.width = 10, .height = 10});
  canvas.Blit(Image(1, 3, 3, 7), -4, -5, 2);  // 2 x 1 pixels are seen
  canvas.Blit(Image(1, 3, 3, 7), 9, 8, 2);    // 1 x 2
  canvas.Blit(Image(1, 3, 3, 7), 100, 0, 2);
  const Image image = canvas.ToImage();
  EXPECT_EQ(CountInk(image, {.x = 0, .y = 0, .width = 10, .height = 10}), 4);
  EXPECT_EQ(PixelAt(image, 1, 0), (Colour{7, 7, 7}));
  EXPECT_EQ(PixelAt(image, 9, 9), (Colour{7, 7, 7}));
}

TEST(Canvas, RefusesToDrawNothing) {
  Canvas canvas({.width = 10, .height = 10});
  EXPECT_THROW(canvas.Blit(Image(), 0, 0, 1), CheckFailure);
  EXPECT_THROW(canvas.Blit(Image(1, 1, 1), 0, 0, 0), CheckFailure);
}

TEST(Canvas, IsTheSameFromSeveralThreads) {
  const auto draw = [] {
    Canvas canvas({.width = 200, .height = 40});
    canvas.Text("before training", {10, 30}, {.weight = Weight::kBold});
    return canvas.ToImage();
  };
  const Image expected = draw();
  std::vector<Image> images(4);
  std::vector<std::thread> threads;
  for (Image& image : images) threads.emplace_back([&] { image = draw(); });
  for (std::thread& thread : threads) thread.join();
  for (const Image& image : images) EXPECT_TRUE(image == expected);
}

}  // namespace
}  // namespace ocellus
