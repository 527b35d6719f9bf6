// PNG and JPEG files of every kind, written with libpng and libjpeg directly, for tests of reading.
//
//   auto file = MakePng({.colour_type = PngColour::kGrey, .bit_depth = 1, .width = 9, .height = 2,
//                        .rows = {0xaa, 0x80, 0x55, 0x00}});
#pragma once

#include <cstdint>
#include <vector>

namespace ocellus {

using Bytes = std::vector<uint8_t>;

// The numbers are PNG's.
enum class PngColour { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgbAlpha = 6 };

struct PngFile {
  PngColour colour_type = PngColour::kGrey;
  int bit_depth = 8;
  int width = 1;
  int height = 1;
  Bytes rows = {};     // as PNG stores them: each row begins at a byte, 16 bits big-endian
  Bytes palette = {};  // red, green, blue of each entry
  // Palette: alpha of the first entries. Grey, RGB: the one transparent value, as 16-bit numbers.
  std::vector<uint16_t> transparency = {};
  bool interlaced = false;
  Bytes exif = {};
};
Bytes MakePng(const PngFile& picture);

enum class JpegColour { kGrey, kYCbCr, kRgb, kCmyk, kYcck };

struct JpegFile {
  JpegColour colour = JpegColour::kGrey;
  int width = 8;
  int height = 8;
  // Grey, RGB or CMYK values of each pixel, row by row; stored as they are, at quality 100.
  Bytes pixels = {};
  bool progressive = false;
  bool adobe_marker = true;  // for CMYK and YCCK
  Bytes exif = {};           // beginning with the TIFF header
};
Bytes MakeJpeg(const JpegFile& picture);

// EXIF data that says nothing but the orientation.
Bytes MakeExif(uint8_t orientation, bool big_endian);

}  // namespace ocellus
