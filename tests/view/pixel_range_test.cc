// From raw pixels to a network's values and back.
#include "ocellus/view/pixel_range.h"

#include <gtest/gtest.h>

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

TEST(PixelRange, UndoesThePreprocessing) {
  const Preprocessing preprocessing{
      .scale = 1.0 / 255, .mean = {0.5, 0.25, 0.1}, .std = {0.2, 0.5, 2.0}};
  const PixelRange range = PixelRangeOf(preprocessing, 3);
  Tensor<float> input({1, 3, 2, 3});
  for (int64_t i = 0; i < 18; ++i) input[i] = static_cast<float>(i * 15);
  const Tensor<float> raw = input.Clone();
  preprocessing.Apply(input.view());
  const Image picture = ToPicture(input.view().Sample(0), range);
  ASSERT_EQ(picture.channels, 3);
  ASSERT_EQ(picture.height, 2);
  ASSERT_EQ(picture.width, 3);
  for (int64_t i = 0; i < 18; ++i) {
    EXPECT_EQ(picture.pixels[static_cast<size_t>(i)], raw[i]) << i;
    EXPECT_NEAR(range.FromRaw(static_cast<size_t>(i / 6), raw[i]), input[i], 1e-6) << i;
  }
}

TEST(PixelRange, CutsOffWhatIsBeyondBlackAndWhite) {
  const PixelRange range = PixelRangeOf({.scale = 1.0 / 255}, 1);
  Tensor<float> input({1, 1, 4});
  input[0] = -3;
  input[1] = 0.5f;
  input[2] = 7;
  input[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(ToPicture(input, range).pixels, (std::vector<uint8_t>{0, 128, 255, 0}));
  EXPECT_THROW(ToPicture(Tensor<float>({2, 1, 1}, 0.0f), PixelRangeOf({}, 2)), Error);
  EXPECT_THROW(ToPicture(input, PixelRange{}), Error);
}

}  // namespace
}  // namespace ocellus
