// Training curves: what is drawn where, and what is left out.
#include "ocellus/view/curves.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "ocellus/view/canvas.h"
#include "ocellus/view/page.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"
#include "tests/support/special_values.h"

namespace ocellus {
namespace {

// The plot of the first panel of a picture without title, and how far the second is from it.
constexpr Rectangle kPlot{.x = 110, .y = 92, .width = 620, .height = 440};
constexpr double kNextPanel = 800;

Rectangle SecondPlot() {
  return {.x = kPlot.x + kNextPanel, .y = kPlot.y, .width = kPlot.width, .height = kPlot.height};
}

std::string ErrorOf(const TrainingCurves& curves) {
  return ErrorText([&] { DrawCurves(curves); });
}

TEST(DrawCurves, DrawsLossAndAccuracyBesideEachOther) {
  TrainingCurves curves;
  curves.loss = {{0, 2.3}, {1, 0.5}, {2, 0.1}};
  curves.train_accuracy = {{1, 0.9}, {2, 0.99}};
  curves.test_accuracy = {{1, 0.85}, {2, 0.97}};
  const Image picture = DrawCurves(curves);
  EXPECT_EQ(picture.width, 1680);
  EXPECT_GT(CountColour(picture, kPlot, colours::kBlue), 500);
  EXPECT_EQ(CountColour(picture, kPlot, colours::kOrange), 0);
  EXPECT_GT(CountColour(picture, SecondPlot(), colours::kBlue), 500);
  EXPECT_GT(CountColour(picture, SecondPlot(), colours::kOrange), 500);
  // Headings and legends above the plots.
  EXPECT_GT(CountInk(picture, {.x = 110, .y = 40, .width = 200, .height = 40}), 300);
  EXPECT_GT(
      CountColour(picture, {.x = 1200, .y = 40, .width = 330, .height = 40}, colours::kOrange), 40);
  // Labels of the axes, and the last value beside the plot.
  EXPECT_GT(CountInk(picture, {.x = 40, .y = 92, .width = 60, .height = 440}), 200);
  EXPECT_GT(CountInk(picture, {.x = 110, .y = 542, .width = 620, .height = 60}), 200);
  EXPECT_GT(CountColour(picture, {.x = 742, .y = 92, .width = 60, .height = 450}, colours::kBlue),
            20);
}

TEST(DrawCurves, DrawsTheTestLossOnTheAxisOfTheLoss) {
  TrainingCurves curves;
  curves.loss = {{0, 1}, {4, 1}};
  curves.test_loss = {{1, 3}, {3, 3}};
  const Image picture = DrawCurves(curves, {.loss_axis = LossAxis::kLinear});
  EXPECT_EQ(picture.width, 880);  // there is no other panel
  const auto row = [](double value) {
    return std::lround(kPlot.y + (1 - value / 3) * kPlot.height);
  };
  const auto at = [&](double x, double value) {
    return PixelAt(picture, std::lround(kPlot.x + x / 4 * kPlot.width), row(value));
  };
  EXPECT_EQ(at(2, 3), colours::kOrange);
  EXPECT_NE(at(0.5, 3), colours::kOrange);
  EXPECT_EQ(at(2, 1), colours::kBlue);
  // A logarithmic axis has no place for zero, and the picture says that one value is missing.
  const int64_t height = DrawCurves(curves).height;
  curves.test_loss[0].y = 0;
  EXPECT_EQ(DrawCurves(curves).height, height + 28);
  curves.test_loss[0] = {5, 1};
  EXPECT_EQ(ErrorOf(curves),
            "DrawCurves: test loss: points must be in order of x, found 3 after 5");
}

TEST(DrawCurves, HasRoomForHeadingAndLegend) {
  TrainingCurves curves;
  for (int i = 0; i < 100; ++i) curves.loss.push_back({i * 0.01, 1.0});
  curves.test_loss = {{1, 1}};
  const Image picture = DrawCurves(curves);
  const TextStyle legend{.size = 17, .colour = colours::kSoftInk};
  for (const char* name : {"each value", "training", "test"}) {
    EXPECT_TRUE(ShowsText(picture, name, legend)) << name;
  }
  EXPECT_TRUE(ShowsText(picture, "loss (logarithmic)", {.size = 22, .weight = Weight::kBold}));
}

TEST(DrawCurves, PutsPointsAtTheirPlaces) {
  TrainingCurves curves;
  curves.loss = {{0, 0}, {4, 4}};
  const Image picture = DrawCurves(curves, {.loss_axis = LossAxis::kLinear});
  for (const double part : {0.25, 0.5, 0.75})
    EXPECT_EQ(PixelAt(picture, std::lround(kPlot.x + part * kPlot.width),
                      std::lround(kPlot.y + (1 - part) * kPlot.height)),
              colours::kBlue);
  curves.loss = {{0, 0.01}, {4, 1}};
  const Image logarithmic = DrawCurves(curves);
  EXPECT_EQ(PixelAt(logarithmic, std::lround(kPlot.x + 0.5 * kPlot.width),
                    std::lround(kPlot.y + 0.5 * kPlot.height)),
            colours::kBlue);
}

TEST(DrawCurves, LeavesOutAnEmptyPanel) {
  TrainingCurves loss_only;
  loss_only.loss = {{1, 2}, {2, 1}};
  EXPECT_EQ(DrawCurves(loss_only).width, 880);
  TrainingCurves accuracy_only;
  accuracy_only.test_accuracy = {{1, 0.5}, {2, 0.6}};
  EXPECT_GT(CountColour(DrawCurves(accuracy_only), kPlot, colours::kOrange), 500);
}

TEST(DrawCurves, MakesATitleVisible) {
  TrainingCurves curves;
  curves.loss = {{1, 2}, {2, 1}};
  const Image titled = DrawCurves(curves, {.title = "lenet on mnist"});
  EXPECT_EQ(titled.height, DrawCurves(curves).height + 44);
  EXPECT_GT(CountInk(titled, {.x = 40, .y = 30, .width = 300, .height = 40}), 300);
}

TEST(DrawCurves, DrawsASinglePointAsADot) {
  TrainingCurves curves;
  curves.loss = {{1, 0.3}};
  EXPECT_GT(CountColour(DrawCurves(curves), {.x = 720, .y = 92, .width = 20, .height = 440},
                        colours::kBlue),
            40);
}

TEST(DrawCurves, LeavesGapsAndSaysSo) {
  TrainingCurves curves;
  curves.loss = {{0, 1}, {1, 1}, {2, kNan}, {3, 1}, {4, 1}};
  const Image picture = DrawCurves(curves, {.loss_axis = LossAxis::kLinear});
  // The line is at the top of the plot; the third and fourth part of it are missing.
  const auto line = [&](double part) {
    return PixelAt(picture, std::lround(kPlot.x + part * kPlot.width), std::lround(kPlot.y));
  };
  EXPECT_EQ(line(0.1), colours::kBlue);
  EXPECT_NE(line(0.4), colours::kBlue);
  EXPECT_NE(line(0.6), colours::kBlue);
  EXPECT_EQ(line(0.9), colours::kBlue);
  curves.loss[2].y = 1;
  EXPECT_EQ(picture.height, DrawCurves(curves, {.loss_axis = LossAxis::kLinear}).height + 28);
  // A loss of zero has no place on a logarithmic axis.
  curves.loss[2].y = 0;
  EXPECT_EQ(DrawCurves(curves).height, picture.height);
}

TEST(DrawCurves, SmoothsManyValuesButNotAcrossTheFirst) {
  TrainingCurves curves;
  for (int i = 0; i < 5000; ++i) curves.loss.push_back({i * 0.01, i % 2 == 0 ? 1.0 : 3.0});
  const Image picture = DrawCurves(curves, {.loss_axis = LossAxis::kLinear});
  // On an axis from 0 to 3 the mean is at 2; the values reach from 1 to 3.
  const auto row = [](double value) { return std::lround(92 + 440 * (1 - value / 3)); };
  EXPECT_EQ(PixelAt(picture, 300, row(2)), colours::kBlue);
  EXPECT_EQ(PixelAt(picture, 300, row(1.5)), colours::kPaleBlue);
  EXPECT_EQ(PixelAt(picture, 110, row(1)), colours::kBlue);
}

TEST(DrawCurves, SmoothsToBothSides) {
  TrainingCurves curves;
  for (int i = 0; i <= 5000; ++i) curves.loss.push_back({i * 1.0, i * 1.0});
  const Image picture = DrawCurves(curves, {.loss_axis = LossAxis::kLinear});
  EXPECT_EQ(PixelAt(picture, std::lround(kPlot.x + 0.5 * kPlot.width),
                    std::lround(kPlot.y + 0.5 * kPlot.height)),
            colours::kBlue);
}

TEST(DrawCurves, BeginsAtZeroIfThatIsNear) {
  TrainingCurves curves;
  const auto is_line = [&](double part) {
    const Image picture = DrawCurves(curves, {.loss_axis = LossAxis::kLinear});
    return PixelAt(picture, std::lround(kPlot.x + part * kPlot.width), std::lround(kPlot.y)) ==
           colours::kBlue;
  };
  curves.loss = {{0.25, 1}, {1, 1}};
  EXPECT_FALSE(is_line(0.1));
  EXPECT_TRUE(is_line(0.5));
  curves.loss = {{0.5, 1}, {1, 1}};
  EXPECT_TRUE(is_line(0.1));
}

TEST(DrawCurves, WritesLastValuesBesideEachOtherWithoutOverlap) {
  TrainingCurves curves;
  curves.train_accuracy = {{1, 0.5}, {2, 0.9712}};
  curves.test_accuracy = {{1, 0.4}, {2, 0.97}};
  const Image picture = DrawCurves(curves);
  TextStyle style{.size = 19, .colour = colours::kBlue, .weight = Weight::kBold, .max_width = 94};
  const auto train = FindText(picture, "97.12%", style);
  style.colour = colours::kOrange;
  const auto test = FindText(picture, "97.00%", style);
  ASSERT_TRUE(train && test);
  EXPECT_GE(test->y, train->y + 23);
}

TEST(DrawCurves, TakesAnyFiniteLoss) {
  for (const double loss : {0.0, -5.0, 1e-300, 1e300, std::numeric_limits<double>::max()}) {
    TrainingCurves curves;
    curves.loss = {{1, loss}, {2, loss}};
    EXPECT_EQ(ErrorOf(curves), "no error") << loss;
    curves.loss[1].y = 1;
    EXPECT_EQ(ErrorOf(curves), "no error") << loss;
  }
}

TEST(DrawCurves, RefusesWhatCannotBeDrawn) {
  TrainingCurves curves;
  EXPECT_EQ(ErrorOf(curves),
            "DrawCurves: expected a curve with at least one finite value, found none");
  curves.loss = {{1, kNan}};
  EXPECT_EQ(ErrorOf(curves),
            "DrawCurves: expected a curve with at least one finite value, found none");
  curves.loss = {{2, 1}, {1, 1}};
  EXPECT_EQ(ErrorOf(curves), "DrawCurves: loss: points must be in order of x, found 1 after 2");
  curves.loss = {{1, 1}};
  curves.test_accuracy = {{kNan, 1}};
  EXPECT_EQ(ErrorOf(curves), "DrawCurves: test accuracy: x must be finite, found nan");
}

}  // namespace
}  // namespace ocellus
