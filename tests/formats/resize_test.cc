// Resampling and grey.
#include "ocellus/formats/resize.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "tests/support/picture_files.h"

namespace ocellus {
namespace {

Image Row(const Bytes& values) {
  Image image(1, 1, std::ssize(values));
  image.pixels = values;
  return image;
}

Image Noise(int64_t channels, int64_t height, int64_t width) {
  Image image(channels, height, width);
  Random random(6, 0);
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(random.Bits());
  return image;
}

double Mean(const Image& image) {
  return std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0) /
         static_cast<double>(image.pixels.size());
}

TEST(Resize, InterpolatesWhenEnlarging) {
  // Centres of output pixels at -0.25, 0.25, 0.75, 1.25 between input centres 0 and 1.
  EXPECT_EQ(Resize(Row({0, 100}), {1, 4}).pixels, (Bytes{0, 25, 75, 100}));
}

TEST(Resize, AveragesWhenShrinking) {
  // A triangle of half-width 2: weights 1/8, 3/8, 3/8, 1/8, and at the ends 3/7, 3/7, 1/7.
  EXPECT_EQ(Resize(Row({0, 0, 0, 80, 80, 0, 0, 0}), {1, 4}).pixels, (Bytes{0, 40, 40, 0}));
  EXPECT_EQ(Resize(Row({70, 0, 0, 0}), {1, 2}).pixels, (Bytes{30, 0}));
}

TEST(Resize, KnowsHeightFromWidth) {
  Image image(1, 2, 1);
  image.pixels = {0, 100};
  const Image resized = Resize(image, {4, 3});
  EXPECT_EQ(resized.height, 4);
  EXPECT_EQ(resized.width, 3);
  EXPECT_EQ(resized.pixels, (Bytes{0, 0, 0, 25, 25, 25, 75, 75, 75, 100, 100, 100}));
}

TEST(Resize, KeepsPlainColoursAndTheMean) {
  for (const Extent size : {Extent(1, 1), Extent(7, 100), Extent(64, 3), Extent(31, 33)}) {
    const Image plain = Resize(Image(3, 32, 32, 201), size);
    EXPECT_EQ(plain, Image(3, size.h, size.w, 201)) << size.ToString();
    // Border pixels count a little more or less than others.
    EXPECT_NEAR(Mean(Resize(Noise(3, 32, 32), size)), Mean(Noise(3, 32, 32)), 6) << size.ToString();
  }
}

TEST(Resize, ReturnsTheSameSizeUnchanged) {
  EXPECT_EQ(Resize(Noise(3, 9, 13), {9, 13}), Noise(3, 9, 13));
}

TEST(Resize, RefusesImpossibleSizes) {
  EXPECT_THROW(Resize(Row({1}), {0, 1}), Error);
  EXPECT_THROW(Resize(Image(), {1, 1}), Error);
}

TEST(ToGrey, WeighsColoursAsTheEyeDoes) {
  Image colours(3, 1, 5);
  colours.pixels = {255, 0,   0,   255, 10,   // red
                    0,   255, 0,   255, 20,   // green
                    0,   0,   255, 255, 30};  // blue
  EXPECT_EQ(ToGrey(colours).pixels, (Bytes{76, 150, 29, 255, 18}));
  EXPECT_EQ(ToGrey(colours).channels, 1);
  EXPECT_THROW(ToGrey(Image()), Error);
}

TEST(ToColour, RepeatsGreyThreeTimesAndIsUndoneByToGrey) {
  const Image grey = Noise(1, 5, 7);
  const Image colour = ToColour(grey);
  EXPECT_EQ(colour.channels, 3);
  EXPECT_EQ(colour.At(2, 4, 6), grey.At(0, 4, 6));
  EXPECT_EQ(ToGrey(colour), grey);
  EXPECT_EQ(ToColour(colour), colour);
}

}  // namespace
}  // namespace ocellus
