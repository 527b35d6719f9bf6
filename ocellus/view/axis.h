// The scale of a diagram: from values to places, and the round numbers written beside it.
//
//   const Axis axis = MakeLinearAxis(0, 20, AxisEnds::kRound, "%");
//   const double place = axis.Place(15);  // 0 at the low end, 1 at the high end: 0.75
//   for (const Tick& tick : axis.ticks) {
//     canvas.Text(tick.label, {300 * axis.Place(tick.value), 200}, {.size = 17});
//   }
#pragma once

#include <string>
#include <vector>

namespace ocellus {

struct Tick {
  double value = 0;
  std::string label;
};

struct Axis {
  double low = 0;
  double high = 1;
  bool logarithmic = false;
  std::vector<Tick> ticks;  // ascending, all within [low, high]

  // Where the value is between low (0) and high (1). A value outside is at the nearer end.
  double Place(double value) const;
};

// Whether an axis ends at the given values or at the round numbers around them.
enum class AxisEnds { kExact, kRound };

// Ticks are multiples of a step of 1, 2 or 5 times a power of ten, at most ten of them. Each label
// ends in `unit`. Equal ends are moved apart. Both must be finite, and low <= high.
Axis MakeLinearAxis(double low, double high, AxisEnds ends, const std::string& unit = "");

// Ends at 1, 2 or 5 times a power of ten around [low, high]; 0 < low <= high, both finite.
Axis MakeLogarithmicAxis(double low, double high);

}  // namespace ocellus
