// Which format a file has, and what else it may be.
#include "ocellus/formats/image.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/file.h"
#include "ocellus/formats/image_codecs.h"

namespace ocellus {
namespace {

using namespace std::string_view_literals;

bool BeginsWith(std::span<const uint8_t> file, std::string_view prefix, size_t offset = 0) {
  return file.size() >= offset + prefix.size() &&
         std::memcmp(file.data() + offset, prefix.data(), prefix.size()) == 0;
}

constexpr std::string_view kPngBegin = "\x89PNG\r\n\x1a\n"sv;
constexpr std::string_view kJpegBegin = "\xff\xd8\xff"sv;

// What a file that is neither PNG nor JPEG seems to be.
std::string Describe(std::span<const uint8_t> file) {
  struct Format {
    std::string_view begin;
    std::string_view name;
  };
  static constexpr Format kFormats[] = {
      {"GIF8"sv, "a GIF picture"},
      {"BM"sv, "a BMP picture"},
      {"II*\0"sv, "a TIFF picture"},
      {"MM\0*"sv, "a TIFF picture"},
      {"P5"sv, "a PGM picture"},
      {"P6"sv, "a PPM picture"},
      {"%PDF"sv, "a PDF document"},
      {"PK\3\4"sv, "a zip archive"},
      {"\x1f\x8b"sv, "gzip data"},
      {"\0\0\x08"sv, "an IDX file"},
      {"\x89PNG"sv, "a PNG whose line ends were changed, as by a transfer in text mode"},
  };
  if (BeginsWith(file, "RIFF") && BeginsWith(file, "WEBP", 8)) return "a WebP picture";
  if (BeginsWith(file, "ftyp", 4)) return "a HEIC or AVIF picture or a video";
  for (const Format& format : kFormats)
    if (BeginsWith(file, format.begin)) return std::string(format.name);
  const auto begin = file.first(std::min<size_t>(file.size(), 64));
  if (std::ranges::all_of(begin,
                          [](uint8_t c) { return (c >= 32 && c < 127) || (c >= 9 && c <= 13); }))
    return "text";
  std::string bytes = "a file that begins with bytes";
  for (const uint8_t byte : file.first(std::min<size_t>(file.size(), 4)))
    bytes += fmt::format(" {:02x}", byte);
  return bytes;
}

}  // namespace

Image::Image(int64_t image_channels, int64_t image_height, int64_t image_width, uint8_t fill)
    : channels(image_channels), height(image_height), width(image_width) {
  if ((channels != 1 && channels != 3) || height < 1 || width < 1)
    Fail(
        "Image: expected 1 or 3 channels and sizes of at least 1, found {} channels, height {}, "
        "width {}",
        channels, height, width);
  const int64_t area = CheckedMultiply(height, width, "Image: height x width");
  pixels.assign(static_cast<size_t>(CheckedMultiply(channels, area, "Image: channels x pixels")),
                fill);
}

Image ReadImage(const std::filesystem::path& path, const ReadImageOptions& options) {
  return DecodeImage(ReadFile(path).span(), path.string(), options);
}

Image DecodeImage(std::span<const uint8_t> file, std::string_view name,
                  const ReadImageOptions& options) {
  if (file.empty()) Fail("{}: expected a PNG or JPEG picture, found an empty file", name);
  if (BeginsWith(file, kPngBegin)) return internal::DecodePng(file, name, options);
  if (BeginsWith(file, kJpegBegin)) return internal::DecodeJpeg(file, name, options);
  Fail("{}: expected a PNG or JPEG picture, found {}", name, Describe(file));
}

void internal::CheckPixels(int64_t height, int64_t width, std::string_view name,
                           const ReadImageOptions& options) {
  if (width > options.max_pixels / height)
    Fail(
        "{}: the picture is {} x {} pixels (height x width), more than the limit of {}; if it is "
        "meant to be that large, raise the limit",
        name, height, width, options.max_pixels);
}

void WritePng(const Image& image, const std::filesystem::path& path) {
  const std::vector<uint8_t> bytes = EncodePng(image);
  AtomicFile file(path);
  file.Write(bytes);
  file.Commit();
}

}  // namespace ocellus
