// Round numbers for axes.
#include "ocellus/view/axis.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "ocellus/base/check.h"

namespace ocellus {
namespace {

// The smallest of 1, 2 and 5 times a power of ten that divides `span` into at most eight steps.
double RoundStep(double span) {
  const double least = span / 8;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (least <= factor * power) return factor * power;
  return 10 * power;
}

// As few digits as tell neighbours apart.
std::string LinearLabel(double value, double step) {
  if (std::abs(value) >= 1e7 || step < 1e-6) return fmt::format("{:.6g}", value);
  // The small number is for steps whose logarithm comes out just below a whole one.
  const double decimals = std::max(0.0, -std::floor(std::log10(step) + 1e-9));
  return fmt::format("{:.{}f}", value, static_cast<int>(decimals));
}

}  // namespace

double Axis::Place(double value) const {
  const double clamped = std::clamp(value, low, high);
  if (logarithmic) return std::log(clamped / low) / std::log(high / low);
  return (clamped - low) / (high - low);
}

Axis MakeLinearAxis(double low, double high, AxisEnds ends, const std::string& unit) {
  constexpr double kLargest = 1e300;  // the distance of two such numbers is still finite
  OCELLUS_CHECK(std::isfinite(low) && std::isfinite(high) && low <= high, "{} to {}", low, high);
  low = std::clamp(low, -kLargest, kLargest);
  high = std::clamp(high, -kLargest, kLargest);
  const double size = std::max(std::abs(low), std::abs(high));
  if (high - low <= 1e-9 * size || high - low < 1e-300) {
    const double apart = size < 1e-300 ? 0.5 : 0.05 * size;
    low -= apart;
    high += apart;
  }
  const double step = RoundStep(high - low);
  // Multiples of the step, counted, because a sum would drift. The small number forgives rounding.
  constexpr double kNearly = 1e-6;
  double first = std::ceil(low / step - kNearly);
  double last = std::floor(high / step + kNearly);
  if (ends == AxisEnds::kRound) {
    first = std::floor(low / step + kNearly);
    last = std::ceil(high / step - kNearly);
    low = first * step;
    high = last * step;
  }
  Axis axis{.low = low, .high = high, .logarithmic = false, .ticks = {}};
  for (double i = first; i <= last; ++i) {
    const double value = i == 0 ? 0 : i * step;  // not "-0"
    axis.ticks.push_back({value, LinearLabel(value, step) + unit});
  }
  return axis;
}

Axis MakeLogarithmicAxis(double low, double high) {
  OCELLUS_CHECK(low > 0 && low <= high && std::isfinite(high), "{} to {}", low, high);
  constexpr double kFactors[] = {1, 2, 5};
  const int first_power = static_cast<int>(std::floor(std::log10(low)));
  const int last_power = static_cast<int>(std::floor(std::log10(high)));
  std::vector<double> round;  // from below low to above high
  for (int power = first_power - 1; power <= last_power + 1; ++power)
    for (const double factor : kFactors) round.push_back(factor * std::pow(10, power));
  // The last round number not above low, and the first one above it that is not below high.
  const auto begin = std::ranges::upper_bound(round, low * (1 + 1e-9)) - 1;
  const auto end = std::find_if(begin + 1, round.end(),
                                [&](double value) { return value >= high * (1 - 1e-9); });
  Axis axis{.low = *begin, .high = *end, .logarithmic = true, .ticks = {}};
  // With many powers of ten, 2 and 5 are left out, then whole powers.
  const int powers = last_power - first_power + 1;
  const int power_step = std::max(1, powers / 6);
  for (auto it = begin; it <= end; ++it) {
    const auto place = static_cast<int>(it - round.begin());
    const int power = first_power - 1 + place / 3;
    const bool whole = place % 3 == 0;
    if (powers > 3 && (!whole || power % power_step != 0)) continue;
    axis.ticks.push_back({*it, fmt::format("{:g}", *it)});
  }
  return axis;
}

}  // namespace ocellus
