// The layout of training curves.
#include "ocellus/view/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "ocellus/base/error.h"
#include "ocellus/view/axis.h"
#include "ocellus/view/canvas.h"

namespace ocellus {
namespace {

// Distances in pixels.
constexpr double kMargin = 40;
constexpr double kPlotWidth = 620;
constexpr double kPlotHeight = 440;
constexpr double kLeft = 70;    // for the labels of the vertical axis
constexpr double kRight = 110;  // for the last values
constexpr double kHeadingHeight = 44;
constexpr double kBelow = 72;  // for the labels and the name of the horizontal axis
constexpr double kNoteHeight = 28;

constexpr TextStyle kTitle{.size = 28, .weight = Weight::kBold};
constexpr TextStyle kHeading{.size = 22, .weight = Weight::kBold};
constexpr TextStyle kLabel{.size = 17, .colour = colours::kSoftInk};

// From this many points on, single values are too restless to be the main line.
constexpr size_t kSmoothFrom = 50;

enum class Role {
  kMain,        // a thick line with its last value
  kBackground,  // a thin line behind it
};

struct Curve {
  std::string name;
  std::vector<CurvePoint> points;
  Colour colour;
  Role role = Role::kMain;

  double width() const { return role == Role::kMain ? 3 : 1; }
};

struct Panel {
  std::string heading;
  std::vector<Curve> curves;
  Axis x_axis;
  Axis y_axis;
  std::string unit;  // of y, for the last values
};

// The smallest and largest value of something.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

Range FiniteRange(std::span<const CurvePoint> points) {
  Range range;
  for (const CurvePoint& point : points)
    if (std::isfinite(point.y)) range.Add(point.y);
  return range;
}

// Whether the loss is drawn on a logarithmic axis: a loss that is zero throughout has no place
// there.
bool IsLogarithmic(const TrainingCurves& curves, const CurvesOptions& options) {
  return options.loss_axis == LossAxis::kLogarithmic && FiniteRange(curves.loss).high > 0;
}

// How many values have no place in the picture.
int64_t CountGaps(const TrainingCurves& curves, const CurvesOptions& options) {
  int64_t gaps = 0;
  for (const auto* points : {&curves.loss, &curves.train_accuracy, &curves.test_accuracy})
    gaps += std::ranges::count_if(*points, [](const CurvePoint& p) { return !std::isfinite(p.y); });
  if (IsLogarithmic(curves, options))
    gaps += std::ranges::count_if(
        curves.loss, [](const CurvePoint& p) { return std::isfinite(p.y) && p.y <= 0; });
  return gaps;
}

void RequireOrder(std::span<const CurvePoint> points, const char* name) {
  double before = -std::numeric_limits<double>::infinity();
  for (const CurvePoint& point : points) {
    if (!std::isfinite(point.x)) Fail("DrawCurves: {}: x must be finite, found {}", name, point.x);
    if (point.x < before)
      Fail("DrawCurves: {}: points must be in order of x, found {} after {}", name, point.x,
           before);
    before = point.x;
  }
}

// Each value becomes the mean of its finite neighbours, one fiftieth of the curve to both sides,
// fewer where the curve begins (so that a steep start stays steep) and to the left side where it
// ends.
std::vector<CurvePoint> Smooth(std::span<const CurvePoint> points) {
  const auto count = std::ssize(points);
  const auto reach = count / 50;
  std::vector<CurvePoint> smooth(points.begin(), points.end());
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    if (!std::isfinite(points[i].y)) continue;
    const auto left = std::min(reach, i);
    const auto right = std::min(left, count - 1 - i);
    double sum = 0;
    double terms = 0;
    for (const CurvePoint& point : points.subspan(i - left, left + right + 1)) {
      if (!std::isfinite(point.y)) continue;
      sum += point.y;
      ++terms;
    }
    smooth[i].y = sum / terms;
  }
  return smooth;
}

// Draws on one panel's plot, its top left corner given.
class Plot {
 public:
  Plot(Canvas& canvas, const Panel& panel, Position corner)
      : canvas_(canvas), panel_(panel), corner_(corner) {}

  void DrawAxes(const std::string& x_label) const;
  void DrawCurve(const Curve& curve) const;
  void DrawLegend() const;
  void DrawLastValues() const;

