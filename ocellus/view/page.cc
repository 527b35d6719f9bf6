// Layout of pages.
#include "ocellus/view/page.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "ocellus/base/checked_math.h"

namespace ocellus {
namespace {

Position At(int64_t x, int64_t y) { return {static_cast<double>(x), static_cast<double>(y)}; }

Rectangle Box(int64_t x, int64_t y, int64_t width, int64_t height) {
  return {static_cast<double>(x), static_cast<double>(y), static_cast<double>(width),
          static_cast<double>(height)};
}

int64_t LineHeight(const TextStyle& style) { return std::lround(style.size * 1.4); }

// How far below the top of its line the text stands.
int64_t Baseline(const TextStyle& style) { return std::lround(style.size * 1.05); }

int64_t WidthOf(const std::string& text, const TextStyle& style) {
  const Canvas ruler({.width = 1, .height = 1});
  return std::lround(std::ceil(std::min(ruler.TextWidth(text, style), style.max_width)));
}

}  // namespace

Block TextBlock(const std::string& text, const TextStyle& style) {
  return {.width = WidthOf(text, style),
          .height = LineHeight(style),
          .draw = [text, style](Canvas& canvas, int64_t x, int64_t y) {
            canvas.Text(text, At(x, y + Baseline(style)), style);
          }};
}

Block PictureBlock(Image picture, int64_t enlargement) {
  const int64_t width = picture.width * enlargement;
  const int64_t height = picture.height * enlargement;
  return {.width = width,
          .height = height,
          .draw = [picture = std::move(picture), width, height, enlargement](Canvas& canvas,
                                                                             int64_t x, int64_t y) {
            canvas.FillRectangle(Box(x - 1, y - 1, width + 2, height + 2), page::kFrame);
            canvas.Blit(picture, x, y, enlargement);
          }};
}

Block CaptionedBlock(Block block, const std::string& caption, const TextStyle& style) {
  const int64_t width = block.width;
  const int64_t height = block.height;
  TextStyle centred = style;
  centred.align = Align::kCentre;
  centred.max_width = static_cast<double>(width);
  return {.width = width,
          .height = height + 2 + LineHeight(style),
          .draw = [block = std::move(block), caption, centred, width, height](
                      Canvas& canvas, int64_t x, int64_t y) {
            if (block.draw) block.draw(canvas, x, y);
            canvas.Text(caption, At(x + width / 2, y + height + 2 + Baseline(centred)), centred);
          }};
}

Block Row(std::vector<Block> blocks, int64_t gap) {
  Block row;
  for (const Block& block : blocks) {
    row.width += block.width + (row.width > 0 ? gap : 0);
    row.height = std::max(row.height, block.height);
  }
  row.draw = [blocks = std::move(blocks), gap](Canvas& canvas, int64_t x, int64_t y) {
    for (const Block& block : blocks) {
      if (block.draw) block.draw(canvas, x, y);
      x += block.width + (block.width > 0 ? gap : 0);
    }
  };
  return row;
}

Block Column(std::vector<Block> blocks, int64_t gap) {
  Block column;
  for (const Block& block : blocks) {
    column.height += block.height + (column.height > 0 ? gap : 0);
    column.width = std::max(column.width, block.width);
  }
  column.draw = [blocks = std::move(blocks), gap](Canvas& canvas, int64_t x, int64_t y) {
    for (const Block& block : blocks) {
      if (block.draw) block.draw(canvas, x, y);
      y += block.height + (block.height > 0 ? gap : 0);
    }
  };
  return column;
}

Block Grid(const std::vector<Block>& blocks, int64_t columns, int64_t gap) {
  int64_t width = 0;
  int64_t height = 0;
  for (const Block& block : blocks) {
    width = std::max(width, block.width);
    height = std::max(height, block.height);
  }
  std::vector<Block> rows;
  for (size_t first = 0; first < blocks.size(); first += static_cast<size_t>(columns)) {
    std::vector<Block> cells;
    const size_t end = std::min(blocks.size(), first + static_cast<size_t>(columns));
    for (size_t i = first; i < end; ++i) {
      cells.push_back(blocks[i]);
      cells.back().width = width;
      cells.back().height = height;
    }
    rows.push_back(Row(std::move(cells), gap));
  }
  return Column(std::move(rows), gap);
}

Block ColourStrip(const std::string& low, const std::string& high,
                  const std::function<Colour(double place)>& colour) {
  constexpr int64_t kWidth = 128;
  constexpr int64_t kHeight = 14;
  Image strip(3, kHeight, kWidth);
  for (int64_t x = 0; x < kWidth; ++x) {
    const Colour here = colour(static_cast<double>(x) / (kWidth - 1));
    for (int64_t y = 0; y < kHeight; ++y) {
      strip.At(0, y, x) = here.red;
      strip.At(1, y, x) = here.green;
      strip.At(2, y, x) = here.blue;
    }
  }
  Block picture = PictureBlock(std::move(strip), 1);
  return Row({TextBlock(low, page::kCaption), Column({Block{.height = 4}, std::move(picture)}, 0),
              TextBlock(high, page::kCaption)},
             10);
}

Image DrawPage(const std::string& title, const std::vector<std::string>& lines, const Block& body) {
  const int64_t line_height = LineHeight(page::kCaption) + 3;
  const int64_t above =
      (title.empty() ? 0 : 44) + line_height * std::ssize(lines) + (lines.empty() ? 0 : 14);
  // Room for the title even above a small body; a title that is longer still is written smaller.
  constexpr int64_t kMaxTitleWidth = 720;
  int64_t width = std::max(body.width, std::min(WidthOf(title, page::kTitle), kMaxTitleWidth));
  for (const std::string& line : lines) width = std::max(width, WidthOf(line, page::kCaption));
  Canvas canvas(
      {.width = width + 2 * page::kMargin, .height = above + body.height + 2 * page::kMargin});
  int64_t y = page::kMargin;
  if (!title.empty()) {
    TextStyle style = page::kTitle;
    style.max_width = static_cast<double>(width);
    canvas.Text(title, At(page::kMargin, y + 26), style);
    y += 44;
  }
  for (const std::string& line : lines) {
    canvas.Text(line, At(page::kMargin, y + 17), page::kCaption);
    y += line_height;
  }
  if (body.draw) body.draw(canvas, page::kMargin, page::kMargin + above);
  return canvas.ToImage();
}

int64_t EnlargementFor(int64_t longer_side, int64_t size) {
  return std::max<int64_t>(1, (size + longer_side / 2) / longer_side);
}

}  // namespace ocellus
