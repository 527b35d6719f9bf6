// Feature pictures: what stands where, and in which colour.
#include "ocellus/view/features_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/view/colour_map.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

std::vector<LayerOutput> SmallLayers() {
  std::vector<LayerOutput> layers;
  layers.push_back({"input", "", TensorOf<float>({1, 2, 2}, {0, 255, 128, 64})});
  layers.push_back(
      {"conv1", "Convolution", TensorOf<float>({2, 2, 2}, {-2, 0, 1, 2, -1, 1, 0, 0.5})});
  layers.push_back({"affine1", "Affine", TensorOf<float>({3}, {1, -1, 4})});
  return layers;
}

FeaturesPictureOptions Options() {
  return {
      .title = "What it sees", .pixels = PixelRangeOf({}, 1), .class_names = {"ape", "bee", "cat"}};
}

int64_t CountAll(const Image& picture, Colour colour) {
  return CountColour(picture,
                     {.x = 0,
                      .y = 0,
                      .width = static_cast<double>(picture.width),
                      .height = static_cast<double>(picture.height)},
                     colour);
}

TEST(DrawFeatures, ColoursEachMapOnTheScaleOfItsLayer) {
  const Image picture = DrawFeatures(SmallLayers(), Options());
  // A map of 2 x 2 is drawn 56 pixels wide, so each value is 28 x 28 pixels.
  constexpr int64_t kValue = 28 * 28;
  EXPECT_EQ(CountAll(picture, SignedColour(-0.25)), 0);
  EXPECT_EQ(CountAll(picture, SignedColour(0.25)), kValue);
  EXPECT_GE(CountAll(picture, SignedColour(0.5)), 2 * kValue);
  EXPECT_GE(CountAll(picture, SignedColour(-0.5)), kValue);
  EXPECT_GE(CountAll(picture, SignedColour(-1)), kValue);
}

// The first and the last row that have this colour; 0 and -1 if none has.
std::pair<int64_t, int64_t> RowsOf(const Image& picture, Colour colour) {
  std::pair<int64_t, int64_t> rows = {0, -1};
  for (int64_t y = 0; y < picture.height; ++y) {
    const Rectangle row{.x = 0,
                        .y = static_cast<double>(y),
                        .width = static_cast<double>(picture.width),
                        .height = 1};
    if (CountColour(picture, row, colour) == 0) continue;
    if (rows.second < 0) rows.first = y;
    rows.second = y;
  }
  return rows;
}

TEST(DrawFeatures, DrawsVectorsAsBarsFromZero) {
  std::vector<LayerOutput> layers = SmallLayers();
  const Image picture = DrawFeatures(layers, Options());
  // 1, -1 and 4 in bars 26 pixels wide and 84 high; a quarter of the largest is 0.3 + 0.7 / 4 deep.
  const Colour above = SignedColour(0.475), below = SignedColour(-0.475);
  EXPECT_NEAR(static_cast<double>(CountAll(picture, above)), 26 * 84 / 5.0, 2 * 26);
  EXPECT_NEAR(static_cast<double>(CountAll(picture, below)), 26 * 84 / 5.0, 2 * 26);
  EXPECT_LT(RowsOf(picture, above).second, RowsOf(picture, below).first);
}

TEST(DrawFeatures, DrawsLongVectorsAsSquares) {
  std::vector<LayerOutput> layers = SmallLayers();
  layers.resize(1);
  layers.push_back({"affine1", "Affine", Tensor<float>({500}, 0.0f)});
  layers.back().values[499] = 2;
  layers.back().values[130] = -2;
  const Image picture = DrawFeatures(layers, Options());
  // Four rows of 128 squares of 9 x 9; and 14 pixels of the colour strip.
  EXPECT_EQ(CountAll(picture, SignedColour(1)), 81 + 14);
  EXPECT_EQ(RowsOf(picture, SignedColour(1)).second,
            RowsOf(picture, SignedColour(-1)).second + 2 * 9);
}

