// A diagram of curves on two axes, with a legend and the last value of each curve written out.
//
//   const Plot plot{
//       .heading = "loss",
//       .x_label = "epoch",
//       .x_axis = MakeLinearAxis(0, 2, AxisEnds::kExact),
//       .y_axis = MakeLinearAxis(0, 2.3, AxisEnds::kRound),
//       .curves = {{"training", {{0, 2.3}, {1, 0.4}, {2, 0.1}}, colours::kBlue}}};
//   WritePng(DrawPage("How it went", {}, PlotBlock(plot)), "plot.png");
#pragma once

#include <string>
#include <vector>

#include "ocellus/view/axis.h"
#include "ocellus/view/page.h"

namespace ocellus {

struct CurvePoint {
  double x = 0;
  double y = 0;
};

enum class CurveRole {
  kMain,        // a thick line with its last value
  kBackground,  // a thin line behind it
};

struct Curve {
  std::string name;
  std::vector<CurvePoint> points;  // in order of x; a y that is not finite is a gap
  Colour colour;
  CurveRole role = CurveRole::kMain;
};

struct Plot {
  std::string heading;
  std::string x_label;
  Axis x_axis;
  Axis y_axis;
  std::string y_unit = {};    // behind the last values; with "%", they have two decimals
  std::vector<Curve> curves;  // the first is behind all others
};

// Where the axes begin in the block, and how long they are.
inline constexpr Rectangle kPlotArea{.x = 70, .y = 52, .width = 620, .height = 440};

// The diagram as a block of 800 x 564 pixels.
Block PlotBlock(Plot plot);

}  // namespace ocellus
