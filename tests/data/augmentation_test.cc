// Crops, mirrors and colours at random, and that they are no more random than the seed.
#include "ocellus/data/augmentation.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include "tests/support/error_text.h"

namespace ocellus {
namespace {

const Shape kImage{3, 6, 9};
const Shape kInput{3, 4, 5};

Tensor<float> Counting(const Shape& shape) {
  Tensor<float> image(shape);
  for (int64_t i = 0; i < image.elements(); ++i) image[i] = static_cast<float>(i);
  return image;
}

TEST(Augment, CutsMirrorsAndAddsTheColour) {
  const Tensor<float> image = Counting(kImage);
  for (const bool mirrored : {false, true}) {
    Tensor<float> input(kInput, std::nanf(""));
    Augment(image, {.top = 2, .left = 1, .mirrored = mirrored, .colour = {0.5f, -1, 2}}, input);
    const std::array<float, 3> colour{0.5f, -1, 2};
    for (int64_t c = 0; c < 3; ++c) {
      for (int64_t y = 0; y < 4; ++y) {
        for (int64_t x = 0; x < 5; ++x) {
          const int64_t from = mirrored ? 1 + 4 - x : 1 + x;
          ASSERT_EQ(input.At(c, y, x), image.At(c, y + 2, from) + colour[static_cast<size_t>(c)]);
        }
      }
    }
  }
}

TEST(Draw, IsEvenOverAllPlacesAndSides) {
  std::map<std::pair<int64_t, int64_t>, int> places;
  int mirrored = 0;
  constexpr int kDraws = 15000;
  Random random(1, 0);
  for (int i = 0; i < kDraws; ++i) {
    const AugmentationDraw draw = Draw({.mirror = true, .colours = {}}, kImage, kInput, random);
    ++places[{draw.top, draw.left}];
    mirrored += draw.mirrored;
    EXPECT_EQ(draw.colour, (std::array<float, 3>{}));
  }
  EXPECT_EQ(places.size(), 3u * 5u);
  // 1000 each with a standard deviation of 31; 7500 with 61.
  for (const auto& [place, count] : places) EXPECT_NEAR(count, kDraws / 15, 5 * 31);
  EXPECT_NEAR(mirrored, kDraws / 2, 5 * 61);
}

TEST(Draw, MirrorsOnlyIfAskedToAndIsAFunctionOfTheGenerator) {
  for (uint64_t stream = 0; stream < 50; ++stream) {
    Random one(1, stream), two(1, stream), three(1, stream);
    const AugmentationDraw plain = Draw({.colours = {}}, kImage, kInput, one);
    const AugmentationDraw mirror = Draw({.mirror = true, .colours = {}}, kImage, kInput, two);
    const AugmentationDraw again = Draw({.mirror = true, .colours = {}}, kImage, kInput, three);
    EXPECT_FALSE(plain.mirrored);
    EXPECT_EQ(plain.top, mirror.top);
    EXPECT_EQ(plain.left, mirror.left);
    EXPECT_EQ(mirror.mirrored, again.mirrored);
  }
}

TEST(Draw, AddsTheComponentsWithTheGivenDeviation) {
  // Two components at right angles, of lengths 5 and 2, and nothing along the third axis.
  const PixelStatistics colours{
      .channels = 3, .mean = {}, .std = {}, .components = {3, 4, 0, 1.6, -1.2, 0, 0, 0, 0}};
  const Augmentation augmentation{.colour_sigma = 0.1, .colours = colours};
  augmentation.Validate(3);
  constexpr int kDraws = 20000;
  double along_first = 0, along_second = 0, across = 0;
  Random random(3, 0);
  for (int i = 0; i < kDraws; ++i) {
    const AugmentationDraw draw = Draw(augmentation, kImage, kInput, random);
    const auto r = static_cast<double>(draw.colour[0]), g = static_cast<double>(draw.colour[1]);
    EXPECT_EQ(draw.colour[2], 0);
    const double first = 0.6 * r + 0.8 * g, second = 0.8 * r - 0.6 * g;
    along_first += first * first / kDraws;
    along_second += second * second / kDraws;
    across += first * second / kDraws;
  }
  // The relative standard deviation of a measured variance is sqrt(2 / draws): 1%.
  EXPECT_NEAR(along_first, 0.25, 0.0125);
  EXPECT_NEAR(along_second, 0.04, 0.002);
  EXPECT_NEAR(across, 0, 5 * 0.5 * 0.2 / std::sqrt(kDraws));
}

TEST(Augmentation, SaysWhatIsWrong) {
  const auto error = [](const Augmentation& augmentation, int64_t channels) {
    return ErrorText([&] { augmentation.Validate(channels); });
  };
  EXPECT_EQ(error({.colours = {}}, 7), "no error");
  EXPECT_EQ(error({.colour_sigma = -1, .colours = {}}, 3),
            "augmentation: colour: expected a standard deviation of 0 or more, found -1");
  EXPECT_EQ(error({.colour_sigma = 0.1,
                   .colours = {.channels = 1, .mean = {}, .std = {}, .components = {}}},
                  3),
            "augmentation: colour: expected the colours of a data set of 1 to 3 channels, like the "
            "images with 3, found 1");
}

}  // namespace
}  // namespace ocellus
