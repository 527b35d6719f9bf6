// PNG files of every colour type, damaged ones, and writing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "ocellus/formats/image.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_files.h"

namespace ocellus {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Image Read(const PngFile& picture, const ReadImageOptions& options = {}) {
  return DecodeImage(MakePng(picture), "test.png", options);
}

std::string PngError(const Bytes& file, const ReadImageOptions& options = {}) {
  return ErrorText([&] { DecodeImage(file, "test.png", options); });
}

// A picture that uses most of the decoder.
Bytes MakeRichPng() {
  PngFile picture{.colour_type = PngColour::kRgbAlpha,
                  .bit_depth = 16,
                  .width = 13,
                  .height = 11,
                  .interlaced = true,
                  .exif = MakeExif(6, true)};
  for (int i = 0; i < 13 * 11 * 8; ++i) picture.rows.push_back(static_cast<uint8_t>(i * 37));
  return MakePng(picture);
}

TEST(ReadPng, SpreadsGreyOfAnyBitDepthOverTheFullRange) {
  const auto grey = [](int bits, Bytes rows, int width) {
    return Read({.bit_depth = bits, .width = width, .height = 1, .rows = std::move(rows)});
  };
  EXPECT_EQ(grey(1, {0b10110000, 0b10000000}, 9).pixels,
            (Bytes{255, 0, 255, 255, 0, 0, 0, 0, 255}));
  EXPECT_EQ(grey(2, {0b00011011}, 4).pixels, (Bytes{0, 85, 170, 255}));
  EXPECT_EQ(grey(4, {0x0f, 0x70}, 3).pixels, (Bytes{0, 255, 119}));
  EXPECT_EQ(grey(8, {0, 1, 254, 255}, 4).pixels, (Bytes{0, 1, 254, 255}));
  // 16 bits are divided by 257 and rounded: 0x0180 is 1.49, 0x0182 is 1.502.
  const Image deep = grey(16, {0x01, 0x80, 0x01, 0x82, 0xff, 0xff}, 3);
  EXPECT_EQ(deep.pixels, (Bytes{1, 2, 255}));
  EXPECT_EQ(deep.channels, 1);
  EXPECT_EQ(deep.width, 3);
}

TEST(ReadPng, PutsColoursIntoPlanes) {
  const Image image = Read(
      {.colour_type = PngColour::kRgb, .width = 1, .height = 2, .rows = {10, 20, 30, 40, 50, 60}});
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.pixels, (Bytes{10, 40, 20, 50, 30, 60}));
}

TEST(ReadPng, LooksUpThePalette) {
  const Image image = Read({.colour_type = PngColour::kPalette,
                            .bit_depth = 2,
                            .width = 3,
                            .height = 1,
                            .rows = {0b10000100},
                            .palette = {1, 2, 3, 4, 5, 6, 7, 8, 9}});
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, (Bytes{7, 1, 4, 8, 2, 5, 9, 3, 6}));
}

TEST(ReadPng, MixesAlphaWithTheBackground) {
  const PngFile grey{.colour_type = PngColour::kGreyAlpha,
                     .width = 3,
                     .height = 1,
                     .rows = {100, 255, 100, 0, 100, 51}};
  EXPECT_EQ(Read(grey).pixels, (Bytes{100, 255, 224}));  // 100 * 0.2 + 255 * 0.8
  EXPECT_EQ(Read(grey, {.background = 10}).pixels, (Bytes{100, 10, 28}));
  EXPECT_EQ(Read(grey).channels, 1);
  const PngFile colour{
      .colour_type = PngColour::kRgbAlpha, .width = 1, .height = 1, .rows = {0, 100, 200, 51}};
  EXPECT_EQ(Read(colour, {.background = 0}).pixels, (Bytes{0, 20, 40}));
}

TEST(ReadPng, TreatsTheTransparentColourAsAlpha) {
  const PngFile grey{.width = 2, .height = 1, .rows = {7, 8}, .transparency = {7}};
  EXPECT_EQ(Read(grey).pixels, (Bytes{255, 8}));
  const PngFile palette{.colour_type = PngColour::kPalette,
                        .width = 2,
                        .height = 1,
                        .rows = {0, 1},
                        .palette = {10, 10, 10, 20, 20, 20},
                        .transparency = {0}};
  EXPECT_EQ(Read(palette).pixels, (Bytes{255, 20, 255, 20, 255, 20}));
}

TEST(ReadPng, ReadsInterlacedPictures) {
  PngFile picture{.width = 17, .height = 9};
  for (int i = 0; i < 17 * 9; ++i) picture.rows.push_back(static_cast<uint8_t>(i));
  picture.interlaced = true;
  EXPECT_EQ(Read(picture).pixels, picture.rows);
}

TEST(ReadPng, TurnsPicturesUpright) {
  PngFile picture{.width = 3, .height = 1, .rows = {1, 2, 3}};
  picture.exif = MakeExif(6, false);  // to be turned clockwise
  const Image image = Read(picture);
  EXPECT_EQ(image.height, 3);
  EXPECT_EQ(image.width, 1);
  EXPECT_EQ(image.pixels, (Bytes{1, 2, 3}));
}

TEST(ReadPng, SaysThatAFileIsTruncatedWhereverItEnds) {
  const Bytes file = MakeRichPng();
  for (size_t size = 8; size < file.size(); ++size) {
    const std::string message = PngError(Bytes(file.begin(), file.begin() + size));
    EXPECT_THAT(message, StartsWith("test.png: truncated PNG: it ends after ")) << "size " << size;
  }
}

TEST(ReadPng, SaysWhatIsDamaged) {
  Bytes file = MakeRichPng();
  file[20] ^= 1;  // the width, so that the checksum is wrong
  EXPECT_THAT(PngError(file), HasSubstr("test.png: damaged PNG: IHDR: CRC error (near byte 33 of"));
}

TEST(ReadPng, RefusesHugePicturesBeforeTakingMemory) {
  PngFile picture{.width = 40, .height = 30, .rows = Bytes(40 * 30)};
  EXPECT_EQ(
      PngError(MakePng(picture), {.max_pixels = 1199}),
      "test.png: the picture is 30 x 40 pixels (height x width), more than the limit of 1199; "
      "if it is meant to be that large, raise the limit");
  EXPECT_EQ(PngError(MakePng(picture), {.max_pixels = 1200}), "no error");
}

TEST(ReadPng, SurvivesDamageAnywhere) {
  const Bytes file = MakeRichPng();
  Random random(1, 0);
  int errors = 0;
  for (int round = 0; round < 2000; ++round) {
    Bytes damaged = file;
    for (uint64_t i = 0; i <= random.Below(3); ++i)
      damaged[random.Below(damaged.size())] = static_cast<uint8_t>(random.Bits());
    errors += PngError(damaged, {.max_pixels = 10000}) != "no error";
  }
  EXPECT_GT(errors, 1000);  // the others hit nothing that matters, or wrote what was there
}

TEST(EncodePng, IsReadBackUnchanged) {
  Random random(2, 0);
  for (const int64_t channels : {1, 3}) {
    Image image(channels, 7, 5);
    for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(random.Bits());
    const Bytes file = EncodePng(image);
    EXPECT_EQ(DecodeImage(file, "test.png"), image);
    EXPECT_EQ(EncodePng(image), file);
  }
}

TEST(EncodePng, RefusesAnEmptyPicture) { EXPECT_THROW(EncodePng(Image()), Error); }

}  // namespace
}  // namespace ocellus
