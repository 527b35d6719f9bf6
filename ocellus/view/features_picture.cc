// The layout of feature pictures.
#include "ocellus/view/features_picture.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/formats/resize.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/view/colour_map.h"
#include "ocellus/view/probability_bars.h"
#include "ocellus/view/value_range.h"

namespace ocellus {
namespace {

constexpr int64_t kPageWidth = 1160;
constexpr int64_t kMapGap = 8;
constexpr int64_t kInputSize = 168;

double Largest(std::span<const float> values) { return ValueRange(values).largest(); }

std::string RangeText(std::span<const float> values) {
  const ValueRange range(values);
  if (range.not_finite > 0)
    return fmt::format("{} values are not finite (black)", range.not_finite);
  return fmt::format("from {:.3g} to {:.3g}", range.low, range.high);
}

// How large a map is drawn: small ones larger, so that each layer keeps a readable grid.
int64_t CellSize(int64_t longer_side) { return longer_side > 8 ? 104 : 56; }

Block MapsBlock(const LayerOutput& layer, int64_t shown) {
  const Shape& shape = layer.values.shape();
  const double largest = Largest(layer.values.span());
  const int64_t longer = std::max(shape[1], shape[2]);
  const int64_t size = CellSize(longer);
  std::vector<Block> cells;
  for (int64_t c = 0; c < shown; ++c) {
    Image map = SignedPicture(layer.values.view().Sample(c), largest);
    if (longer > size) {
      const auto scaled = [&](int64_t side) { return std::max<int64_t>(1, side * size / longer); };
      map = Resize(map, {scaled(map.height), scaled(map.width)});
    }
    cells.push_back(PictureBlock(std::move(map), std::max<int64_t>(1, size / longer)));
  }
  const int64_t columns = std::max<int64_t>(1, (kPageWidth + kMapGap) / (cells[0].width + kMapGap));
  // Rows of equal length where that costs no further row.
  const int64_t rows = CeilDivide(shown, columns);
  return Grid(cells, CeilDivide(shown, rows), kMapGap);
}

// A vector as bars from a line of zero.
Block BarsBlock(const LayerOutput& layer) {
  constexpr int64_t kHeight = 84;
  const auto count = layer.values.elements();
  const int64_t bar = std::clamp<int64_t>(kPageWidth / count, 2, 28);
  const double largest = Largest(layer.values.span());
  const double low = std::min(0.0, double{*std::ranges::min_element(layer.values.span())});
  const double high = std::max(0.0, double{*std::ranges::max_element(layer.values.span())});
  std::vector<float> values(layer.values.span().begin(), layer.values.span().end());
  return {
      .width = bar * count, .height = kHeight, .draw = [=](Canvas& canvas, int64_t x, int64_t y) {
        const double scale = high > low ? kHeight / (high - low) : 0;
        const double zero = std::round(static_cast<double>(y) + high * scale);
        for (size_t i = 0; i < values.size(); ++i) {
          const auto left = static_cast<double>(x + static_cast<int64_t>(i) * bar);
          const double length = std::isfinite(values[i]) ? values[i] * scale : 0;
          const Rectangle area{.x = left + 1,
                               .y = length > 0 ? zero - length : zero,
                               .width = static_cast<double>(bar) - (bar > 3 ? 2 : 1),
                               .height = std::abs(length)};
          canvas.FillRectangle(area, SignedColour(largest > 0 ? 0.7 * values[i] / largest +
                                                                    (values[i] < 0 ? -0.3 : 0.3)
                                                              : 0));
        }
        canvas.FillRectangle({static_cast<double>(x), zero, static_cast<double>(bar * count), 1},
                             colours::kSoftInk);
      }};
}

// A long vector as squares, row by row.
Block SquaresBlock(const LayerOutput& layer) {
  constexpr int64_t kColumns = 128;
  const int64_t rows = CeilDivide(layer.values.elements(), kColumns);
  Tensor<float> plane({rows, kColumns}, 0.0f);
  std::ranges::copy(layer.values.span(), plane.data());
  return PictureBlock(SignedPicture(plane, Largest(layer.values.span())), kPageWidth / kColumns);
}

Block HeadingBlock(const std::string& name, const std::string& text) {
  return Row({TextBlock(name, page::kHeading),
              Column({Block{.height = 3}, TextBlock(text, page::kCaption)}, 0)},
             14);
}

Block LayerBlock(const LayerOutput& layer, const FeaturesPictureOptions& options) {
  const Shape& shape = layer.values.shape();
  const std::string range = RangeText(layer.values.span());
  if (shape.rank() == 3) {
    const int64_t shown = std::min(shape[0], options.max_maps);
    std::string text = fmt::format("{}: {} {} of {} x {}, {}", layer.type, shape[0],
                                   shape[0] == 1 ? "map" : "maps", shape[1], shape[2], range);
    if (shown < shape[0]) text += fmt::format("; the first {} are shown", shown);
    return Column({HeadingBlock(layer.name, text), MapsBlock(layer, shown)}, 10);
  }
  constexpr int64_t kMaxBars = 400;
  const int64_t count = shape.elements();
  const std::string text =
      fmt::format("{}: {} {}, {}", layer.type, count, count == 1 ? "value" : "values", range);
  return Column(
      {HeadingBlock(layer.name, text), count <= kMaxBars ? BarsBlock(layer) : SquaresBlock(layer)},
      10);
}

Block InputBlock(const LayerOutput& input, const PixelRange& pixels) {
  const Shape& shape = input.values.shape();
  const int64_t longer = std::max(shape[1], shape[2]);
  Image picture = ToPicture(input.values, pixels);
  if (longer > 2 * kInputSize) {
    const auto scaled = [&](int64_t side) {
      return std::max<int64_t>(1, side * 2 * kInputSize / longer);
    };
    picture = Resize(picture, {scaled(shape[1]), scaled(shape[2])});
  }
  return Column({HeadingBlock("input", fmt::format("{} of {} x {} pixels",
                                                   shape[0] == 1 ? "grey image" : "colour image",
                                                   shape[1], shape[2])),
                 PictureBlock(std::move(picture), std::max<int64_t>(1, kInputSize / longer))},
                10);
}

Block ProbabilitiesBlock(const LayerOutput& scores, const FeaturesPictureOptions& options) {
  constexpr int64_t kTop = 10;
  Tensor<float> probabilities({1, scores.values.elements()});
  SoftmaxForward(scores.values.view().Reshape(probabilities.shape()), probabilities,
                 {DefaultThreadPool(), {}});
  return Column({HeadingBlock("softmax", "probability of each class"),
                 ProbabilityBars(probabilities.span(), options.class_names, kTop)},
                10);
}

}  // namespace

Image DrawFeatures(std::span<const LayerOutput> layers, const FeaturesPictureOptions& options) {
  constexpr int64_t kSectionGap = 30;
  if (layers.empty()) Fail("DrawFeatures: expected at least the network's input, found nothing");
  if (options.max_maps < 1) {
    Fail("DrawFeatures: max_maps: expected 1 or more, found {}", options.max_maps);
  }
  std::vector<Block> sections = {InputBlock(layers[0], options.pixels)};
  for (const LayerOutput& layer : layers.subspan(1)) sections.push_back(LayerBlock(layer, options));
  if (layers.back().values.shape().rank() == 1) {
    sections.push_back(ProbabilitiesBlock(layers.back(), options));
  }
  const Block strip = ColourStrip("below zero", "above zero; each layer has a scale of its own",
                                  [](double place) { return SignedColour(2 * place - 1); });
  sections.insert(sections.begin(), strip);
  return DrawPage(options.title, {}, Column(std::move(sections), kSectionGap));
}

}  // namespace ocellus
