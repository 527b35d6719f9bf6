// Folders of small pictures.
//
//   PutPicture(folder / "cat/a.png", /*seed=*/1, {3, 8, 8});
#pragma once

#include <cstdint>
#include <filesystem>

#include "ocellus/base/random.h"
#include "ocellus/formats/image.h"
#include "ocellus/tensor/shape.h"

namespace ocellus {

// A picture of random pixels of the given shape (C, H, W).
inline Image NoisePicture(uint64_t seed, const Shape& shape) {
  Image image(shape[0], shape[1], shape[2]);
  Random random(seed, 0);
  for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(random.Below(256));
  return image;
}

// Writes a picture, and makes the folders above it.
inline void PutPicture(const std::filesystem::path& path, const Image& image) {
  std::filesystem::create_directories(path.parent_path());
  WritePng(image, path);
}
inline void PutPicture(const std::filesystem::path& path, uint64_t seed, const Shape& shape) {
  PutPicture(path, NoisePicture(seed, shape));
}

}  // namespace ocellus
