// Heat over a picture: where it is bright.
#include "ocellus/view/attention_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/view/colour_map.h"
#include "ocellus/view/page.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

int Lightness(Colour c) { return c.red + c.green + c.blue; }

TEST(OverlayHeat, IsBrightWhereTheMapIsHigh) {
  const Image picture(1, 4, 4, 100);
  const Tensor<float> map = TensorOf<float>({2, 2}, {0, 1, 0, 0});
  const Image overlay = OverlayHeat(picture, map, 5);
  ASSERT_EQ(overlay.width, 20);
  ASSERT_EQ(overlay.height, 20);
  EXPECT_EQ(PixelAt(overlay, 0, 19), Mix({100, 100, 100}, HeatColour(0), 0.35));
  EXPECT_EQ(PixelAt(overlay, 19, 0), Mix({100, 100, 100}, HeatColour(1), 0.75));
  // It changes gradually between the middles of the cells, along both axes.
  for (int64_t i = 6; i < 15; ++i) {
    EXPECT_GE(Lightness(PixelAt(overlay, i, 0)), Lightness(PixelAt(overlay, i - 1, 0))) << i;
    EXPECT_LE(Lightness(PixelAt(overlay, 19, i)), Lightness(PixelAt(overlay, 19, i - 1))) << i;
  }
}

TEST(OverlayHeat, LetsThePictureShowThrough) {
  Image picture(3, 1, 2, 0);
  picture.At(2, 0, 1) = 255;
  const Image overlay = OverlayHeat(picture, Tensor<float>({1, 1}, 1.0f), 1);
  EXPECT_EQ(PixelAt(overlay, 0, 0), Mix({0, 0, 0}, HeatColour(1), 0.75));
  EXPECT_EQ(PixelAt(overlay, 1, 0), Mix({0, 0, 255}, HeatColour(1), 0.75));
}

Attention SmallAttention() {
  Attention attention;
  attention.title = "seven";
  attention.picture = Image(1, 4, 4, 77);
  attention.input_size = {4, 4};
  attention.cam_layer = "relu1";
  attention.cam = TensorOf<float>({2, 2}, {0, 0, 0.5, 0});
  attention.occlusion = {.probability = 0.75,
                         .occluded = TensorOf<float>({2, 2}, {0.75, 0.25, 0.8, 0.75}),
                         .size = 2,
                         .stride = 2};
  attention.target = 1;
  attention.probabilities = {0.25f, 0.75f};
  attention.class_names = {"one", "seven"};
  return attention;
}

TEST(DrawAttention, HasThreePanels) {
  const Image picture = DrawAttention(SmallAttention());
  const Rectangle all{.x = 0,
                      .y = 0,
                      .width = static_cast<double>(picture.width),
                      .height = static_cast<double>(picture.height)};
  EXPECT_EQ(CountColour(picture, all, {77, 77, 77}), 340 * 340);
  // The highest place of each map, in its panel's corner; it is scaled to the largest value.
  EXPECT_GT(CountColour(picture, all, Mix({77, 77, 77}, HeatColour(1), 0.75)), 2 * 80 * 80);
  constexpr int64_t kTop = 161, kLast = 339;
  constexpr int64_t kCam = page::kMargin + 340 + 36, kOcclusion = kCam + 340 + 36;
  const Colour most = Mix({77, 77, 77}, HeatColour(1), 0.75);
  EXPECT_EQ(PixelAt(picture, kCam, kTop + kLast), most);
  EXPECT_NE(PixelAt(picture, kCam + kLast, kTop), most);
  EXPECT_EQ(PixelAt(picture, kOcclusion + kLast, kTop), most);
  EXPECT_NE(PixelAt(picture, kOcclusion, kTop + kLast), most);
  // A probability that rises has no heat: the same as no change.
  EXPECT_GT(CountColour(picture, all, Mix({77, 77, 77}, HeatColour(0), 0.35)), 4 * 80 * 80);
}

// Full colours for differences of a rounding error would look like a finding.
TEST(DrawAttention, StaysDarkWhereNothingThatIsHiddenCounts) {
  Attention attention = SmallAttention();
  attention.cam = TensorOf<float>({2, 2}, {0, 0, 0, 0});
  attention.occlusion.occluded = TensorOf<float>({2, 2}, {0.7499f, 0.75f, 0.75f, 0.75f});
  const Image picture = DrawAttention(attention);
  TextStyle caption = page::kCaption;
  caption.max_width = 340;
  EXPECT_TRUE(ShowsText(picture, "whatever is hidden, seven stays at 75.00%", caption));
  constexpr int64_t kTop = 161, kOcclusion = page::kMargin + 2 * (340 + 36);
  EXPECT_LT(Lightness(PixelAt(picture, kOcclusion, kTop)), Lightness({77, 77, 77}));
}

