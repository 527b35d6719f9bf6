// A white sheet to draw pictures of networks on: shapes, text and enlarged images.
//
//   Canvas canvas({.width = 400, .height = 300});
//   canvas.FillRectangle({.x = 10, .y = 10, .width = 50, .height = 20}, colours::kBlue);
//   canvas.Text("conv1", {.x = 35, .y = 50}, {.size = 20, .align = Align::kCentre});
//   WritePng(canvas.ToImage(), "picture.png");
//
// Positions are in pixels from the top left corner; (0, 0) to (1, 1) is the first pixel. What lies
// outside is cut off. Different canvases may be used concurrently, one canvas may not.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "ocellus/formats/image.h"

namespace ocellus {

struct Colour {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
  friend bool operator==(const Colour&, const Colour&) = default;
};

// The few colours of all pictures. Blue and orange differ for every kind of colour vision
// (Okabe and Ito 2008).
namespace colours {
inline constexpr Colour kWhite{255, 255, 255};
inline constexpr Colour kInk{32, 33, 36};          // titles
inline constexpr Colour kSoftInk{95, 99, 104};     // labels, captions
inline constexpr Colour kRule{224, 226, 229};      // grid lines
inline constexpr Colour kBlue{0, 114, 178};        // the first curve
inline constexpr Colour kPaleBlue{178, 212, 232};  // its single values
inline constexpr Colour kOrange{213, 94, 0};       // the second curve; values that are not finite
}  // namespace colours

struct Position {
  double x = 0;
  double y = 0;
};

struct Rectangle {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

struct LineStyle {
  Colour colour = colours::kInk;
  double width = 1;
};

// Which part of the text is at the given position.
enum class Align { kLeft, kCentre, kRight };
enum class Weight { kNormal, kBold };

struct TextStyle {
  double size = 20;  // of the font, in pixels
  Colour colour = colours::kInk;
  Align align = Align::kLeft;
  Weight weight = Weight::kNormal;
  // Longer text is written smaller, so that it fits, down to half of the size; what is longer still
  // is cut off and ends in "...".
  double max_width = std::numeric_limits<double>::infinity();
};

struct CanvasSize {
  int64_t width = 1;
  int64_t height = 1;
};

class Canvas {
 public:
  // Throws Error if a size is below 1 or above 32767, which is Cairo's limit.
  explicit Canvas(CanvasSize size);
  ~Canvas();
  Canvas(Canvas&&) noexcept;
  Canvas& operator=(Canvas&&) noexcept;

  void FillRectangle(const Rectangle& rectangle, Colour colour);

  // One line through all points, with round corners. A single point is a dot.
  void Line(std::span<const Position> points, const LineStyle& style);

  void Dot(Position centre, double radius, Colour colour);

  // Writes one line of UTF-8 text in DejaVu Sans (if it is not installed, in the system's
  // sans-serif font; if it lacks some of the characters, in a font that has them, if there is one)
  // with its baseline at position.y.
  void Text(const std::string& text, Position position, const TextStyle& style);

  // How far the text reaches from its left to its right end, without max_width.
  double TextWidth(const std::string& text, const TextStyle& style) const;

  // Draws the picture with its top left corner at (x, y), each of its pixels as a square of
  // `enlargement` x `enlargement` canvas pixels, sharp and without blending. The picture must have
  // pixels and the enlargement must be at least 1.
  void Blit(const Image& image, int64_t x, int64_t y, int64_t enlargement);

  // What was drawn, as a colour picture.
  Image ToImage() const;

 private:
  struct Surface;  // keeps Cairo out of this header
  std::unique_ptr<Surface> surface_;
};

}  // namespace ocellus
