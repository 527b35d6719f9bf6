// The layout of filter pictures.
#include "ocellus/view/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/view/canvas.h"

namespace ocellus {
namespace {

constexpr int64_t kMaxFilterSize = 64;

// Distances in pixels.
constexpr int64_t kMargin = 40;        // around the picture
constexpr int64_t kPanelGap = 72;      // between before and after
constexpr int64_t kCellGap = 14;       // between cells
constexpr int64_t kNumberHeight = 20;  // for the number below a cell
constexpr int64_t kMinPanelWidth = 460;
constexpr int64_t kHeadingHeight = 44;
constexpr int64_t kLineHeight = 27;
constexpr int64_t kRowLabelWidth = 44;

constexpr TextStyle kTitle{.size = 28, .weight = Weight::kBold};
constexpr TextStyle kHeading{.size = 22, .weight = Weight::kBold};
constexpr TextStyle kCaption{.size = 17, .colour = colours::kSoftInk};
constexpr TextStyle kNumber{.size = 14, .colour = colours::kSoftInk, .align = Align::kCentre};

constexpr Colour kFrame{190, 193, 198};  // around cells

Position At(int64_t x, int64_t y) { return {static_cast<double>(x), static_cast<double>(y)}; }

Rectangle Box(int64_t x, int64_t y, int64_t width, int64_t height) {
  return {static_cast<double>(x), static_cast<double>(y), static_cast<double>(width),
          static_cast<double>(height)};
}

// The weights' lowest and highest finite value, and how many are not finite.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  int64_t not_finite = 0;

