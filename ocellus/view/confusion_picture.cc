// The layout of confusion matrices.
#include "ocellus/view/confusion_picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/view/colour_map.h"
#include "ocellus/view/page.h"
#include "ocellus/view/probability_bars.h"

namespace ocellus {
namespace {

constexpr int64_t kMaxNamedClasses = 40;
constexpr int64_t kNameWidth = 120;
constexpr int64_t kAxisHeight = 56;  // above the matrix

constexpr Colour kDeepBlue{8, 81, 156};
constexpr Colour kDeepOrange{217, 72, 1};
constexpr Colour kPaleRight{222, 235, 247};
constexpr Colour kPaleWrong{254, 237, 222};

class Matrix {
 public:
  Matrix(std::span<const int64_t> counts, std::span<const std::string> names)
      : counts_(counts),
        names_(names),
        classes_(std::llround(std::sqrt(static_cast<double>(counts.size())))) {
    if (classes_ * classes_ != std::ssize(counts) || classes_ < 1) {
      Fail("DrawConfusion: expected classes x classes counts, found {}", counts.size());
    }
    if (const auto bad = std::ranges::find_if(counts, [](int64_t c) { return c < 0; });
        bad != counts.end()) {
      Fail("DrawConfusion: expected counts of 0 or more, found {}", *bad);
    }
    for (int64_t label = 0; label < classes_; ++label) {
      for (int64_t predicted = 0; predicted < classes_; ++predicted) {
        if (label != predicted) most_ = std::max(most_, Count(label, predicted));
      }
    }
    cell_ = classes_ <= 12 ? 64 : classes_ <= kMaxNamedClasses ? 36 : 720 / classes_;
    cell_ = std::max<int64_t>(cell_, 1);
  }

  int64_t Count(int64_t label, int64_t predicted) const {
    return counts_[static_cast<size_t>(label * classes_ + predicted)];
  }
  bool named() const { return classes_ <= kMaxNamedClasses; }
  int64_t side() const { return classes_ * cell_; }
  int64_t left() const { return named() ? kNameWidth : 0; }

  Colour CellColour(int64_t label, int64_t predicted) const {
    const int64_t count = Count(label, predicted);
    if (count == 0) return colours::kWhite;
    if (label == predicted) {
      const auto row =
          counts_.subspan(static_cast<size_t>(label * classes_), static_cast<size_t>(classes_));
      const auto total = std::accumulate(row.begin(), row.end(), int64_t{0});
      return Mix(kPaleRight, kDeepBlue, static_cast<double>(count) / static_cast<double>(total));
    }
    // The root, so that a single mistake still shows beside hundreds.
    return Mix(kPaleWrong, kDeepOrange,
               std::sqrt(static_cast<double>(count) / static_cast<double>(most_)));
  }

  void Draw(Canvas& canvas, int64_t x, int64_t y) const {
    DrawAxes(canvas, x, y);
    x += left();
    y += kAxisHeight;
    const auto gap = cell_ >= 8 ? 2 : 0;
    canvas.FillRectangle(
        {static_cast<double>(x - 1), static_cast<double>(y - 1),
         static_cast<double>(side() + 2 - gap), static_cast<double>(side() + 2 - gap)},
        colours::kRule);
    for (int64_t label = 0; label < classes_; ++label) {
      for (int64_t predicted = 0; predicted < classes_; ++predicted) {
        const auto left_edge = static_cast<double>(x + predicted * cell_);
        const auto top_edge = static_cast<double>(y + label * cell_);
        canvas.FillRectangle({left_edge, top_edge, static_cast<double>(cell_ - gap),
                              static_cast<double>(cell_ - gap)},
                             CellColour(label, predicted));
        if (named() && Count(label, predicted) > 0) DrawCount(canvas, label, predicted, x, y);
      }
    }
  }

 private:
  void DrawCount(Canvas& canvas, int64_t label, int64_t predicted, int64_t x, int64_t y) const {
    const Colour colour = CellColour(label, predicted);
    const bool dark = 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue < 150;
    const double size = cell_ >= 64 ? 17 : 11;
    canvas.Text(
        std::to_string(Count(label, predicted)),
        {static_cast<double>(x + predicted * cell_) + static_cast<double>(cell_ - 2) / 2,
         static_cast<double>(y + label * cell_) + static_cast<double>(cell_) / 2 + size * 0.3},
        {.size = size,
         .colour = dark ? colours::kWhite : colours::kInk,
         .align = Align::kCentre,
         .max_width = static_cast<double>(cell_ - 4)});
  }

  void DrawAxes(Canvas& canvas, int64_t x, int64_t y) const {
    canvas.Text("taken for", {static_cast<double>(x + left()), static_cast<double>(y + 18)},
                page::kCaption);
    if (!named()) return;
    canvas.Text("is", {static_cast<double>(x + left() - 14), static_cast<double>(y + 48)},
                {.size = 17, .colour = colours::kSoftInk, .align = Align::kRight});
    for (int64_t c = 0; c < classes_; ++c) {
      const std::string name = ClassName(names_, c);
      canvas.Text(
          name,
          {static_cast<double>(x + left() + c * cell_) + static_cast<double>(cell_ - 2) / 2,
           static_cast<double>(y + 48)},
          {.size = 17, .align = Align::kCentre, .max_width = static_cast<double>(cell_ - 2)});
      canvas.Text(
          name,
          {static_cast<double>(x + left() - 14),
           static_cast<double>(y + kAxisHeight + c * cell_) + static_cast<double>(cell_) / 2 + 5},
          {.size = 17, .align = Align::kRight, .max_width = static_cast<double>(kNameWidth - 14)});
    }
  }

  std::span<const int64_t> counts_;
  std::span<const std::string> names_;
  int64_t classes_;
  int64_t cell_ = 1;
  int64_t most_ = 0;  // of the most frequent mistake
};

}  // namespace

Image DrawConfusion(std::span<const int64_t> confusion, std::span<const std::string> class_names,
                    const std::string& title) {
  const Matrix matrix(confusion, class_names);
  const Block body{
      .width = matrix.left() + matrix.side(),
      .height = kAxisHeight + matrix.side(),
      .draw = [&](Canvas& canvas, int64_t x, int64_t y) { matrix.Draw(canvas, x, y); }};
  return DrawPage(title, {"rows: right class, columns: predicted class"}, body);
}

}  // namespace ocellus
