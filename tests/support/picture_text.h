// Where a text stands in a picture, if it does.
//
//   EXPECT_TRUE(ShowsText(page, "16 maps", page::kCaption));
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "ocellus/formats/image.h"
#include "ocellus/view/canvas.h"
#include "tests/support/picture_pixels.h"

namespace ocellus {

// Columns of white before and after the text, so that it is not a part of a longer one.
inline constexpr int64_t kBesideText = 3;

// The text alone, cut to its ink and these columns.
inline Image DrawTextAlone(const std::string& text, TextStyle style, double shift) {
  style.align = Align::kLeft;
  const int64_t width = std::lround(Canvas({}).TextWidth(text, style)) + 12;
  const int64_t height = std::lround(2 * style.size);
  Canvas canvas({.width = width, .height = height});
  canvas.Text(text, {6 + shift, std::round(1.4 * style.size)}, style);
  const Image drawn = canvas.ToImage();
  int64_t top = height, bottom = -1, left = width, right = -1;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      if (PixelAt(drawn, x, y) == colours::kWhite) continue;
      top = std::min(top, y), bottom = std::max(bottom, y);
      left = std::min(left, x), right = std::max(right, x);
    }
  }
  Image cut(3, bottom - top + 1, right - left + 1 + 2 * kBesideText);
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t y = 0; y < cut.height; ++y) {
      for (int64_t x = 0; x < cut.width; ++x) {
        cut.At(c, y, x) = drawn.At(c, top + y, left - kBesideText + x);
      }
    }
  }
  return cut;
}

inline bool IsAt(const Image& picture, const Image& part, int64_t top, int64_t left) {
  for (int64_t y = 0; y < part.height; ++y) {
    for (int64_t x = 0; x < part.width; ++x) {
      if (PixelAt(picture, left + x, top + y) != PixelAt(part, x, y)) return false;
    }
  }
  return true;
}

// Looks for exactly the pixels that the text has on white ground, with nothing beside it; its
// position may lie between two pixels. Returns the top left corner.
inline std::optional<Position> FindText(const Image& picture, const std::string& text,
                                        const TextStyle& style) {
  constexpr int kShifts = 16;
  Image before;
  for (int shift = 0; shift < kShifts; ++shift) {
    const Image part = DrawTextAlone(text, style, static_cast<double>(shift) / kShifts);
    if (part == before) continue;
    for (int64_t top = 0; top + part.height <= picture.height; ++top) {
      for (int64_t left = 0; left + part.width <= picture.width; ++left) {
        if (!IsAt(picture, part, top, left)) continue;
        return Position{static_cast<double>(left), static_cast<double>(top)};
      }
    }
    before = part;
  }
  return std::nullopt;
}

inline bool ShowsText(const Image& picture, const std::string& text, const TextStyle& style) {
  return FindText(picture, text, style).has_value();
}

}  // namespace ocellus
