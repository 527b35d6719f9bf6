// Blocks: their sizes and where they are drawn.
#include "ocellus/view/page.h"

#include <gtest/gtest.h>

#include "ocellus/base/error.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"

namespace ocellus {
namespace {

Block Square(int64_t size, uint8_t grey) { return PictureBlock(Image(1, 1, 1, grey), size); }

TEST(Blocks, StandBesideAndBelowEachOther) {
  const Block row = Row({Square(10, 1), Square(20, 2)}, 5);
  EXPECT_EQ(row.width, 35);
  EXPECT_EQ(row.height, 20);
  const Block column = Column({row, Square(8, 3)}, 7);
  EXPECT_EQ(column.width, 35);
  EXPECT_EQ(column.height, 35);
  const Image page = DrawPage("", {}, column);
  const auto at = [&](int64_t x, int64_t y) {
    return PixelAt(page, page::kMargin + x, page::kMargin + y);
  };
  EXPECT_EQ(at(0, 0), (Colour{1, 1, 1}));
  EXPECT_EQ(at(9, 9), (Colour{1, 1, 1}));
  EXPECT_EQ(at(12, 5), colours::kWhite);
  EXPECT_EQ(at(15, 0), (Colour{2, 2, 2}));
  EXPECT_EQ(at(34, 19), (Colour{2, 2, 2}));
  EXPECT_EQ(at(0, 27), (Colour{3, 3, 3}));
  EXPECT_EQ(page.width, 35 + 2 * page::kMargin);
  EXPECT_EQ(page.height, 35 + 2 * page::kMargin);
}

TEST(Blocks, StandInAGridOfEqualCells) {
  const Block grid = Grid({Square(10, 1), Square(20, 2), Square(6, 3)}, 2, 4);
  EXPECT_EQ(grid.width, 44);
  EXPECT_EQ(grid.height, 44);
  const Image page = DrawPage("", {}, grid);
  EXPECT_EQ(PixelAt(page, page::kMargin + 24, page::kMargin), (Colour{2, 2, 2}));
  EXPECT_EQ(PixelAt(page, page::kMargin, page::kMargin + 24), (Colour{3, 3, 3}));
}

TEST(Blocks, HaveFramesAndCaptions) {
  const Block block = CaptionedBlock(Square(60, 255), "seven");
  EXPECT_EQ(block.width, 60);
  EXPECT_GT(block.height, 75);
  const Image page = DrawPage("", {}, block);
  EXPECT_EQ(PixelAt(page, page::kMargin - 1, page::kMargin + 30), page::kFrame);
  EXPECT_GT(
      CountInk(page, {.x = page::kMargin, .y = page::kMargin + 62, .width = 60, .height = 16}), 50);
}

TEST(DrawPage, MakesRoomForTitleAndLines) {
  const Image plain = DrawPage("", {}, Square(300, 0));
  const Image full = DrawPage("What it sees", {"one line", "and another"}, Square(300, 0));
  EXPECT_EQ(full.width, plain.width);
  EXPECT_GT(full.height, plain.height + 80);
  EXPECT_GT(CountInk(full, {.x = page::kMargin, .y = page::kMargin, .width = 300, .height = 40}),
            200);
  // A long title widens a small page, and a very long one is written smaller.
  EXPECT_GT(DrawPage("A title that is longer than its picture", {}, Square(20, 0)).width, 300);
  EXPECT_LE(DrawPage(std::string(400, 'm'), {}, Square(20, 0)).width, 820);
}

TEST(DrawPage, WritesItsLinesBelowEachOther) {
  const std::vector<std::string> lines = {"one line", "hues of a second", "and the third"};
  for (const std::string title : {"", "What it sees"}) {
    const Image page = DrawPage(title, lines, Square(300, 1));
    std::vector<Position> places;
    for (const std::string& line : lines) {
      const std::optional<Position> place = FindText(page, line, page::kCaption);
      ASSERT_TRUE(place.has_value()) << line;
      // The ink of each begins within a pixel or two of the margin.
      EXPECT_NEAR(place->x + kBesideText, page::kMargin, 2) << line;
      places.push_back(*place);
    }
    // No line touches the next: they are more than their letters' size apart, and equally far.
    const double step = places[1].y - places[0].y;
    EXPECT_TRUE(step > page::kCaption.size && step < 2 * page::kCaption.size) << step;
    EXPECT_NEAR(places[2].y - places[1].y, step, 1);
    // Below the title, above the body.
    const double above =
        title.empty() ? page::kMargin : FindText(page, title, page::kTitle)->y + page::kTitle.size;
    EXPECT_GT(places[0].y, above - 1);
    EXPECT_LT(places[2].y, above + 5 * step);
    int64_t body = 0;
    while (body < page.height && PixelAt(page, page::kMargin + 150, body) != Colour{1, 1, 1})
      ++body;
    EXPECT_GT(body, places[2].y + page::kCaption.size);
    EXPECT_EQ(page.height, body + 300 + page::kMargin);
  }
}

TEST(ShowsText, TellsOneTextFromAnother) {
  const Block body = Column({TextBlock("12 maps", page::kCaption),
                             CaptionedBlock(Square(61, 0), "seven"), Square(300, 255)},
                            5);
  const Image page = DrawPage("conv1", {"a line"}, body);
  EXPECT_TRUE(ShowsText(page, "12 maps", page::kCaption));
  EXPECT_TRUE(ShowsText(page, "seven", page::kSmall));
  EXPECT_TRUE(ShowsText(page, "conv1", page::kTitle));
  EXPECT_TRUE(ShowsText(page, "a line", page::kCaption));
  EXPECT_FALSE(ShowsText(page, "12 mops", page::kCaption));
  EXPECT_FALSE(ShowsText(page, "2 maps", page::kCaption));
  EXPECT_FALSE(ShowsText(page, "seven", page::kCaption));
}

TEST(DrawPage, RefusesWhatNoCanvasCanHold) {
  EXPECT_THROW(DrawPage("", {}, Block{.width = 40000, .height = 10}), Error);
}

TEST(ColourStrip, ShowsItsColoursFromLeftToRight) {
  const Block strip = ColourStrip("", "", [](double place) {
    return Colour{static_cast<uint8_t>(255 * place), 0, 0};
  });
  const Image page = DrawPage("", {}, strip);
  EXPECT_EQ(PixelAt(page, page::kMargin, page::kMargin + 10).red, 0);
  EXPECT_EQ(PixelAt(page, page::kMargin + 127, page::kMargin + 10).red, 255);
}

TEST(EnlargementFor, ComesNearTheSize) {
  EXPECT_EQ(EnlargementFor(28, 280), 10);
  EXPECT_EQ(EnlargementFor(3, 100), 33);
  EXPECT_EQ(EnlargementFor(227, 100), 1);
  // To the nearer of the two, and up from the middle.
  EXPECT_EQ(EnlargementFor(30, 100), 3);
  EXPECT_EQ(EnlargementFor(28, 100), 4);
  EXPECT_EQ(EnlargementFor(28, 97), 3);
  EXPECT_EQ(EnlargementFor(28, 98), 4);
  EXPECT_EQ(EnlargementFor(5, 12), 2);
  EXPECT_EQ(EnlargementFor(5, 13), 3);
}

}  // namespace
}  // namespace ocellus
