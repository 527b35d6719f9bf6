// JPEG files in every colour space, and damaged ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "ocellus/base/random.h"
#include "ocellus/formats/image.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_files.h"

namespace ocellus {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string JpegError(const Bytes& file, const ReadImageOptions& options = {}) {
  return ErrorText([&] { DecodeImage(file, "test.jpg", options); });
}

// An 8 x 8 picture of one colour.
Image ReadPlain(JpegColour colour, const Bytes& pixel, bool adobe_marker = true) {
  JpegFile picture{.colour = colour, .adobe_marker = adobe_marker};
  for (int i = 0; i < 64; ++i)
    picture.pixels.insert(picture.pixels.end(), pixel.begin(), pixel.end());
  return DecodeImage(MakeJpeg(picture), "test.jpg");
}

// JPEG rounds: at quality 100, plain colours are off by 1, or 2 after a change of colour space.
void ExpectPlain(const Image& image, const Bytes& expected) {
  ASSERT_EQ(image.channels, std::ssize(expected));
  ASSERT_EQ(image.height * image.width, 64);
  for (int64_t c = 0; c < image.channels; ++c)
    for (int64_t i = 0; i < 64; ++i)
      EXPECT_LE(std::abs(image.At(c, i / 8, i % 8) - expected[static_cast<size_t>(c)]), 2)
          << "channel " << c << ", pixel " << i;
}

Bytes MakeNoise(bool progressive) {
  JpegFile picture{.colour = JpegColour::kYCbCr,
                   .width = 37,
                   .height = 21,
                   .pixels = Bytes(37 * 21 * 3),
                   .progressive = progressive,
                   .exif = MakeExif(1, true)};
  Random random(3, 0);
  for (uint8_t& value : picture.pixels) value = static_cast<uint8_t>(random.Bits());
  return MakeJpeg(picture);
}

TEST(ReadJpeg, ReadsGreyAndColour) {
  ExpectPlain(ReadPlain(JpegColour::kGrey, {77}), {77});
  ExpectPlain(ReadPlain(JpegColour::kYCbCr, {200, 100, 50}), {200, 100, 50});
  ExpectPlain(ReadPlain(JpegColour::kRgb, {200, 100, 50}), {200, 100, 50});
}

TEST(ReadJpeg, ConvertsInkToLight) {
  // With Adobe's marker 255 is no ink: red 200 * 204 / 255 = 160.
  ExpectPlain(ReadPlain(JpegColour::kCmyk, {200, 100, 50, 204}), {160, 80, 40});
  ExpectPlain(ReadPlain(JpegColour::kYcck, {200, 100, 50, 204}), {160, 80, 40});
  // Without it 0 is no ink: red (255 - 55) * (255 - 51) / 255 = 160.
  ExpectPlain(ReadPlain(JpegColour::kCmyk, {55, 155, 205, 51}, false), {160, 80, 40});
}

TEST(ReadJpeg, ReadsSizesThatAreNoMultipleOfABlock) {
  for (const bool progressive : {false, true}) {
    const Image image = DecodeImage(MakeNoise(progressive), "test.jpg");
    EXPECT_EQ(image.height, 21);
    EXPECT_EQ(image.width, 37);
  }
}

TEST(ReadJpeg, TurnsPicturesUpright) {
  JpegFile picture{.width = 16, .height = 8, .exif = MakeExif(6, true)};
  for (int i = 0; i < 16 * 8; ++i) picture.pixels.push_back(i % 16 < 8 ? 20 : 220);
  const Image image = DecodeImage(MakeJpeg(picture), "test.jpg");
  EXPECT_EQ(image.height, 16);
  EXPECT_EQ(image.width, 8);
  // The dark left half is now above.
  EXPECT_NEAR(image.At(0, 0, 0), 20, 2);
  EXPECT_NEAR(image.At(0, 15, 7), 220, 2);
}

TEST(ReadJpeg, SaysThatAFileIsTruncatedWhereverItEnds) {
  for (const bool progressive : {false, true}) {
    const Bytes file = MakeNoise(progressive);
    for (size_t size = 3; size < file.size(); size += size < 900 ? 1 : 97)
      EXPECT_THAT(JpegError(Bytes(file.begin(), file.begin() + size)),
                  StartsWith("test.jpg: truncated JPEG: it ends after "))
          << "size " << size;
  }
}

TEST(ReadJpeg, RefusesDamagedPixels) {
  Bytes file = MakeNoise(false);
  file[file.size() / 2] = 0xff;  // a marker where none can be
  file[file.size() / 2 + 1] = 0xd9;
  EXPECT_THAT(JpegError(file), HasSubstr("test.jpg: damaged or unknown kind of JPEG: "));
}

TEST(ReadJpeg, RefusesHugePictures) {
  EXPECT_THAT(JpegError(MakeNoise(false), {.max_pixels = 37 * 21 - 1}),
              HasSubstr("21 x 37 pixels (height x width), more than the limit of 776"));
}

TEST(ReadJpeg, SurvivesDamageAnywhere) {
  Random random(4, 0);
  for (const bool progressive : {false, true}) {
    const Bytes file = MakeNoise(progressive);
    int errors = 0;
    for (int round = 0; round < 500; ++round) {
      Bytes damaged = file;
      // Mostly in the headers, where the structure is.
      const uint64_t end = round % 2 == 0 ? 700 : damaged.size();
      for (uint64_t i = 0; i <= random.Below(3); ++i)
        damaged[random.Below(end)] = static_cast<uint8_t>(random.Bits());
      errors += JpegError(damaged, {.max_pixels = 10000}) != "no error";
    }
    EXPECT_GT(errors, 50);
  }
}

}  // namespace
}  // namespace ocellus