  explicit Range(std::span<const float> weights) {
    for (const float weight : weights) {
      if (!std::isfinite(weight)) {
        ++not_finite;
        continue;
      }
      low = std::min<double>(low, weight);
      high = std::max<double>(high, weight);
    }
  }
  bool empty() const { return low > high; }
};

// Turns a filter's weights into grey levels.
class GreyScale {
 public:
  GreyScale(const Range& range, FilterScale scale) {
    low_ = range.low;
    high_ = range.high;
    if (scale == FilterScale::kAroundZero) {
      high_ = std::max(std::abs(range.low), std::abs(range.high));
      low_ = -high_;
    }
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

// A grid of filters with its heading above and its caption below.
class Panel {
 public:
  Panel(TensorView<const float> filters, std::string heading, const FilterPictureOptions& options);

  int64_t width() const {
    return std::max(kMinPanelWidth, labels_left_ + columns_ * cell_width_ - kCellGap);
  }
  int64_t height() const {
    return heading_height_ + labels_above_ + rows_ * cell_height_ +
           kLineHeight * (1 + std::ssize(caption_));
  }
  void Draw(Canvas& canvas, int64_t x, int64_t y) const;

 private:
  void ChooseLayout(const FilterPictureOptions& options);
  void WriteCaption();
  void DrawLabels(Canvas& canvas, int64_t x, int64_t y) const;
  void DrawCells(Canvas& canvas, int64_t x, int64_t y) const;
  void DrawCaption(Canvas& canvas, int64_t x, int64_t y) const;

  // Whether a filter is a row of single channels, not one grey or colour cell.
  bool by_channel() const { return channels_ != 1 && channels_ != 3; }
  Extent size() const { return {filters_.shape()[2], filters_.shape()[3]}; }

  TensorView<const float> filters_;
  std::string heading_;
  FilterScale scale_;
  int64_t channels_;
  int64_t shown_ = 0;  // filters
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  int64_t enlargement_ = 1;
  int64_t cell_width_ = 0;  // with the gap after it
  int64_t cell_height_ = 0;
  int64_t heading_height_ = 0;
  int64_t labels_left_ = 0;  // room for the filter numbers of rows
  int64_t labels_above_ = 0;
  std::vector<std::string> caption_;
};

Panel::Panel(TensorView<const float> filters, std::string heading,
             const FilterPictureOptions& options)
    : filters_(filters),
      heading_(std::move(heading)),
      scale_(options.scale),
      channels_(filters.shape()[1]) {
  ChooseLayout(options);
  WriteCaption();
}

void Panel::ChooseLayout(const FilterPictureOptions& options) {
  const int64_t count = filters_.shape()[0];
  int64_t cell_size = 56;
  if (by_channel()) {
    rows_ = shown_ = std::min(count, options.max_rows);
    columns_ = std::min(channels_, options.max_columns);
    labels_left_ = kRowLabelWidth;
    labels_above_ = 2 * kLineHeight;
  } else {
    shown_ = std::min(count, options.max_filters);
    columns_ = ChooseColumns(shown_);
    rows_ = CeilDivide(shown_, columns_);
    cell_size = shown_ <= 36 ? 96 : shown_ <= 100 ? 72 : 48;
  }
  const int64_t longer = std::max(size().h, size().w);
  enlargement_ = (cell_size + longer / 2) / longer;  // at least 1, as longer is at most 64
  cell_width_ = size().w * enlargement_ + kCellGap;
  cell_height_ = size().h * enlargement_ + kCellGap + (by_channel() ? 0 : kNumberHeight);
  heading_height_ = heading_.empty() ? 0 : kHeadingHeight;
}

void Panel::WriteCaption() {
  const int64_t count = filters_.shape()[0];
  const Range range(filters_.span());
  if (scale_ == FilterScale::kAroundZero)
    caption_.push_back("middle grey is zero, equally far from black and white");
  if (shown_ < count) caption_.push_back(fmt::format("the first {} of {} filters", shown_, count));
  if (by_channel() && columns_ < channels_)
    caption_.push_back(fmt::format("the first {} of {} channels", columns_, channels_));
  if (!range.empty())
    caption_.push_back(fmt::format("weights from {:.3g} to {:.3g}", range.low, range.high));
  if (range.not_finite > 0)
    caption_.push_back(fmt::format("orange: not a finite number ({} of {} weights)",
                                   range.not_finite, filters_.elements()));
}

void Panel::Draw(Canvas& canvas, int64_t x, int64_t y) const {
  if (!heading_.empty()) canvas.Text(heading_, At(x, y + 22), kHeading);
  y += heading_height_;
  if (by_channel()) DrawLabels(canvas, x, y);
  DrawCells(canvas, x + labels_left_, y + labels_above_);
  DrawCaption(canvas, x, y + labels_above_ + rows_ * cell_height_);
}

void Panel::DrawLabels(Canvas& canvas, int64_t x, int64_t y) const {
  TextStyle axis = kCaption;
  axis.size = kNumber.size;
  canvas.Text("filter", At(x, y + 44), axis);
  canvas.Text("input channel", At(x + labels_left_, y + 18), axis);
  for (int64_t column = 0; column < columns_; ++column)
    canvas.Text(fmt::format("{}", column),
                At(x + labels_left_ + column * cell_width_ + (cell_width_ - kCellGap) / 2, y + 44),
                kNumber);
  for (int64_t row = 0; row < rows_; ++row)
    canvas.Text(
        fmt::format("{}", row),
        At(x + 18, y + labels_above_ + row * cell_height_ + (cell_height_ - kCellGap) / 2 + 5),
        kNumber);
}

void Panel::DrawCells(Canvas& canvas, int64_t x, int64_t y) const {
  const int64_t width = size().w * enlargement_;
  const int64_t height = size().h * enlargement_;
  for (int64_t cell = 0; cell < (by_channel() ? rows_ * columns_ : shown_); ++cell) {
    const int64_t row = cell / columns_;
    const int64_t column = cell % columns_;
    const TensorView<const float> filter = filters_.Sample(by_channel() ? row : cell);
    const GreyScale grey(Range(filter.span()), scale_);
    const float* weights = filter.data() + (by_channel() ? column * size().area() : 0);
    const int64_t left = x + column * cell_width_;
    const int64_t top = y + row * cell_height_;
    // A thin frame, so that white weights end somewhere.
    canvas.FillRectangle(Box(left - 1, top - 1, width + 2, height + 2), kFrame);
    canvas.Blit(DrawCell(weights, channels_ == 3 ? 3 : 1, size(), grey), left, top, enlargement_);
    if (!by_channel())
      canvas.Text(fmt::format("{}", cell), At(left + width / 2, top + height + 18), kNumber);
  }
}

// A strip from black to white that says what the greys mean, and below it the lines of text.
void Panel::DrawCaption(Canvas& canvas, int64_t x, int64_t y) const {
  constexpr int64_t kStripWidth = 128;
  constexpr int64_t kStripHeight = 14;
  Image strip(1, 1, kStripWidth);
  for (int64_t i = 0; i < kStripWidth; ++i)
    strip.pixels[static_cast<size_t>(i)] = static_cast<uint8_t>(255 * i / (kStripWidth - 1));
  const bool around_zero = scale_ == FilterScale::kAroundZero;
  const std::string low = around_zero ? "negative" : "lowest";
  const std::string high =
      around_zero ? "positive weights of each filter" : "highest weight of each filter";
  canvas.Text(low, At(x, y + kLineHeight), kCaption);
  const int64_t left = x + std::lround(canvas.TextWidth(low, kCaption)) + 10;
  canvas.FillRectangle(
      Box(left - 1, y + kLineHeight - kStripHeight, kStripWidth + 2, kStripHeight + 2), kFrame);
  for (int64_t line = 1; line <= kStripHeight; ++line)
    canvas.Blit(strip, left, y + kLineHeight - kStripHeight + line, 1);
  canvas.Text(high, At(left + kStripWidth + 10, y + kLineHeight), kCaption);
  for (const std::string& line : caption_) {
    y += kLineHeight;
    canvas.Text(line, At(x, y + kLineHeight), kCaption);
  }
}

void RequireFilters(TensorView<const float> filters, const FilterPictureOptions& options) {
  const Shape& shape = filters.shape();
  if (shape.rank() != 4)
    Fail("DrawFilters: expected filters of FN x C x FH x FW, found shape {}", shape.ToString());
  if (shape[2] > kMaxFilterSize || shape[3] > kMaxFilterSize)
    Fail("DrawFilters: expected filters of at most {} x {}, found shape {}", kMaxFilterSize,
         kMaxFilterSize, shape.ToString());
  if (options.max_filters < 1 || options.max_rows < 1 || options.max_columns < 1)
    Fail(
        "DrawFilters: expected limits of at least 1, found max_filters {}, max_rows {}, "
        "max_columns {}",
        options.max_filters, options.max_rows, options.max_columns);
}

// The title, a line about the shape, and the panels beside each other.
Image Compose(std::span<const Panel> panels, const Shape& shape,
              const FilterPictureOptions& options) {
  int64_t width = 2 * kMargin - kPanelGap;
  int64_t height = 0;
  for (const Panel& panel : panels) {
    width += panel.width() + kPanelGap;
    height = std::max(height, panel.height());
  }
  const int64_t title_height = options.title.empty() ? kLineHeight + 12 : kLineHeight + 52;
  Canvas canvas({.width = width, .height = title_height + height + 2 * kMargin});

  int64_t y = kMargin;
  if (!options.title.empty()) {
    TextStyle style = kTitle;
    style.max_width = static_cast<double>(width - 2 * kMargin);
    canvas.Text(options.title, At(kMargin, y + 26), style);
    y += 40;
  }
  canvas.Text(fmt::format("{} {} of {} x {}, {} {}", shape[0], shape[0] == 1 ? "filter" : "filters",
                          shape[2], shape[3], shape[1], shape[1] == 1 ? "channel" : "channels"),
              At(kMargin, y + 17), kCaption);
  int64_t x = kMargin;
  for (const Panel& panel : panels) {
    panel.Draw(canvas, x, kMargin + title_height);
    x += panel.width() + kPanelGap;
  }
  return canvas.ToImage();
}

}  // namespace

Image DrawFilters(TensorView<const float> filters, const FilterPictureOptions& options) {
  RequireFilters(filters, options);
  const Panel panel(filters, "", options);
  return Compose({&panel, 1}, filters.shape(), options);
}

Image DrawFiltersBeforeAfter(TensorView<const float> before, TensorView<const float> after,
                             const FilterPictureOptions& options) {
  RequireFilters(before, options);
  RequireFilters(after, options);
  if (!(before.shape() == after.shape()))
    Fail(
        "DrawFiltersBeforeAfter: the filters before and after must have the same shape, found {} "
        "and "
        "{}",
        before.shape().ToString(), after.shape().ToString());
  const Panel panels[] = {Panel(before, "before training", options),
                          Panel(after, "after training", options)};
  return Compose(panels, before.shape(), options);
}

}  // namespace ocellus
