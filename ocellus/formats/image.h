// Pictures with 8 bits per channel: from PNG and JPEG files, and to PNG.
//
//   Image photo = ReadImage("photo.jpg");
//   Image digit = Resize(ToGrey(photo), {28, 28});            // resize.h
//   WritePng(digit, "digit.png");
//
// All functions may be called concurrently.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace ocellus {

// A grey or colour picture. Values are as the file has them (gamma-encoded, nearly always sRGB).
struct Image {
  int64_t channels = 1;  // 1: grey; 3: red, green, blue
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> pixels;  // channels x height x width, row by row

  Image() = default;

  // A picture with all values `fill`. Throws Error unless there are 1 or 3 channels, the sizes are
  // at least 1 and their product fits into 64 bits.
  Image(int64_t channels, int64_t height, int64_t width, uint8_t fill = 0);

  uint8_t& At(int64_t c, int64_t y, int64_t x) { return pixels[Offset(c, y, x)]; }
  uint8_t At(int64_t c, int64_t y, int64_t x) const { return pixels[Offset(c, y, x)]; }
  friend bool operator==(const Image&, const Image&) = default;

 private:
  size_t Offset(int64_t c, int64_t y, int64_t x) const {
    return static_cast<size_t>((c * height + y) * width + x);
  }
};

struct ReadImageOptions {
  // A small file can declare a huge picture. One with more pixels is refused before memory is
  // taken.
  int64_t max_pixels = 100'000'000;
  // The grey level behind transparent pixels. 255 is white.
  uint8_t background = 255;
};

// Reads a PNG or JPEG file; its first bytes decide which, not its name.
//
// Grey files (1 to 16 bits, with or without alpha) give 1 channel; palette, RGB, YCbCr, CMYK and
// YCCK files give 3. 16 bits are rounded to 8. Alpha is mixed with the background. A picture that
// its EXIF data declares to be rotated or mirrored is turned upright. Colour profiles and gamma
// entries are ignored, as NumPy users know it from PIL. CMYK is converted without a profile.
//
// Throws Error, beginning with the path, if the file cannot be read, is not a PNG or JPEG (the
// message says what it seems to be), is truncated or damaged, or has more than max_pixels pixels.
Image ReadImage(const std::filesystem::path& path, const ReadImageOptions& options = {});

// As ReadImage, for a file in memory. Messages begin with `name`.
Image DecodeImage(std::span<const uint8_t> file, std::string_view name,
                  const ReadImageOptions& options = {});

// Returns the picture as a PNG file. The same picture gives the same bytes. Throws Error if the
// picture is empty or larger than PNG allows (2^31 - 1 along each axis).
std::vector<uint8_t> EncodePng(const Image& image);

// Writes the picture as a PNG file. Throws Error as EncodePng does and, beginning with the path, if
// the file cannot be written; what was there before then stays.
void WritePng(const Image& image, const std::filesystem::path& path);

}  // namespace ocellus
