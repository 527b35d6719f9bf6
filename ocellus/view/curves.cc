// What training curves show, and on which axes.
#include "ocellus/view/curves.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "ocellus/base/error.h"
#include "ocellus/view/page.h"
#include "ocellus/view/value_range.h"

namespace ocellus {
namespace {

// From this many points on, single values are too restless to be the main line.
constexpr size_t kSmoothFrom = 50;

ValueRange RangeOfY(std::span<const CurvePoint> points) {
  ValueRange range;
  for (const CurvePoint& point : points) range.Add(point.y);
  return range;
}

// All curves with their names.
struct NamedCurve {
  const char* name;
  const std::vector<CurvePoint>& points;
};
std::array<NamedCurve, 4> AllCurves(const TrainingCurves& curves) {
  return {{{"loss", curves.loss},
           {"test loss", curves.test_loss},
           {"training accuracy", curves.train_accuracy},
           {"test accuracy", curves.test_accuracy}}};
}

// Whether the loss is drawn on a logarithmic axis: a loss that is zero throughout has no place
// there.
bool IsLogarithmic(const TrainingCurves& curves, const CurvesOptions& options) {
  return options.loss_axis == LossAxis::kLogarithmic && RangeOfY(curves.loss).high > 0;
}

// How many values have no place in the picture.
int64_t CountGaps(const TrainingCurves& curves, const CurvesOptions& options) {
  int64_t gaps = 0;
  for (const NamedCurve& curve : AllCurves(curves)) gaps += RangeOfY(curve.points).not_finite;
  if (IsLogarithmic(curves, options)) {
    for (const auto* points : {&curves.loss, &curves.test_loss}) {
      gaps += std::ranges::count_if(
          *points, [](const CurvePoint& p) { return std::isfinite(p.y) && p.y <= 0; });
    }
  }
  return gaps;
}

void RequireOrder(std::span<const CurvePoint> points, const char* name) {
  double before = -std::numeric_limits<double>::infinity();
  for (const CurvePoint& point : points) {
    if (!std::isfinite(point.x)) Fail("DrawCurves: {}: x must be finite, found {}", name, point.x);
    if (point.x < before) {
      Fail("DrawCurves: {}: points must be in order of x, found {} after {}", name, point.x,
           before);
    }
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

Axis XAxis(const TrainingCurves& curves) {
  ValueRange range;
  for (const NamedCurve& curve : AllCurves(curves)) {
    for (const CurvePoint& point : curve.points) range.Add(point.x);
  }
  // Training usually starts at 0 even if the first value comes later; a resumed one starts later.
  if (range.low > 0 && range.low < 0.3 * range.high) range.low = 0;
  if (range.low == range.high && range.low > 0) range.low = 0;
  return MakeLinearAxis(range.low, range.high, AxisEnds::kExact);
}

Plot LossPlot(const TrainingCurves& curves, const CurvesOptions& options) {
  std::vector<CurvePoint> points = curves.loss;
  std::vector<CurvePoint> test_points = curves.test_loss;
  const bool logarithmic = IsLogarithmic(curves, options);
  ValueRange range;
  for (auto* values : {&points, &test_points}) {
    for (CurvePoint& point : *values) {
      if (logarithmic && !(point.y > 0)) point.y = std::numeric_limits<double>::quiet_NaN();
      range.Add(point.y);
    }
  }
  Plot plot{.heading = logarithmic ? "loss (logarithmic)" : "loss",
            .x_label = options.x_label,
            .x_axis = XAxis(curves),
            // A single value next to zero must not press everything else together.
            .y_axis = logarithmic
                          ? MakeLogarithmicAxis(std::max(range.low, range.high * 1e-8), range.high)
                          : MakeLinearAxis(std::min(range.low, 0.0), range.high, AxisEnds::kRound)};
  // Short names: there is little room beside the heading.
  if (points.size() < kSmoothFrom) {
    plot.curves = {{"training", std::move(points), colours::kBlue}};
  } else {
    std::vector<CurvePoint> smooth = Smooth(points);
    plot.curves = {{"each value", std::move(points), colours::kPaleBlue, CurveRole::kBackground},
                   {"training", std::move(smooth), colours::kBlue}};
  }
  if (!RangeOfY(test_points).empty()) {
    plot.curves.push_back({"test", std::move(test_points), colours::kOrange});
  }
  return plot;
}

// Without curves if there is no accuracy.
Plot AccuracyPlot(const TrainingCurves& curves, const CurvesOptions& options) {
  Plot plot{.heading = "accuracy", .x_label = options.x_label, .y_unit = "%"};
  ValueRange range;
  const auto add = [&](const char* name, std::vector<CurvePoint> points, Colour colour) {
    if (RangeOfY(points).empty()) return;
    for (CurvePoint& point : points) {
      point.y *= 100;
      if (std::isfinite(point.y)) range.Add(point.y);
    }
    plot.curves.push_back({name, std::move(points), colour});
  };
  add("training", curves.train_accuracy, colours::kBlue);
  add("test", curves.test_accuracy, colours::kOrange);
  if (plot.curves.empty()) return plot;
  plot.x_axis = XAxis(curves);
  // All correct, or all alike: leave room below, never above 100%.
  if (range.low == range.high) range.low = std::max(0.0, range.low - 5);
  plot.y_axis = MakeLinearAxis(range.low, range.high, AxisEnds::kRound, "%");
  return plot;
}

}  // namespace

Image DrawCurves(const TrainingCurves& curves, const CurvesOptions& options) {
  for (const NamedCurve& curve : AllCurves(curves)) RequireOrder(curve.points, curve.name);
  std::vector<Block> plots;
  if (!RangeOfY(curves.loss).empty()) plots.push_back(PlotBlock(LossPlot(curves, options)));
  Plot accuracy = AccuracyPlot(curves, options);
  if (!accuracy.curves.empty()) plots.push_back(PlotBlock(std::move(accuracy)));
  if (plots.empty()) {
    Fail("DrawCurves: expected a curve with at least one finite value, found none");
  }
  std::vector<Block> body = {Row(std::move(plots), 0)};
  if (const int64_t gaps = CountGaps(curves, options); gaps > 0) {
    const std::string note =
        fmt::format("{} {} left out: not finite, or not above zero on a logarithmic axis", gaps,
                    gaps == 1 ? "value" : "values");
    body.push_back(Row(
        {Block{.width = static_cast<int64_t>(kPlotArea.x)}, TextBlock(note, page::kCaption)}, 0));
  }
  return DrawPage(options.title, {}, Column(std::move(body), 4));
}

}  // namespace ocellus
