// Reading the one EXIF entry that matters to pixels, and the eight ways to turn a picture.
#include "ocellus/formats/image_orientation.h"

#include <utility>

#include "ocellus/base/check.h"

namespace ocellus {
namespace {

// Unsigned numbers of either byte order; 0 beyond the end.
class ExifReader {
 public:
  ExifReader(std::span<const uint8_t> bytes, bool big_endian)
      : bytes_(bytes), big_endian_(big_endian) {}

  uint32_t Number(size_t offset, size_t size_bytes) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size_bytes) return 0;
    uint32_t number = 0;
    for (size_t i = 0; i < size_bytes; ++i)
      number = number << 8 | bytes_[offset + (big_endian_ ? i : size_bytes - 1 - i)];
    return number;
  }

 private:
  std::span<const uint8_t> bytes_;
  bool big_endian_;
};

}  // namespace

int ExifOrientation(std::span<const uint8_t> exif) {
  constexpr uint32_t kOrientationTag = 0x0112;
  constexpr uint32_t kShortType = 3;
  constexpr size_t kEntrySize = 12;  // tag 2, type 2, count 4, value 4 bytes
  if (exif.size() < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return 1;
  const ExifReader reader(exif, exif[0] == 'M');
  if (reader.Number(2, 2) != 42) return 1;
  const size_t directory = reader.Number(4, 4);
  const uint32_t entries = reader.Number(directory, 2);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntrySize;
    if (reader.Number(entry, 2) != kOrientationTag) continue;
    const uint32_t value = reader.Number(entry + 8, 2);
    const bool valid = reader.Number(entry + 2, 2) == kShortType && value >= 1 && value <= 8;
    return valid ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image Orient(Image stored, int orientation) {
  OCELLUS_CHECK(orientation >= 1 && orientation <= 8, "orientation {}", orientation);
  if (orientation == 1) return stored;
  const bool swap_axes = orientation >= 5;
  const bool from_last_row =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool from_last_column =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Image upright(stored.channels, swap_axes ? stored.width : stored.height,
                swap_axes ? stored.height : stored.width);
  uint8_t* out = upright.pixels.data();
  for (int64_t c = 0; c < upright.channels; ++c) {
    for (int64_t oy = 0; oy < upright.height; ++oy) {
      for (int64_t ox = 0; ox < upright.width; ++ox) {
        const int64_t y = swap_axes ? ox : oy;
        const int64_t x = swap_axes ? oy : ox;
        *out++ = std::as_const(stored).At(c, from_last_row ? stored.height - 1 - y : y,
                                          from_last_column ? stored.width - 1 - x : x);
      }
    }
  }
  return upright;
}

}  // namespace ocellus
