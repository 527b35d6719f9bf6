// The canvas on a Cairo image surface.
#include "ocellus/view/canvas.h"

#include <cairo-ft.h>
#include <cairo.h>
#include <fontconfig/fontconfig.h>

#include <algorithm>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// A drawing context; one for each shape, so that no setting leaks into the next.
class Context {
 public:
  Context(cairo_surface_t* surface, Colour colour) : context_(cairo_create(surface)) {
    cairo_set_source_rgb(context_, colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0);
  }
  ~Context() { cairo_destroy(context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  operator cairo_t*() const { return context_; }  // NOLINT(google-explicit-constructor)

 private:
  cairo_t* context_;
};

constexpr const char* kFamily = "DejaVu Sans";

FcCharSet* CharactersOf(const std::string& text) {
  FcCharSet* characters = FcCharSetCreate();
  const auto* at = reinterpret_cast<const FcChar8*>(text.data());
  for (auto left = static_cast<int>(text.size()); left > 0;) {
    FcChar32 character = 0;
    const int bytes = FcUtf8ToUcs4(at, &character, left);
    if (bytes <= 0) break;
    FcCharSetAddChar(characters, character);
    at += bytes;
    left -= bytes;
  }
  return characters;
}

// Fontconfig compares what a font has to what is asked for: first its characters, then its family.
void SelectFontWith(cairo_t* context, const std::string& text, Weight weight) {
  FcPattern* wanted = FcPatternCreate();
  FcCharSet* characters = CharactersOf(text);
  FcPatternAddCharSet(wanted, FC_CHARSET, characters);
  FcPatternAddString(wanted, FC_FAMILY, reinterpret_cast<const FcChar8*>(kFamily));
  FcPatternAddInteger(wanted, FC_WEIGHT,
                      weight == Weight::kBold ? FC_WEIGHT_BOLD : FC_WEIGHT_NORMAL);
  FcConfigSubstitute(nullptr, wanted, FcMatchPattern);
  FcDefaultSubstitute(wanted);
  FcResult result = FcResultNoMatch;
  FcPattern* found = FcFontMatch(nullptr, wanted, &result);
  if (found != nullptr) {
    cairo_font_face_t* face = cairo_ft_font_face_create_for_pattern(found);
    cairo_set_font_face(context, face);
    cairo_font_face_destroy(face);
    FcPatternDestroy(found);
  }
  FcCharSetDestroy(characters);
  FcPatternDestroy(wanted);
}

// Sets font and size: DejaVu Sans if it has all characters of the text, which must be UTF-8;
// otherwise an installed font that has the most of them, such as one for Chinese class names.
void SelectFont(cairo_t* context, const std::string& text, const TextStyle& style) {
  cairo_select_font_face(
      context, kFamily, CAIRO_FONT_SLANT_NORMAL,
      style.weight == Weight::kBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  const bool is_ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
  if (!is_ascii) SelectFontWith(context, text, style.weight);
  cairo_set_font_size(context, style.size);
  // Grey smoothing and unrounded widths: the same picture whatever the desktop's font settings are.
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(context, options);
  cairo_font_options_destroy(options);
}

double Advance(cairo_t* context, const std::string& text) {
  cairo_text_extents_t extents{};
  cairo_text_extents(context, text.c_str(), &extents);
  return extents.x_advance;
}

// Text in smaller letters cannot be read in a lecture.
constexpr double kSmallestScale = 0.5;
constexpr double kRoundingError = 0.01;  // of a width, in pixels

// As much of the text as fits, with "..." behind it; only that if nothing fits.
std::string Shortened(cairo_t* context, std::string text, double max_width) {
  const auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
  };
  while (!text.empty()) {
    while (text.size() > 1 && is_continuation(text.back())) text.pop_back();
    text.pop_back();
    if (Advance(context, text + "...") <= max_width) break;
  }
  return text + "...";
}

// Cairo draws nothing more in a context that was once given text which is not UTF-8, and a title
// with a file name can be anything.
std::string Printable(cairo_surface_t* surface, const std::string& text) {
  const Context probe(surface, colours::kInk);
  Advance(probe, text);
  if (cairo_status(probe) == CAIRO_STATUS_SUCCESS) return text;
  std::string ascii = text;
  std::ranges::replace_if(
      ascii, [](char c) { return static_cast<unsigned char>(c) >= 128; }, '?');
  return ascii;
}

}  // namespace

struct Canvas::Surface {
  explicit Surface(CanvasSize size)
      : handle(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(size.width),
                                          static_cast<int>(size.height))) {}
  ~Surface() { cairo_surface_destroy(handle); }
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;

  int64_t width() const { return cairo_image_surface_get_width(handle); }
  int64_t height() const { return cairo_image_surface_get_height(handle); }

