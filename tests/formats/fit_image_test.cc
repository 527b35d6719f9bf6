// Pictures brought to a network's shape, with and without their proportions.
#include "ocellus/formats/fit_image.h"

#include <gtest/gtest.h>

#include "ocellus/formats/resize.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_folders.h"

namespace ocellus {
namespace {

// Column x has the value x in all rows, and 100 more in the second channel.
Image Columns(int64_t height, int64_t width) {
  Image image(3, height, width);
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) image.At(c, y, x) = static_cast<uint8_t>(100 * c + x);
    }
  }
  return image;
}

TEST(FitImage, StretchesUnlessToldToCrop) {
  const Image photo = NoisePicture(1, {3, 20, 30});
  EXPECT_EQ(FitImage(photo, {.shape = {3, 7, 9}}), Resize(photo, {7, 9}));
  EXPECT_EQ(FitImage(photo, {.shape = {1, 7, 9}}), Resize(ToGrey(photo), {7, 9}));
  const Image grey = NoisePicture(2, {1, 20, 30});
  EXPECT_EQ(FitImage(grey, {.shape = {3, 7, 9}}), ToColour(Resize(grey, {7, 9})));
  EXPECT_EQ(FitImage(photo, {.shape = {3, 20, 30}}), photo);
}

TEST(FitImage, CutsTheCentreOutOfTheLongerSide) {
  // 40 columns, of which 10 are cut off on each side.
  const Image image = FitImage(Columns(20, 40), {.shape = {3, 20, 20}, .crop_from = 20});
  EXPECT_EQ(image.At(0, 3, 0), 10);
  EXPECT_EQ(image.At(1, 19, 19), 100 + 29);
  // The same rows and columns exchanged.
  Image high(1, 40, 20);
  for (int64_t y = 0; y < 40; ++y) {
    for (int64_t x = 0; x < 20; ++x) high.At(0, y, x) = static_cast<uint8_t>(y);
  }
  const Image middle = FitImage(high, {.shape = {1, 20, 20}, .crop_from = 20});
  EXPECT_EQ(middle.At(0, 0, 5), 10);
  EXPECT_EQ(middle.At(0, 19, 5), 29);
}

TEST(FitImage, CutsTheCentreOutOfALargerImage) {
  // As in the paper: the shorter side to 26, of which the 20 in the middle remain.
  const Image image = FitImage(Columns(26, 32), {.shape = {3, 20, 20}, .crop_from = 26});
  EXPECT_EQ(image.At(0, 0, 0), 3 + 3);
  EXPECT_EQ(image.At(0, 0, 19), 3 + 3 + 19);
}

TEST(FitImage, KeepsProportionsForNetworksThatAreNotSquare) {
  const ImageFit fit{.shape = {3, 10, 20}, .crop_from = 15};
  EXPECT_EQ(fit.UncroppedShape(), (Shape{3, 15, 30}));
  EXPECT_EQ((ImageFit{.shape = {3, 10, 20}}.UncroppedShape()), (Shape{3, 10, 20}));
  const Image image = FitImage(Columns(15, 30), fit);
  EXPECT_EQ(image.height, 10);
  EXPECT_EQ(image.width, 20);
  EXPECT_EQ(image.At(0, 0, 0), 5);
}

TEST(PartInFit, IsWhatTheFittedPictureShowsInItsOwnPixels) {
  const Image photo = NoisePicture(3, {3, 200, 301});
  const auto part = [&](const Image& picture, const ImageFit& fit) {
    const Image cut = PartInFit(picture, fit);
    return Extent(cut.height, cut.width);
  };
  EXPECT_EQ(PartInFit(photo, {.shape = {1, 7, 9}}), photo) << "all of it is stretched";
  EXPECT_EQ(part(photo, {.shape = {1, 20, 20}, .crop_from = 20}), (Extent{200, 200}));
  EXPECT_EQ(part(photo, {.shape = {3, 20, 20}, .crop_from = 25}), (Extent{160, 160}));
  EXPECT_EQ(part(photo, {.shape = {3, 10, 30}, .crop_from = 20}), (Extent{50, 151}));
  // Where nothing is resized, it is the fitted picture itself.
  const ImageFit same{.shape = {3, 120, 140}, .crop_from = 200};
  const Image wide = NoisePicture(4, {3, 200, 250});
  EXPECT_EQ(PartInFit(wide, same), FitImage(wide, same));
  EXPECT_EQ(part(Image(1, 1, 9), {.shape = {1, 2, 2}, .crop_from = 9}), (Extent{1, 1}));
  EXPECT_EQ(ErrorText([] {
              PartInFit(Image(), {.shape = {1, 2, 2}});
            }),
            "PartInFit: expected a picture, found none");
}

TEST(FitImage, SurvivesPicturesOfOnePixelAndRibbons) {
  for (const Shape& shape :
       {Shape{1, 1, 1}, Shape{3, 1, 1}, Shape{3, 1, 60'000}, Shape{1, 60'000, 1}}) {
    for (const int64_t crop_from : {0, 16, 256}) {
      const Image image = FitImage(Image(shape[0], shape[1], shape[2], 77),
                                   {.shape = {3, 16, 20}, .crop_from = crop_from});
      EXPECT_EQ(image, Image(3, 16, 20, 77)) << shape.ToString() << " " << crop_from;
    }
  }
}

TEST(ImageFit, SaysWhatIsWrong) {
  const auto error = [](const ImageFit& fit) { return ErrorText([&] { fit.Validate("photos"); }); };
  EXPECT_EQ(error({.shape = {3, 10, 20}, .crop_from = 10}), "no error");
  EXPECT_EQ(error({.shape = {3, 10, 20}}), "no error");
  EXPECT_EQ(error({.shape = {10, 20}}),
            "photos: expected a network that takes grey or colour images (1 or 3 channels, height, "
            "width), found input shape 10x20");
  EXPECT_EQ(error({.shape = {3, 10, 20}, .crop_from = 9}),
            "photos: images of 3x10x20 cannot be cut out of pictures whose shorter side has 9 "
            "pixels; expected 10 to 65536");
}

}  // namespace
}  // namespace ocellus
