// Colour maps: their ends, their middle, and that they are ordered.
#include "ocellus/view/colour_map.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/picture_pixels.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

double Luma(Colour c) { return 0.299 * c.red + 0.587 * c.green + 0.114 * c.blue; }

TEST(SignedColour, IsBlueWhiteAndOrange) {
  EXPECT_EQ(SignedColour(0), colours::kWhite);
  EXPECT_GT(SignedColour(-0.5).blue, SignedColour(-0.5).red + 80);
  EXPECT_GT(SignedColour(0.5).red, SignedColour(0.5).blue + 80);
  EXPECT_EQ(SignedColour(-7), SignedColour(-1));
  EXPECT_EQ(SignedColour(7), SignedColour(1));
  EXPECT_EQ(SignedColour(kNan), Colour{});
  for (double value = 0.05; value <= 1; value += 0.05) {
    EXPECT_LT(Luma(SignedColour(value)), Luma(SignedColour(value - 0.05))) << value;
    EXPECT_LT(Luma(SignedColour(-value)), Luma(SignedColour(0.05 - value))) << value;
  }
}

TEST(HeatColour, BecomesLighter) {
  EXPECT_LT(Luma(HeatColour(0)), 10);
  EXPECT_GT(Luma(HeatColour(1)), 200);
  EXPECT_EQ(HeatColour(-1), HeatColour(0));
  EXPECT_EQ(HeatColour(2), HeatColour(1));
  EXPECT_EQ(HeatColour(kNan), (Colour{128, 128, 128}));
  for (double value = 0.05; value <= 1; value += 0.05) {
    EXPECT_GT(Luma(HeatColour(value)), Luma(HeatColour(value - 0.05))) << value;
  }
}

TEST(Mix, GoesFromOneColourToTheOther) {
  const Colour a{0, 100, 200};
  const Colour b{100, 50, 200};
  EXPECT_EQ(Mix(a, b, 0), a);
  EXPECT_EQ(Mix(a, b, 1), b);
  EXPECT_EQ(Mix(a, b, 0.5), (Colour{50, 75, 200}));
}

TEST(SignedPicture, HasOneColourForEachValue) {
  const Tensor<float> plane = TensorOf<float>({2, 2}, {-4, 0, 2, 4});
  const Image picture = SignedPicture(plane, 4);
  EXPECT_EQ(PixelAt(picture, 0, 0), SignedColour(-1));
  EXPECT_EQ(PixelAt(picture, 1, 0), colours::kWhite);
  EXPECT_EQ(PixelAt(picture, 0, 1), SignedColour(0.5));
  EXPECT_EQ(PixelAt(picture, 1, 1), SignedColour(1));
  // A map without any activity is white, not a division by zero.
  EXPECT_EQ(SignedPicture(Tensor<float>({1, 1}, 0.0f), 0), Image(3, 1, 1, 255));
}

}  // namespace
}  // namespace ocellus