TEST(DrawAttention, HasPanelsOfOneSizeWhateverThePictures) {
  Attention attention = SmallAttention();
  const auto side_of_panel = [&](int64_t height, int64_t width) {
    attention.picture = Image(3, height, width, 77);
    const Image page = DrawAttention(attention);
    const int64_t middle = page::kMargin + 150;
    constexpr int64_t kTop = 161;
    int64_t x = page::kMargin, y = kTop;
    while (PixelAt(page, x, kTop + 20) == Colour{77, 77, 77}) ++x;
    while (PixelAt(page, middle, y) == Colour{77, 77, 77}) ++y;
    return Extent{y - kTop, x - page::kMargin};
  };
  // Sharp squares if there is an enlargement for that, else stretched smoothly, or shrunk.
  EXPECT_EQ(side_of_panel(32, 32), (Extent{11 * 32, 11 * 32}));
  EXPECT_EQ(side_of_panel(170, 170), (Extent{340, 340}));
  EXPECT_EQ(side_of_panel(171, 171), (Extent{340, 340}));
  EXPECT_EQ(side_of_panel(227, 227), (Extent{340, 340}));
  EXPECT_EQ(side_of_panel(500, 1000), (Extent{170, 340}));
  // So the captions have room.
  attention.picture = Image(3, 227, 227, 77);
  TextStyle caption = page::kCaption;
  caption.max_width = 340;
  EXPECT_TRUE(ShowsText(DrawAttention(attention),
                        "hidden at worst, seven falls from 75.00% to 25.00%", caption));
}

TEST(DrawAttention, SaysWhatItShows) {
  const Image picture = DrawAttention(SmallAttention());
  EXPECT_TRUE(ShowsText(picture, "what speaks for class seven", page::kCaption));
  EXPECT_TRUE(ShowsText(picture, "Grad-CAM at relu1", page::kHeading));
  EXPECT_TRUE(ShowsText(picture, "occlusion by 2 x 2 pixels", page::kHeading));
  TextStyle caption = page::kCaption;
  caption.max_width = 340;
  EXPECT_TRUE(ShowsText(picture, "hidden at worst, seven falls from 75.00% to 25.00%", caption));
  EXPECT_TRUE(ShowsText(picture, "2 x 2 places, and what in them speaks for seven", caption));
}

// A map of the network's input lies over the photograph that this was made from.
TEST(DrawAttention, LaysHeatOverPhotographs) {
  Attention attention = SmallAttention();
  TextStyle caption = page::kCaption;
  caption.max_width = 340;
  const std::string size = "the network sees it as 4 x 4 pixels";
  EXPECT_FALSE(ShowsText(DrawAttention(attention), size, caption));
  // Stretched by the network, so that the panel is narrow, and texts keep their size.
  Image photo(3, 680, 340, 77);
  for (int64_t c = 0; c < 3; ++c) photo.At(c, 100, 200) = 255;
  attention.picture = photo;
  const Image page = DrawAttention(attention);
  EXPECT_TRUE(ShowsText(page, size, caption));
  EXPECT_TRUE(ShowsText(page, "2 x 2 places, and what in them speaks for seven", caption));
  EXPECT_NE(PixelAt(page, page::kMargin + 100, 161 + 50), (Colour{77, 77, 77})) << "a detail";
  // A corner of each map: a quarter of a cell of 85 x 170.
  const Rectangle all{.width = static_cast<double>(page.width),
                      .height = static_cast<double>(page.height)};
  const auto most =
      static_cast<double>(CountColour(page, all, Mix({77, 77, 77}, HeatColour(1), 0.75)));
  EXPECT_NEAR(most, 2 * 42 * 85, 500);
}

TEST(DrawAttention, TakesMapsWithoutHeat) {
  Attention attention = SmallAttention();
  attention.cam.Fill(0);
  attention.occlusion.occluded.Fill(0.9f);
  EXPECT_NO_THROW(DrawAttention(attention));
  attention.picture = Image(3, 227, 300, 10);
  EXPECT_NO_THROW(DrawAttention(attention));
  attention.picture = Image();
  EXPECT_EQ(ErrorText([&] { DrawAttention(attention); }),
            "DrawAttention: expected a picture, found none");
}

}  // namespace
}  // namespace ocellus
