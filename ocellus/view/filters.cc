// The layout of filter pictures.
#include "ocellus/view/filters.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/view/page.h"
#include "ocellus/view/value_range.h"

namespace ocellus {
namespace {

constexpr int64_t kMaxFilterSize = 64;

// Distances in pixels.
constexpr int64_t kPanelGap = 72;  // between before and after
constexpr int64_t kCellGap = 14;
constexpr int64_t kCaptionGap = 22;

// Turns a filter's weights into grey levels.
class GreyScale {
 public:
  GreyScale(const ValueRange& range, FilterScale scale) {
    const bool around_zero = scale == FilterScale::kAroundZero;
    low_ = around_zero ? -range.largest() : range.low;
    high_ = around_zero ? range.largest() : range.high;
  }
  uint8_t operator()(float weight) const {
    constexpr uint8_t kMiddle = 128;
    if (!(low_ < high_)) return kMiddle;
    return static_cast<uint8_t>(std::lround(255 * (weight - low_) / (high_ - low_)));
  }

 private:
  double low_ = 0;
  double high_ = 0;
};

// One cell: `channels` (1 or 3) planes of FH x FW weights as a colour picture.
Image DrawCell(const float* weights, int64_t channels, Extent size, const GreyScale& grey) {
  Image cell(3, size.h, size.w);
  for (int64_t i = 0; i < size.area(); ++i) {
    const int64_t y = i / size.w;
    const int64_t x = i % size.w;
    bool finite = true;
    for (int64_t c = 0; c < 3; ++c) {
      const float weight = weights[(channels == 3 ? c : 0) * size.area() + i];
      finite = finite && std::isfinite(weight);
      if (finite) cell.At(c, y, x) = grey(weight);
    }
    if (finite) continue;
    cell.At(0, y, x) = colours::kOrange.red;
    cell.At(1, y, x) = colours::kOrange.green;
    cell.At(2, y, x) = colours::kOrange.blue;
  }
  return cell;
}

// The number of columns that fills its rows well in a grid half as wide again as high.
int64_t ChooseColumns(int64_t cells) {
  const double ideal = std::sqrt(1.5 * static_cast<double>(cells));
  int64_t best = 1;
  double best_cost = std::numeric_limits<double>::infinity();
  for (int64_t columns = 1; columns <= cells; ++columns) {
    const int64_t empty_cells = CeilDivide(cells, columns) * columns - cells;
    const double cost =
        static_cast<double>(empty_cells) + std::abs(static_cast<double>(columns) - ideal);
    if (cost < best_cost) {
      best = columns;
      best_cost = cost;
    }
  }
  return best;
}

// Whether a filter is a row of single channels, not one grey or colour cell.
bool IsShownByChannel(const Shape& filters) { return filters[1] != 1 && filters[1] != 3; }

// The cells of one filter: all its channels in one, or one for each of the first `channels`.
std::vector<Block> FilterCells(TensorView<const float> filter, int64_t channels, FilterScale scale,
                               int64_t cell_size) {
  const Extent size{filter.shape()[1], filter.shape()[2]};
  const GreyScale grey(ValueRange(filter.span()), scale);
  const int64_t in_a_cell = filter.shape()[0] == 3 ? 3 : 1;
  std::vector<Block> cells;
  for (int64_t c = 0; c < channels; c += in_a_cell) {
    cells.push_back(PictureBlock(DrawCell(filter.Sample(c).data(), in_a_cell, size, grey),
                                 EnlargementFor(std::max(size.h, size.w), cell_size)));
  }
  return cells;
}

// Filters of one cell each, numbered.
Block GridOfFilters(TensorView<const float> filters, int64_t shown, FilterScale scale) {
  const int64_t cell_size = shown <= 36 ? 96 : shown <= 100 ? 72 : 48;
  std::vector<Block> cells;
  for (int64_t filter = 0; filter < shown; ++filter) {
    cells.push_back(
        CaptionedBlock(FilterCells(filters.Sample(filter), filters.shape()[1], scale, cell_size)[0],
                       std::to_string(filter)));
  }
  return Grid(cells, ChooseColumns(shown), kCellGap);
}

// A row for each filter, a column for each channel, both numbered.
Block TableOfChannels(TensorView<const float> filters, int64_t rows, int64_t columns,
                      FilterScale scale) {
  constexpr int64_t kCellSize = 56;
  constexpr int64_t kLabelWidth = 36;
  const Block corner{.width = kLabelWidth};
  std::vector<Block> numbers = {CaptionedBlock(corner, "filter")};
  std::vector<Block> lines;
  for (int64_t filter = 0; filter < rows; ++filter) {
    std::vector<Block> cells = FilterCells(filters.Sample(filter), columns, scale, kCellSize);
    // The number stands in the middle of the row's height.
    const Block above{.width = kLabelWidth,
                      .height = std::max<int64_t>(0, cells[0].height / 2 - 12)};
    if (filter == 0) {
      for (int64_t c = 0; c < columns; ++c) {
        numbers.push_back(CaptionedBlock({.width = cells[0].width}, std::to_string(c)));
      }
    }
    cells.insert(cells.begin(), CaptionedBlock(above, std::to_string(filter)));
    lines.push_back(Row(std::move(cells), kCellGap));
  }
  return Column({Row({corner, TextBlock("input channel", page::kSmall)}, kCellGap),
                 Row(std::move(numbers), kCellGap), Column(std::move(lines), kCellGap)},
                4);
}

// What the greys mean, what is left out, and the range of the weights.
Block CaptionBlock(TensorView<const float> filters, int64_t shown, int64_t shown_channels,
                   FilterScale scale) {
  const Shape& shape = filters.shape();
  const bool around_zero = scale == FilterScale::kAroundZero;
  const ValueRange range(filters.span());
  std::vector<Block> lines = {
      ColourStrip(around_zero ? "negative" : "lowest",
                  around_zero ? "positive weights of each filter" : "highest weight of each filter",
                  [](double place) {
                    const auto level = static_cast<uint8_t>(std::lround(255 * place));
                    return Colour{level, level, level};
                  })};
  const auto add = [&](const std::string& line) {
    lines.push_back(TextBlock(line, page::kCaption));
  };
  if (around_zero) add("middle grey is zero, equally far from black and white");
  if (shape[1] == 3) add("the three input channels as red, green and blue, on the same scale");
  if (shown < shape[0]) add(fmt::format("the first {} of {} filters", shown, shape[0]));
  if (shown_channels < shape[1]) {
    add(fmt::format("the first {} of {} channels", shown_channels, shape[1]));
  }
  if (!range.empty()) add(fmt::format("weights from {:.3g} to {:.3g}", range.low, range.high));
  if (range.not_finite > 0) {
    add(fmt::format("orange: not a finite number ({} of {} weights)", range.not_finite,
                    filters.elements()));
  }
  return Column(std::move(lines), 3);
}

// The filters with their caption below.
Block PanelBlock(TensorView<const float> filters, const FilterPictureOptions& options) {
  const Shape& shape = filters.shape();
  const bool by_channel = IsShownByChannel(shape);
  const int64_t shown = std::min(shape[0], by_channel ? options.max_rows : options.max_filters);
  const int64_t channels = by_channel ? std::min(shape[1], options.max_columns) : shape[1];
  return Column({by_channel ? TableOfChannels(filters, shown, channels, options.scale)
                            : GridOfFilters(filters, shown, options.scale),
                 CaptionBlock(filters, shown, channels, options.scale)},
                kCaptionGap);
}

void RequireFilters(TensorView<const float> filters, const FilterPictureOptions& options) {
  const Shape& shape = filters.shape();
  if (shape.rank() != 4) {
    Fail("DrawFilters: expected filters of FN x C x FH x FW, found shape {}", shape.ToString());
  }
  if (shape[2] > kMaxFilterSize || shape[3] > kMaxFilterSize) {
    Fail("DrawFilters: expected filters of at most {} x {}, found shape {}", kMaxFilterSize,
         kMaxFilterSize, shape.ToString());
  }
  if (options.max_filters < 1 || options.max_rows < 1 || options.max_columns < 1) {
    Fail(
        "DrawFilters: expected limits of at least 1, found max_filters {}, max_rows {}, "
        "max_columns {}",
        options.max_filters, options.max_rows, options.max_columns);
  }
}

std::string Describe(const Shape& shape) {
  return fmt::format("{} {} of {} x {}, {} {}", shape[0], shape[0] == 1 ? "filter" : "filters",
                     shape[2], shape[3], shape[1], shape[1] == 1 ? "channel" : "channels");
}

}  // namespace

Image DrawFilters(TensorView<const float> filters, const FilterPictureOptions& options) {
  RequireFilters(filters, options);
  return DrawPage(options.title, {Describe(filters.shape())}, PanelBlock(filters, options));
}

Image DrawFiltersBeforeAfter(TensorView<const float> before, TensorView<const float> after,
                             const FilterPictureOptions& options) {
  RequireFilters(before, options);
  RequireFilters(after, options);
  if (before.shape() != after.shape()) {
    Fail("DrawFiltersBeforeAfter: expected the same shape before and after, found {} and {}",
         before.shape().ToString(), after.shape().ToString());
  }
  const auto panel = [&](const char* heading, TensorView<const float> filters) {
    return Column({TextBlock(heading, page::kHeading), PanelBlock(filters, options)}, kCellGap);
  };
  return DrawPage(
      options.title, {Describe(before.shape())},
      Row({panel("before training", before), panel("after training", after)}, kPanelGap));
}

}  // namespace ocellus
