// Between image.cc and the decoders of single formats; not for users.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ocellus/formats/image.h"

namespace ocellus::internal {

// As DecodeImage, for a file that begins like a PNG or like a JPEG.
Image DecodePng(std::span<const uint8_t> file, std::string_view name,
                const ReadImageOptions& options);
Image DecodeJpeg(std::span<const uint8_t> file, std::string_view name,
                 const ReadImageOptions& options);

// Throws Error if a declared size is more than the options allow. Decoders call it before they take
// memory for pixels.
void CheckPixels(int64_t height, int64_t width, std::string_view name,
                 const ReadImageOptions& options);

}  // namespace ocellus::internal
