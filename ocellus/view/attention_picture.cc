// Heat over pictures.
#include "ocellus/view/attention_picture.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/formats/resize.h"
#include "ocellus/view/colour_map.h"
#include "ocellus/view/page.h"
#include "ocellus/view/probability_bars.h"

namespace ocellus {
namespace {

constexpr int64_t kPanelSize = 340;

// The map at a place of a picture that it is stretched over; 0 to 1 along each axis.
double Sample(TensorView<const float> map, double vertical, double horizontal) {
  const auto locate = [](double place, int64_t count) {
    return std::clamp(place * static_cast<double>(count) - 0.5, 0.0,
                      static_cast<double>(count - 1));
  };
  const double y = locate(vertical, map.shape()[0]);
  const double x = locate(horizontal, map.shape()[1]);
  const auto y0 = static_cast<int64_t>(y);
  const auto x0 = static_cast<int64_t>(x);
  const int64_t y1 = std::min(y0 + 1, map.shape()[0] - 1);
  const int64_t x1 = std::min(x0 + 1, map.shape()[1] - 1);
  const double above = std::lerp(double{map.At(y0, x0)}, double{map.At(y0, x1)}, x - std::floor(x));
  const double below = std::lerp(double{map.At(y1, x0)}, double{map.At(y1, x1)}, x - std::floor(x));
  return std::lerp(above, below, y - std::floor(y));
}

double LargestOf(TensorView<const float> map) {
  double largest = 0;
  for (const float value : map.span()) largest = std::max<double>(largest, value);
  return largest;
}

// Occlusion that changes a probability by less says nothing: what is left is rounding.
constexpr double kLeastDrop = 0.005;

// The map divided by `largest`, without what is below 0.
Tensor<float> Scaled(TensorView<const float> map, double largest) {
  Tensor<float> scaled(map.shape());
  std::ranges::transform(map.span(), scaled.data(), [&](float value) {
    return largest > 0 ? static_cast<float>(std::max(0.0, value / largest)) : 0.0f;
  });
  return scaled;
}

Tensor<float> Drops(const OcclusionMap& occlusion) {
  Tensor<float> drops(occlusion.occluded.shape());
  std::ranges::transform(occlusion.occluded.span(), drops.data(), [&](float probability) {
    return static_cast<float>(occlusion.probability - probability);
  });
  return drops;
}

// The picture as it is, if its pixels enlarged to sharp squares nearly fill a panel; otherwise
// stretched smoothly to the panel's size, so that there is room for what is written below it.
Image ForPanel(const Image& picture) {
  const int64_t longer = std::max(picture.height, picture.width);
  if (2 * longer <= kPanelSize || longer == kPanelSize) return picture;
  const auto scaled = [&](int64_t side) {
    return std::max<int64_t>(1, (side * kPanelSize + longer / 2) / longer);
  };
  return Resize(picture, {scaled(picture.height), scaled(picture.width)});
}

// A picture under a heading, and under it what it means; text is as wide as the picture, or as a
// panel if the picture is narrow.
Block Panel(const std::string& heading, Image picture, int64_t enlargement,
            const std::vector<Block>& meaning, const std::string& caption) {
  Block image = PictureBlock(std::move(picture), enlargement);
  TextStyle heading_style = page::kHeading;
  TextStyle caption_style = page::kCaption;
  heading_style.max_width = caption_style.max_width =
      static_cast<double>(std::max(image.width, kPanelSize));
  std::vector<Block> blocks = {TextBlock(heading, heading_style), std::move(image)};
  blocks.insert(blocks.end(), meaning.begin(), meaning.end());
  blocks.push_back(TextBlock(caption, caption_style));
  return Column(std::move(blocks), 8);
}

}  // namespace

Image OverlayHeat(const Image& picture, TensorView<const float> map, int64_t enlargement) {
  Image overlay(3, picture.height * enlargement, picture.width * enlargement);
  for (int64_t y = 0; y < overlay.height; ++y) {
    for (int64_t x = 0; x < overlay.width; ++x) {
      const auto pixel = [&](int64_t c) {
        return picture.At(picture.channels == 3 ? c : 0, y / enlargement, x / enlargement);
      };
      const double value =
          Sample(map, (static_cast<double>(y) + 0.5) / static_cast<double>(overlay.height),
                 (static_cast<double>(x) + 0.5) / static_cast<double>(overlay.width));
      // What counts little stays visible as it is; what counts most still shows through.
      const double cover = 0.35 + 0.4 * std::clamp(value, 0.0, 1.0);
      const Colour mixed = Mix({pixel(0), pixel(1), pixel(2)}, HeatColour(value), cover);
      overlay.At(0, y, x) = mixed.red;
      overlay.At(1, y, x) = mixed.green;
      overlay.At(2, y, x) = mixed.blue;
    }
  }
  return overlay;
}

Image DrawAttention(const Attention& attention) {
  constexpr int64_t kTop = 5;
  if (attention.picture.pixels.empty()) Fail("DrawAttention: expected a picture, found none");
  const Image shown = ForPanel(attention.picture);
  const int64_t enlargement = EnlargementFor(std::max(shown.height, shown.width), kPanelSize);
  const std::string target = ClassName(attention.class_names, attention.target);
  const Tensor<float> drops = Drops(attention.occlusion);
  const double largest_drop = LargestOf(drops);

  const auto heat = [](double place) { return HeatColour(place); };
  const bool has_cam = LargestOf(attention.cam) > 0;
  const Extent& seen = attention.input_size;
  const bool is_seen_as_it_is = seen == Extent(attention.picture.height, attention.picture.width);
  const Block picture = Panel(
      "picture", ToColour(shown), enlargement, {},
      is_seen_as_it_is ? "" : fmt::format("the network sees it as {} x {} pixels", seen.h, seen.w));
  const Block cam =
      Panel(fmt::format("Grad-CAM at {}", attention.cam_layer),
            OverlayHeat(shown, Scaled(attention.cam, LargestOf(attention.cam)), enlargement), 1,
            {ColourStrip("nothing", "most", heat)},
            has_cam ? fmt::format("{} x {} places, and what in them speaks for {}",
                                  attention.cam.shape()[0], attention.cam.shape()[1], target)
                    : fmt::format("nothing that the layer sees speaks for {}", target));
  const Block occlusion =
      Panel(fmt::format("occlusion by {} x {} pixels", attention.occlusion.size,
                        attention.occlusion.size),
            OverlayHeat(shown, Scaled(drops, std::max(largest_drop, kLeastDrop)), enlargement), 1,
            {ColourStrip("no loss", "most", heat)},
            largest_drop < kLeastDrop
                ? fmt::format("whatever is hidden, {} stays at {:.2f}%", target,
                              100 * attention.occlusion.probability)
                : fmt::format("hidden at worst, {} falls from {:.2f}% to {:.2f}%", target,
                              100 * attention.occlusion.probability,
                              100 * (attention.occlusion.probability - largest_drop)));
  const Block bars = ProbabilityBars(attention.probabilities, attention.class_names, kTop);
  return DrawPage(attention.title, {fmt::format("what speaks for class {}", target)},
                  Column({Row({picture, cam, occlusion}, 36), bars}, 28));
}

}  // namespace ocellus
