// Collecting and drawing what excites units.
#include "ocellus/view/unit_pictures.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "ocellus/base/error.h"
#include "ocellus/formats/resize.h"
#include "ocellus/view/page.h"
#include "ocellus/view/pixel_range.h"
#include "ocellus/view/top_patches.h"

namespace ocellus {
namespace {

// The box of a picture, as a colour picture; what is outside of it has kOutsideImage.
Image Cut(const Image& picture, const PixelBox& box) {
  Image cut(3, box.size.h, box.size.w);
  for (int64_t y = 0; y < box.size.h; ++y) {
    for (int64_t x = 0; x < box.size.w; ++x) {
      const int64_t iy = box.top + y;
      const int64_t ix = box.left + x;
      const bool inside = iy >= 0 && iy < picture.height && ix >= 0 && ix < picture.width;
      const int64_t green = picture.channels == 3 ? 1 : 0;
      const int64_t blue = picture.channels == 3 ? 2 : 0;
      cut.At(0, y, x) = inside ? picture.At(0, iy, ix) : kOutsideImage.red;
      cut.At(1, y, x) = inside ? picture.At(green, iy, ix) : kOutsideImage.green;
      cut.At(2, y, x) = inside ? picture.At(blue, iy, ix) : kOutsideImage.blue;
    }
  }
  return cut;
}

// What to show of a picture if a unit sees this box of it: all of it if the unit sees that much.
PixelBox Shown(const PixelBox& field, Extent picture) {
  const bool sees_all = field.size.h >= picture.h && field.size.w >= picture.w;
  return sees_all ? PixelBox{.size = picture} : field;
}

// A patch in a square of `size` pixels: its pixels as sharp squares, or stretched smoothly where a
// whole number of times would leave much of the room empty.
Block PatchBlock(const Image& patch, int64_t size) {
  const int64_t longer = std::max(patch.height, patch.width);
  if (2 * longer > size && longer != size) {
    const auto scaled = [&](int64_t side) {
      return std::max<int64_t>(1, (side * size + longer / 2) / longer);
    };
    return PatchBlock(Resize(patch, {scaled(patch.height), scaled(patch.width)}), size);
  }
  // In a white square, so that all patches take the same room.
  const int64_t enlargement = size / longer;
  Block block = PictureBlock(patch, enlargement);
  const int64_t left = (size - block.width) / 2;
  const int64_t top = (size - block.height) / 2;
  return {.width = size,
          .height = size,
          .draw = [block = std::move(block), left, top](Canvas& canvas, int64_t x, int64_t y) {
            block.draw(canvas, x + left, y + top);
          }};
}

Block UnitBlock(const UnitPictures& unit) {
  constexpr int64_t kMadeSize = 120;
  constexpr int64_t kGap = 6;
  constexpr int64_t kPatchSize = (kMadeSize - kGap) / 2;
  std::vector<Block> patches;
  for (const Image& patch : unit.patches) patches.push_back(PatchBlock(patch, kPatchSize));
  const auto columns = std::max<int64_t>(1, (std::ssize(patches) + 1) / 2);
  const std::string name = unit.name.empty() ? std::to_string(unit.unit) : unit.name;
  const std::string caption =
      unit.patch_activations.empty()
          ? fmt::format("{}:  {:.3g}", name, unit.made_activation)
          : fmt::format("{}:  {:.3g}, patches {:.3g} to {:.3g}", name, unit.made_activation,
                        unit.patch_activations.front(), unit.patch_activations.back());
  Block pictures = Row({PatchBlock(unit.made, kMadeSize), Grid(patches, columns, kGap)}, 2 * kGap);
  TextStyle style = page::kSmall;
  style.max_width = static_cast<double>(std::max<int64_t>(pictures.width, 2 * kMadeSize));
  return Column({std::move(pictures), TextBlock(caption, style)}, 4);
}

// Whether the units of a layer are the classes' scores: nothing but Softmax is behind it.
bool IsOfClasses(const Network& network, int node) {
  const std::span<const Node> nodes = network.nodes();
  return std::ranges::all_of(nodes.subspan(static_cast<size_t>(node) + 1),
                             [](const Node& n) { return n.layer->type() == "Softmax"; });
}

}  // namespace

LayerUnits ExploreUnits(const Model& model, int node, const Dataset& dataset,
                        const ExploreUnitsOptions& options) {
  const Network& network = model.network;
  const ExcitingPictures made =
      MaximizeActivation(network, node, options.units, model.preprocessing, options.ascent);
  const auto top =
      FindTopPatches(network, node, dataset, model.preprocessing, options.patches, options.search);
  const PixelRange range = PixelRangeOf(model.preprocessing, network.input_shape()[0]);
  LayerUnits result{.layer = network.name_of(node),
                    .unit_count = UnitCount(network, node),
                    .field = made.field.size,
                    .units = {}};
  const Extent picture{network.input_shape()[1], network.input_shape()[2]};
  Tensor<float> image(network.input_shape().Batch(1));
  const bool has_names =
      IsOfClasses(network, node) && std::ssize(model.class_names) == result.unit_count;
  for (size_t i = 0; i < options.units.size(); ++i) {
    UnitPictures unit{.unit = options.units[i]};
    if (has_names) unit.name = model.class_names[static_cast<size_t>(unit.unit)];
    unit.made = Cut(ToPicture(made.pictures.view().Sample(static_cast<int64_t>(i)), range),
                    Shown(made.field, picture));
    unit.made_activation = made.activations[i];
    for (const Excitation& excitation : top[static_cast<size_t>(unit.unit)]) {
      std::array<int32_t, 1> label{};
      dataset.Read(std::array<int64_t, 1>{excitation.sample}, image, label);
      model.preprocessing.Apply(image.view());
      unit.patches.push_back(Cut(ToPicture(image.view().Sample(0), range),
                                 Shown(ReceptiveField(network, node, excitation.place), picture)));
      unit.patch_activations.push_back(excitation.activation);
    }
    result.units.push_back(std::move(unit));
  }
  return result;
}

Image DrawUnits(std::span<const LayerUnits> layers, const std::string& title,
                const std::vector<std::string>& lines) {
  constexpr int64_t kColumns = 3;
  constexpr int64_t kUnitGap = 26;
  constexpr int64_t kSectionGap = 34;
  std::vector<Block> sections;
  for (const LayerUnits& layer : layers) {
    if (layer.units.empty()) continue;
    std::vector<Block> blocks;
    for (const UnitPictures& unit : layer.units) blocks.push_back(UnitBlock(unit));
    const auto shown = std::ssize(layer.units);
    std::string text = fmt::format("{} units, each sees {} x {} pixels", layer.unit_count,
                                   layer.field.h, layer.field.w);
    if (shown < layer.unit_count)
      text += fmt::format("; {} {} shown", shown, shown == 1 ? "is" : "are");
    sections.push_back(
        Column({Row({TextBlock(layer.layer, page::kHeading),
                     Column({Block{.height = 3}, TextBlock(text, page::kCaption)}, 0)},
                    14),
                Grid(blocks, kColumns, kUnitGap)},
               12));
  }
  if (sections.empty()) Fail("DrawUnits: expected at least one unit, found none");
  return DrawPage(title, lines, Column(std::move(sections), kSectionGap));
}

}  // namespace ocellus
