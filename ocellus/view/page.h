// Pages with pictures: blocks beside and below each other, under a title.
//
//   const Block maps = Row({PictureBlock(a, 4), PictureBlock(b, 4)}, 12);
//   const Block body = Column({TextBlock("conv1", page::kHeading), maps}, 10);
//   WritePng(DrawPage("What conv1 sees", {"16 maps"}, body), "conv1.png");
//
// Blocks know their size before anything is drawn. All functions may be called concurrently.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ocellus/formats/image.h"
#include "ocellus/view/canvas.h"

namespace ocellus {

// The few styles of all pages.
namespace page {
inline constexpr int64_t kMargin = 40;
inline constexpr TextStyle kTitle{.size = 28, .weight = Weight::kBold};
inline constexpr TextStyle kHeading{.size = 20, .weight = Weight::kBold};
inline constexpr TextStyle kCaption{.size = 17, .colour = colours::kSoftInk};
inline constexpr TextStyle kSmall{.size = 14, .colour = colours::kSoftInk};
inline constexpr Colour kFrame{190, 193, 198};  // around pictures
}  // namespace page

// Something with a size in pixels that can be drawn with its top left corner anywhere.
struct Block {
  int64_t width = 0;
  int64_t height = 0;
  std::function<void(Canvas& canvas, int64_t x, int64_t y)> draw = {};  // empty: empty space
};

// One line of text. Its width is not more than style.max_width; without that, text may be long.
Block TextBlock(const std::string& text, const TextStyle& style);

// A picture, each pixel a square, in a thin frame outside of its corner.
Block PictureBlock(Image picture, int64_t enlargement);

// The same picture with a caption below; long captions are written smaller.
Block CaptionedBlock(Block block, const std::string& caption,
                     const TextStyle& style = page::kSmall);

// Beside each other, from their top; below each other, from their left. `gap` is between blocks.
Block Row(std::vector<Block> blocks, int64_t gap);
Block Column(std::vector<Block> blocks, int64_t gap);

// Rows of equal cells, as large as the largest block.
Block Grid(const std::vector<Block>& blocks, int64_t columns, int64_t gap);

// A strip of colours from `low` to `high` with texts at its ends.
Block ColourStrip(const std::string& low, const std::string& high,
                  const std::function<Colour(double place)>& colour);

// A white page with the title, lines of text below it, and the body. Throws Error if it is larger
// than a canvas can be.
Image DrawPage(const std::string& title, const std::vector<std::string>& lines, const Block& body);

// How often a picture of this longer side is enlarged to be about `size` pixels: 1 or more.
int64_t EnlargementFor(int64_t longer_side, int64_t size);

}  // namespace ocellus
