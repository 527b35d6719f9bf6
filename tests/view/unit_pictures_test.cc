// What is collected about units, and that it is drawn.
#include "ocellus/view/unit_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/softmax_layer.h"
#include "ocellus/view/page.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

// One filter that looks for a bright pixel right of a dark one.
Model EdgeModel() {
  Network net({1, 4, 4});
  net.Add(Convolution{.filters = 1, .kernel_size = {1, 2}, .padding = {0, 1}})
      .Add(Affine{.units = 2});
  net.Initialize(1);
  net.SetParameter(0, TensorOf<float>({1, 1, 1, 2}, {-1, 1}));
  return {.network = std::move(net), .preprocessing = {.scale = 1.0 / 255}};
}

InMemoryDataset Pictures() {
  Tensor<float> images({2, 1, 4, 4}, 0.0f);
  images.At(0, 0, 2, 3) = 200;  // bright after dark, strength 200
  images.At(1, 0, 1, 0) = 250;  // bright after the padding, strength 250
  images.At(1, 0, 1, 1) = 250;
  return {std::move(images), {0, 1}, {"a", "b"}, "two pictures"};
}

TEST(ExploreUnits, CutsPatchesToWhatTheUnitSees) {
  const LayerUnits units = ExploreUnits(EdgeModel(), 0, Pictures(),
                                        {.units = {0}, .patches = 3, .ascent = {.contrast = 1}});
  EXPECT_EQ(units.layer, "conv1");
  EXPECT_EQ(units.unit_count, 1);
  EXPECT_EQ(units.field, (Extent{1, 2}));
  ASSERT_EQ(units.units.size(), 1u);
  const UnitPictures& unit = units.units[0];
  ASSERT_EQ(unit.patches.size(), 2u);  // there are no more pictures
  EXPECT_EQ(PixelAt(unit.patches[0], 0, 0), kOutsideImage);
  EXPECT_EQ(PixelAt(unit.patches[0], 1, 0), (Colour{250, 250, 250}));
  EXPECT_EQ(PixelAt(unit.patches[1], 0, 0), (Colour{0, 0, 0}));
  EXPECT_EQ(PixelAt(unit.patches[1], 1, 0), (Colour{200, 200, 200}));
  EXPECT_FLOAT_EQ(unit.patch_activations[0], 250 / 255.0f);
  EXPECT_FLOAT_EQ(unit.patch_activations[1], 200 / 255.0f);
  // Gradient ascent finds the same: dark, then bright.
  EXPECT_LT(unit.made.At(0, 0, 0), 30);
  EXPECT_GT(unit.made.At(0, 0, 1), 225);
  EXPECT_GT(unit.made_activation, 0.8f);
}

TEST(ExploreUnits, ShowsEachUnitItsOwnPatchInColour) {
  // Filters as high as the picture and one pixel wide; one for red, one for blue.
  Network net({3, 4, 5});
  net.Add(Convolution{.filters = 2, .kernel_size = {4, 1}});
  net.Initialize(1);
  Tensor<float> weights({2, 3, 4, 1}, 0.0f);
  for (int64_t ky = 0; ky < 4; ++ky) {
    weights.At(0, 0, ky, 0) = 1;
    weights.At(1, 2, ky, 0) = 1;
  }
  net.SetParameter(0, weights);
  Tensor<float> images({2, 3, 4, 5}, 0.0f);
  for (int64_t y = 0; y < 4; ++y) {
    const std::array<std::array<float, 3>, 2> colours = {{{250, 10, 20}, {5, 15, 240}}};
    for (int64_t c = 0; c < 3; ++c) {
      images.At(0, c, y, 1) = colours[0][static_cast<size_t>(c)];
      images.At(1, c, y, 3) = colours[1][static_cast<size_t>(c)];
    }
  }
  const InMemoryDataset data(std::move(images), {0, 1}, {"red", "blue"}, "two pictures");
  const Model model{.network = std::move(net), .preprocessing = {.scale = 1.0 / 255}};
  const LayerUnits units = ExploreUnits(model, 0, data, {.units = {1, 0}, .patches = 1});
  const Image& blue = units.units[0].patches[0];
  const Image& red = units.units[1].patches[0];
  EXPECT_EQ(blue.height, 4);
  EXPECT_EQ(blue.width, 1);
  EXPECT_EQ(PixelAt(blue, 0, 2), (Colour{5, 15, 240}));
  EXPECT_EQ(PixelAt(red, 0, 2), (Colour{250, 10, 20}));
}