  // The pixels of a row, each 0x00RRGGBB.
  uint32_t* Row(int64_t y) const {
    return reinterpret_cast<uint32_t*>(cairo_image_surface_get_data(handle) +
                                       y * cairo_image_surface_get_stride(handle));
  }

  cairo_surface_t* handle;
};

Canvas::Canvas(CanvasSize size) {
  constexpr int64_t kMaxSize = 32767;
  if (size.width < 1 || size.width > kMaxSize || size.height < 1 || size.height > kMaxSize)
    Fail("Canvas: expected a width and height of 1 to {} pixels, found {} x {}", kMaxSize,
         size.width, size.height);
  surface_ = std::make_unique<Surface>(size);
  const cairo_status_t status = cairo_surface_status(surface_->handle);
  if (status != CAIRO_STATUS_SUCCESS)
    Fail("Canvas: {} x {} pixels: {}", size.width, size.height, cairo_status_to_string(status));
  cairo_paint(Context(surface_->handle, colours::kWhite));
}

Canvas::~Canvas() = default;
Canvas::Canvas(Canvas&&) noexcept = default;
Canvas& Canvas::operator=(Canvas&&) noexcept = default;

void Canvas::FillRectangle(const Rectangle& rectangle, Colour colour) {
  const Context context(surface_->handle, colour);
  cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height);
  cairo_fill(context);
}

void Canvas::Line(std::span<const Position> points, const LineStyle& style) {
  if (points.empty()) return;
  if (points.size() == 1) return Dot(points[0], style.width / 2, style.colour);
  const Context context(surface_->handle, style.colour);
  cairo_set_line_width(context, style.width);
  cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND);
  for (const Position& point : points) cairo_line_to(context, point.x, point.y);
  cairo_stroke(context);
}

void Canvas::Dot(Position centre, double radius, Colour colour) {
  constexpr double kFullTurn = 6.283185307179586;
  const Context context(surface_->handle, colour);
  cairo_arc(context, centre.x, centre.y, radius, 0, kFullTurn);
  cairo_fill(context);
}

void Canvas::Text(const std::string& text, Position position, const TextStyle& style) {
  std::string printable = Printable(surface_->handle, text);
  const Context context(surface_->handle, style.colour);
  SelectFont(context, printable, style);
  double width = Advance(context, printable);
  if (width > style.max_width) {
    cairo_set_font_size(context, style.size * std::max(kSmallestScale, style.max_width / width));
    width = Advance(context, printable);
    if (width > style.max_width + kRoundingError) {
      printable = Shortened(context, printable, style.max_width);
      width = Advance(context, printable);
    }
  }
  const double before = style.align == Align::kLeft     ? 0
                        : style.align == Align::kCentre ? width / 2
                                                        : width;
  cairo_move_to(context, position.x - before, position.y);
  cairo_show_text(context, printable.c_str());
}

double Canvas::TextWidth(const std::string& text, const TextStyle& style) const {
  const std::string printable = Printable(surface_->handle, text);
  const Context context(surface_->handle, style.colour);
  SelectFont(context, printable, style);
  return Advance(context, printable);
}

void Canvas::Blit(const Image& image, int64_t x, int64_t y, int64_t enlargement) {
  OCELLUS_CHECK(!image.pixels.empty() && enlargement >= 1, "{} pixel values, enlargement {}",
                image.pixels.size(), enlargement);
  cairo_surface_flush(surface_->handle);
  const int64_t last_x = std::min(x + image.width * enlargement, surface_->width());
  const int64_t last_y = std::min(y + image.height * enlargement, surface_->height());
  const int64_t green = image.channels == 3 ? 1 : 0;
  const int64_t blue = image.channels == 3 ? 2 : 0;
  for (int64_t oy = std::max<int64_t>(y, 0); oy < last_y; ++oy) {
    uint32_t* row = surface_->Row(oy);
    const int64_t iy = (oy - y) / enlargement;
    for (int64_t ox = std::max<int64_t>(x, 0); ox < last_x; ++ox) {
      const int64_t ix = (ox - x) / enlargement;
      row[ox] = uint32_t{image.At(0, iy, ix)} << 16 | uint32_t{image.At(green, iy, ix)} << 8 |
                uint32_t{image.At(blue, iy, ix)};
    }
  }
  cairo_surface_mark_dirty(surface_->handle);
}

Image Canvas::ToImage() const {
  cairo_surface_flush(surface_->handle);
  Image image(3, surface_->height(), surface_->width());
  for (int64_t y = 0; y < image.height; ++y) {
    const uint32_t* row = surface_->Row(y);
    for (int64_t x = 0; x < image.width; ++x) {
      for (int64_t c = 0; c < 3; ++c)
        image.At(c, y, x) = static_cast<uint8_t>(row[x] >> (16 - 8 * c));
    }
  }
  return image;
}

}  // namespace ocellus