TEST(DrawFeatures, NamesLayersInTheirOrder) {
  const Image picture = DrawFeatures(SmallLayers(), Options());
  const auto input = FindText(picture, "input", page::kHeading);
  const auto conv = FindText(picture, "conv1", page::kHeading);
  const auto affine = FindText(picture, "affine1", page::kHeading);
  ASSERT_TRUE(input && conv && affine);
  EXPECT_LT(input->y, conv->y);
  EXPECT_LT(conv->y, affine->y);
  EXPECT_TRUE(ShowsText(picture, "grey image of 2 x 2 pixels", page::kCaption));
  EXPECT_TRUE(ShowsText(picture, "Convolution: 2 maps of 2 x 2, from -2 to 2", page::kCaption));
  EXPECT_TRUE(ShowsText(picture, "Affine: 3 values, from -1 to 4", page::kCaption));
}

TEST(DrawFeatures, ShowsTheInputAsItIs) {
  const Image picture = DrawFeatures(SmallLayers(), Options());
  constexpr int64_t kPixel = 84 * 84;
  EXPECT_EQ(CountAll(picture, {64, 64, 64}), kPixel);
  EXPECT_EQ(CountAll(picture, {128, 128, 128}), kPixel);
}

TEST(DrawFeatures, EndsWithTheProbabilitiesOfTheClasses) {
  const std::vector<LayerOutput> layers = SmallLayers();
  const Image with = DrawFeatures(layers, Options());
  const Image without = DrawFeatures(std::span(layers).first(2), Options());
  EXPECT_GT(with.height, without.height + 200);
  // The first class has exp(4) / (exp(4) + exp(1) + exp(-1)) = 94.6% of a bar of 280 pixels.
  EXPECT_NEAR(static_cast<double>(CountAll(with, colours::kBlue)), 280 * 0.9462 * 18, 40);
  EXPECT_EQ(CountAll(without, colours::kBlue), 0);
}

TEST(DrawFeatures, LeavesOutMapsBeyondTheLimit) {
  std::vector<LayerOutput> layers = SmallLayers();
  layers.resize(1);
  layers.push_back({"conv1", "Convolution", Tensor<float>({100, 20, 20}, 1.0f)});
  FeaturesPictureOptions options = Options();
  options.max_maps = 3;
  const Image few = DrawFeatures(layers, options);
  options.max_maps = 100;
  EXPECT_GT(DrawFeatures(layers, options).height, few.height + 400);
  EXPECT_EQ(CountAll(few, SignedColour(1)), 3 * 100 * 100 + 14);  // and the colour strip's end
}

TEST(DrawFeatures, TakesAnyShapeAndValue) {
  for (const Shape& shape : {Shape{1, 1, 1}, Shape{2, 227, 3}, Shape{3, 1, 300}, Shape{1},
                             Shape{399}, Shape{401}, Shape{4096}, Shape{70, 2, 2}}) {
    for (const double value : {0.0, -1e30, kInfinity, kNan}) {
      std::vector<LayerOutput> layers = SmallLayers();
      layers.resize(1);
      layers.push_back({"layer", "Any", Tensor<float>(shape, static_cast<float>(value))});
      EXPECT_NO_THROW(DrawFeatures(layers, Options())) << shape.ToString() << " " << value;
    }
  }
}

TEST(DrawFeatures, RefusesWhatItCannotDraw) {
  EXPECT_THAT(ErrorText([] { DrawFeatures({}, Options()); }), testing::HasSubstr("found nothing"));
  FeaturesPictureOptions options = Options();
  options.max_maps = 0;
  EXPECT_EQ(ErrorText([&] { DrawFeatures(SmallLayers(), options); }),
            "DrawFeatures: max_maps: expected 1 or more, found 0");
}

}  // namespace
}  // namespace ocellus