TEST(ExploreUnits, TakesVectorsToo) {
  const LayerUnits units =
      ExploreUnits(EdgeModel(), 1, Pictures(), {.units = {1, 0}, .patches = 1});
  EXPECT_EQ(units.unit_count, 2);
  ASSERT_EQ(units.units.size(), 2u);
  EXPECT_EQ(units.units[0].unit, 1);
  EXPECT_EQ(units.units[0].patches[0].width, 4);
  EXPECT_THAT(ErrorText([] { ExploreUnits(EdgeModel(), 1, Pictures(), {.units = {2}}); }),
              testing::HasSubstr("affine1: unit: expected 0 to 1, found 2"));
}

TEST(ExploreUnits, NamesTheUnitsThatAreClasses) {
  Model model = EdgeModel();
  const auto names = [&](int node) {
    const LayerUnits layer = ExploreUnits(model, node, Pictures(), {.units = {0}, .patches = 1});
    return layer.units[0].name;
  };
  EXPECT_EQ(names(1), "") << "the file has none";
  model.class_names = {"left", "right"};
  EXPECT_EQ(names(0), "") << "no class";
  EXPECT_EQ(names(1), "left");
  model.network = Network({1, 4, 4});
  model.network.Add(Affine{.units = 2}).Add(Affine{.units = 2}).Add(Softmax{});
  model.network.Initialize(1);
  EXPECT_EQ(names(0), "") << "as many, but no classes";
  EXPECT_EQ(names(1), "left");
  EXPECT_EQ(names(2), "left");
}

TEST(DrawUnits, DrawsTheMadePictureAndThePatches) {
  UnitPictures unit{.unit = 3, .made = Image(3, 5, 5, 40), .made_activation = 2.5f};
  unit.patches = {Image(3, 5, 5, 90), Image(3, 5, 5, 140)};
  unit.patch_activations = {2, 1};
  LayerUnits layer{.layer = "conv1", .unit_count = 8, .field = 5, .units = {unit}};
  const Image one = DrawUnits({&layer, 1}, "Units");
  const Rectangle all{.x = 0,
                      .y = 0,
                      .width = static_cast<double>(one.width),
                      .height = static_cast<double>(one.height)};
  EXPECT_EQ(CountColour(one, all, {40, 40, 40}), 120 * 120);
  EXPECT_EQ(CountColour(one, all, {90, 90, 90}), 55 * 55);
  EXPECT_EQ(CountColour(one, all, {140, 140, 140}), 55 * 55);
  EXPECT_TRUE(ShowsText(one, "8 units, each sees 5 x 5 pixels; 1 is shown", page::kCaption));
  EXPECT_TRUE(ShowsText(one, "3:  2.5, patches 2 to 1", page::kSmall));
  layer.units[0].name = "cat";
  EXPECT_TRUE(
      ShowsText(DrawUnits({&layer, 1}, "Units"), "cat:  2.5, patches 2 to 1", page::kSmall));
  layer.units = {unit, unit, unit, unit};
  EXPECT_GT(DrawUnits({&layer, 1}, "Units").height, one.height + 120);
  const LayerUnits two[] = {layer, layer};
  EXPECT_GT(DrawUnits(two, "Units").height, DrawUnits({&layer, 1}, "Units").height + 300);
}

TEST(DrawUnits, PutsNarrowPatchesInTheMiddle) {
  UnitPictures unit{.made = Image(3, 5, 5, 40)};
  unit.patches = {Image(3, 30, 1, 90)};  // becomes 57 x 2
  unit.patch_activations = {1};
  const LayerUnits layer{.layer = "conv1", .unit_count = 1, .field = {30, 1}, .units = {unit}};
  const Image picture = DrawUnits({&layer, 1}, "");
  int64_t first = 0;
  const auto has_colour = [&](int64_t x) {
    const Rectangle column{.x = static_cast<double>(x),
                           .y = 0,
                           .width = 1,
                           .height = static_cast<double>(picture.height)};
    return CountColour(picture, column, {90, 90, 90}) > 0;
  };
  while (first < picture.width && !has_colour(first)) ++first;
  EXPECT_EQ(first, page::kMargin + 120 + 12 + (57 - 2) / 2);
}

TEST(DrawUnits, TakesLargeAndLongPatches) {
  UnitPictures unit{.made = Image(3, 227, 227, 40)};
  unit.patches = {Image(3, 1, 300, 90), Image(3, 300, 2, 90), Image(3, 1, 1, 0)};
  unit.patch_activations = {1, 1, 1};
  const LayerUnits layer{.layer = "conv5", .unit_count = 1, .field = 227, .units = {unit}};
  EXPECT_NO_THROW(DrawUnits({&layer, 1}, ""));
  EXPECT_EQ(ErrorText([] { DrawUnits({}, ""); }),
            "DrawUnits: expected at least one unit, found none");
}

}  // namespace
}  // namespace ocellus
