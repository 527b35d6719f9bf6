// Axes, curves and their legend.
#include "ocellus/view/plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ocellus {
namespace {

constexpr double kRight = 110;  // for the last values
constexpr double kBelow = 72;   // for the labels and the name of the horizontal axis

constexpr TextStyle kHeading{.size = 22, .weight = Weight::kBold};
constexpr TextStyle kLabel = page::kCaption;

double LineWidth(const Curve& curve) { return curve.role == CurveRole::kMain ? 3 : 1; }

// Draws a plot; `corner` is the top left one of the area between its axes.
class PlotPainter {
 public:
  PlotPainter(Canvas& canvas, const Plot& plot, Position corner)
      : canvas_(canvas), plot_(plot), corner_(corner) {}

  void DrawAxes() const;
  void DrawCurve(const Curve& curve) const;
  void DrawHeading() const;
  void DrawLastValues() const;

 private:
  double X(double value) const { return corner_.x + kPlotArea.width * plot_.x_axis.Place(value); }
  double Y(double value) const {
    return corner_.y + kPlotArea.height * (1 - plot_.y_axis.Place(value));
  }

  Canvas& canvas_;
  const Plot& plot_;
  Position corner_;
};

void PlotPainter::DrawAxes() const {
  const double bottom = corner_.y + kPlotArea.height;
  const double right = corner_.x + kPlotArea.width;
  TextStyle style = kLabel;
  style.align = Align::kRight;
  for (const Tick& tick : plot_.y_axis.ticks) {
    const double y = std::round(Y(tick.value));
    canvas_.FillRectangle({.x = corner_.x, .y = y, .width = kPlotArea.width, .height = 1},
                          colours::kRule);
    canvas_.Text(tick.label, {corner_.x - 12, y + 6}, style);
  }
  style.align = Align::kCentre;
  for (const Tick& tick : plot_.x_axis.ticks) {
    const double x = std::round(X(tick.value));
    canvas_.FillRectangle({.x = x, .y = bottom, .width = 1, .height = 6}, colours::kSoftInk);
    canvas_.Text(tick.label, {x, bottom + 28}, style);
  }
  canvas_.FillRectangle({.x = corner_.x, .y = bottom, .width = kPlotArea.width + 1, .height = 1},
                        colours::kSoftInk);
  canvas_.Text(plot_.x_label, {(corner_.x + right) / 2, bottom + 58}, style);
}

void PlotPainter::DrawCurve(const Curve& curve) const {
  const LineStyle style{.colour = curve.colour, .width = LineWidth(curve)};
  std::vector<Position> line;
  const auto draw_line = [&] {
    // A point alone must be seen.
    if (line.size() == 1)
      canvas_.Dot(line[0], std::max(4.0, style.width), style.colour);
    else
      canvas_.Line(line, style);
    line.clear();
  };
  for (const CurvePoint& point : curve.points) {
    if (std::isfinite(point.y))
      line.push_back({X(point.x), Y(point.y)});
    else
      draw_line();
  }
  draw_line();
}

// With the legend beside it, where it hides no curve; from right to left.
void PlotPainter::DrawHeading() const {
  constexpr double kLine = 26;
  constexpr double kGap = 10;
  constexpr double kNextEntry = 24;
  const double y = corner_.y - 22;
  canvas_.Text(plot_.heading, {corner_.x, y}, kHeading);
  double right = corner_.x + kPlotArea.width;
  for (auto curve = plot_.curves.rbegin(); curve != plot_.curves.rend(); ++curve) {
    const double left = right - canvas_.TextWidth(curve->name, kLabel);
    const Position line[] = {{left - kGap - kLine, y - 6}, {left - kGap, y - 6}};
    canvas_.Line(line, {.colour = curve->colour, .width = 3});
    canvas_.Text(curve->name, {left, y}, kLabel);
    right = line[0].x - kNextEntry;
  }
}

// Writes each curve's last finite value to the right of the plot, at its height; where two would
// overlap, they make room.
void PlotPainter::DrawLastValues() const {
  constexpr double kLine = 24;
  struct Note {
    double y;
    double value;
    Colour colour;
  };
  std::vector<Note> notes;
  for (const Curve& curve : plot_.curves) {
    const auto last = std::find_if(curve.points.rbegin(), curve.points.rend(),
                                   [](const CurvePoint& p) { return std::isfinite(p.y); });
    if (curve.role != CurveRole::kMain || last == curve.points.rend()) continue;
    canvas_.Dot({X(last->x), Y(last->y)}, 5, curve.colour);
    notes.push_back({Y(last->y), last->y, curve.colour});
  }
  std::ranges::sort(notes, {}, &Note::y);
  for (size_t i = 1; i < notes.size(); ++i) {
    const double overlap = notes[i - 1].y + kLine - notes[i].y;
    if (overlap <= 0) continue;
    notes[i - 1].y -= overlap / 2;
    notes[i].y += overlap / 2;
  }
  for (const Note& note : notes) {
    TextStyle style = kHeading;
    style.size = 19;
    style.colour = note.colour;
    style.max_width = kRight - 16;
    const std::string text = plot_.y_unit == "%" ? fmt::format("{:.2f}%", note.value)
                                                 : fmt::format("{:.3g}", note.value);
    canvas_.Text(text, {corner_.x + kPlotArea.width + 14, note.y + 7}, style);
  }
}

}  // namespace

Block PlotBlock(Plot plot) {
  return {.width = std::lround(kPlotArea.x + kPlotArea.width + kRight),
          .height = std::lround(kPlotArea.y + kPlotArea.height + kBelow),
          .draw = [plot = std::move(plot)](Canvas& canvas, int64_t x, int64_t y) {
            const PlotPainter painter(
                canvas, plot,
                {static_cast<double>(x) + kPlotArea.x, static_cast<double>(y) + kPlotArea.y});
            painter.DrawAxes();
            for (const Curve& curve : plot.curves) painter.DrawCurve(curve);
            painter.DrawHeading();
            painter.DrawLastValues();
          }};
}

}  // namespace ocellus