 private:
  double X(double value) const { return corner_.x + kPlotWidth * panel_.x_axis.Place(value); }
  double Y(double value) const {
    return corner_.y + kPlotHeight * (1 - panel_.y_axis.Place(value));
  }

  Canvas& canvas_;
  const Panel& panel_;
  Position corner_;
};

void Plot::DrawAxes(const std::string& x_label) const {
  const double bottom = corner_.y + kPlotHeight;
  const double right = corner_.x + kPlotWidth;
  TextStyle style = kLabel;
  style.align = Align::kRight;
  for (const Tick& tick : panel_.y_axis.ticks) {
    const double y = std::round(Y(tick.value));
    canvas_.FillRectangle({.x = corner_.x, .y = y, .width = kPlotWidth, .height = 1},
                          colours::kRule);
    canvas_.Text(tick.label, {corner_.x - 12, y + 6}, style);
  }
  style.align = Align::kCentre;
  for (const Tick& tick : panel_.x_axis.ticks) {
    const double x = std::round(X(tick.value));
    canvas_.FillRectangle({.x = x, .y = bottom, .width = 1, .height = 6}, colours::kSoftInk);
    canvas_.Text(tick.label, {x, bottom + 28}, style);
  }
  canvas_.FillRectangle({.x = corner_.x, .y = bottom, .width = kPlotWidth + 1, .height = 1},
                        colours::kSoftInk);
  canvas_.Text(x_label, {(corner_.x + right) / 2, bottom + 58}, style);
}

void Plot::DrawCurve(const Curve& curve) const {
  const LineStyle style{.colour = curve.colour, .width = curve.width()};
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

// Beside the heading, where it hides no curve; from right to left.
void Plot::DrawLegend() const {
  constexpr double kLine = 26;
  constexpr double kGap = 10;
  constexpr double kNextEntry = 24;
  const double y = corner_.y - 22;
  double right = corner_.x + kPlotWidth;
  for (auto curve = panel_.curves.rbegin(); curve != panel_.curves.rend(); ++curve) {
    const double left = right - canvas_.TextWidth(curve->name, kLabel);
    const Position line[] = {{left - kGap - kLine, y - 6}, {left - kGap, y - 6}};
    canvas_.Line(line, {.colour = curve->colour, .width = 3});
    canvas_.Text(curve->name, {left, y}, kLabel);
    right = line[0].x - kNextEntry;
  }
}

// Writes each curve's last finite value to the right of the plot, at its height; where two would
// overlap, they make room.
void Plot::DrawLastValues() const {
  constexpr double kLine = 24;
  struct Note {
    double y;
    double value;
    Colour colour;
  };
  std::vector<Note> notes;
  for (const Curve& curve : panel_.curves) {
    const auto last = std::find_if(curve.points.rbegin(), curve.points.rend(),
                                   [](const CurvePoint& p) { return std::isfinite(p.y); });
    if (curve.role != Role::kMain || last == curve.points.rend()) continue;
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
    const std::string text =
        panel_.unit == "%" ? fmt::format("{:.2f}%", note.value) : fmt::format("{:.3g}", note.value);
    canvas_.Text(text, {corner_.x + kPlotWidth + 14, note.y + 7}, style);
  }
}

Axis XAxis(const TrainingCurves& curves) {
  Range range;
  for (const auto* points : {&curves.loss, &curves.train_accuracy, &curves.test_accuracy})
    for (const CurvePoint& point : *points) range.Add(point.x);
  // Training usually starts at 0 even if the first value comes later; a resumed one starts later.
  if (range.low > 0 && range.low < 0.3 * range.high) range.low = 0;
  if (range.low == range.high && range.low > 0) range.low = 0;
  return MakeLinearAxis(range.low, range.high, AxisEnds::kExact);
}

Panel LossPanel(const TrainingCurves& curves, const CurvesOptions& options) {
  std::vector<CurvePoint> points = curves.loss;
  const bool logarithmic = IsLogarithmic(curves, options);
  if (logarithmic)
    for (CurvePoint& point : points)
      if (!(point.y > 0)) point.y = std::numeric_limits<double>::quiet_NaN();
  const Range range = FiniteRange(points);
  Panel panel{
      .heading = logarithmic ? "loss (logarithmic)" : "loss",
      .curves = {},
      .x_axis = XAxis(curves),
      // A single value next to zero must not press everything else together.
      .y_axis = logarithmic
                    ? MakeLogarithmicAxis(std::max(range.low, range.high * 1e-8), range.high)
                    : MakeLinearAxis(std::min(range.low, 0.0), range.high, AxisEnds::kRound),
      .unit = ""};
  if (points.size() < kSmoothFrom) {
    panel.curves = {{"training loss", std::move(points), colours::kBlue}};
    return panel;
  }
  std::vector<CurvePoint> smooth = Smooth(points);
  panel.curves = {{"each value", std::move(points), colours::kPaleBlue, Role::kBackground},
                  {"mean of neighbours", std::move(smooth), colours::kBlue}};
  return panel;
}

Panel AccuracyPanel(const TrainingCurves& curves) {
  const auto percent = [](std::vector<CurvePoint> points) {
    for (CurvePoint& point : points) point.y *= 100;
    return points;
  };
  Panel panel{.heading = "accuracy", .curves = {}, .x_axis = {}, .y_axis = {}, .unit = "%"};
  Range range;
  const auto add = [&](const char* name, const std::vector<CurvePoint>& points, Colour colour) {
    if (FiniteRange(points).empty()) return;
    panel.curves.push_back({name, percent(points), colour});
    const Range own = FiniteRange(panel.curves.back().points);
    range.Add(own.low);
    range.Add(own.high);
  };
  add("training data", curves.train_accuracy, colours::kBlue);
  add("test data", curves.test_accuracy, colours::kOrange);
  if (range.empty()) return panel;  // without curves: nothing to show
  panel.x_axis = XAxis(curves);
  // All correct, or all alike: leave room below, never above 100%.
  if (range.low == range.high) range.low = std::max(0.0, range.low - 5);
  panel.y_axis = MakeLinearAxis(range.low, range.high, AxisEnds::kRound, "%");
  return panel;
}

void DrawPanel(Canvas& canvas, const Panel& panel, const std::string& x_label, Position corner) {
  canvas.Text(panel.heading, {corner.x, corner.y - 22}, kHeading);
  const Plot plot(canvas, panel, corner);
  plot.DrawAxes(x_label);
  for (const Curve& curve : panel.curves) plot.DrawCurve(curve);
  plot.DrawLegend();
  plot.DrawLastValues();
}

}  // namespace

Image DrawCurves(const TrainingCurves& curves, const CurvesOptions& options) {
  RequireOrder(curves.loss, "loss");
  RequireOrder(curves.train_accuracy, "training accuracy");
  RequireOrder(curves.test_accuracy, "test accuracy");
  std::vector<Panel> panels;
  if (!FiniteRange(curves.loss).empty()) panels.push_back(LossPanel(curves, options));
  Panel accuracy = AccuracyPanel(curves);
  if (!accuracy.curves.empty()) panels.push_back(std::move(accuracy));
  if (panels.empty())
    Fail("DrawCurves: expected a curve with at least one finite value, found none");

  const double panel_width = kLeft + kPlotWidth + kRight;
  const double title_height = options.title.empty() ? 0 : 52;
  const double width = panel_width * static_cast<double>(panels.size()) + 2 * kMargin;
  const int64_t gaps = CountGaps(curves, options);
  const double height = kMargin + title_height + kHeadingHeight + kPlotHeight + kBelow +
                        (gaps > 0 ? kNoteHeight : 0) + kMargin;
  Canvas canvas({.width = std::lround(width), .height = std::lround(height)});
  TextStyle title = kTitle;
  title.max_width = width - 2 * kMargin;
  canvas.Text(options.title, {kMargin, kMargin + 22}, title);
  Position corner{kMargin + kLeft, kMargin + title_height + kHeadingHeight};
  for (const Panel& panel : panels) {
    DrawPanel(canvas, panel, options.x_label, corner);
    corner.x += panel_width;
  }
  if (gaps > 0)
    canvas.Text(fmt::format("{} {} left out: not finite, or not above zero on a logarithmic axis",
                            gaps, gaps == 1 ? "value" : "values"),
                {kMargin + kLeft, height - kMargin}, kLabel);
  return canvas.ToImage();
}

}  // namespace ocellus
