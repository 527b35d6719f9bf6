// Bars for probabilities.
#include "ocellus/view/probability_bars.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ocellus {

std::string ClassName(std::span<const std::string> names, int64_t number) {
  return number < std::ssize(names) ? names[static_cast<size_t>(number)] : std::to_string(number);
}

Block ProbabilityBars(std::span<const float> probabilities, std::span<const std::string> names,
                      int64_t top) {
  constexpr int64_t kRowHeight = 26;
  constexpr int64_t kBarWidth = 280;
  constexpr int64_t kNumberWidth = 80;
  constexpr int64_t kMaxNameWidth = 180;
  std::vector<int64_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](int64_t c) { return probabilities[static_cast<size_t>(c)]; });
  order.resize(std::min(order.size(), static_cast<size_t>(top)));

  struct Bar {
    std::string name;
    double probability;
  };
  std::vector<Bar> bars;
  int64_t name_width = 0;
  TextStyle name_style = page::kCaption;
  name_style.max_width = kMaxNameWidth;
  for (const int64_t c : order) {
    bars.push_back({ClassName(names, c), probabilities[static_cast<size_t>(c)]});
    name_width = std::max(name_width, TextBlock(bars.back().name, name_style).width);
  }
  name_style.align = Align::kRight;
  return {
      .width = name_width + 12 + kBarWidth + kNumberWidth,
      .height = kRowHeight * std::ssize(bars),
      .draw = [bars, name_width, name_style](Canvas& canvas, int64_t x, int64_t y) {
        auto top_of_row = static_cast<double>(y);
        const auto left = static_cast<double>(x + name_width + 12);
        for (const Bar& bar : bars) {
          const bool first = &bar == &bars.front();
          canvas.Text(bar.name, {left - 12, top_of_row + 19}, name_style);
          const double length = kBarWidth * std::clamp(bar.probability, 0.0, 1.0);
          canvas.FillRectangle({left, top_of_row + 4, kBarWidth, kRowHeight - 8}, colours::kRule);
          canvas.FillRectangle({left, top_of_row + 4, length, kRowHeight - 8},
                               first ? colours::kBlue : colours::kPaleBlue);
          canvas.Text(fmt::format("{:.2f}%", 100 * bar.probability),
                      {left + kBarWidth + 10, top_of_row + 19}, page::kCaption);
          top_of_row += kRowHeight;
        }
      }};
}

}  // namespace ocellus
