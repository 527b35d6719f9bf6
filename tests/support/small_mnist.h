// The first images of MNIST as a folder of IDX files, for examples that load and train like a user.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "ocellus/data/dataset.h"
#include "ocellus/data/load_data.h"
#include "tests/support/idx_bytes.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {

// Writes the first `count` samples as PREFIX-images-idx3-ubyte and PREFIX-labels-idx1-ubyte.
inline void WriteIdxFiles(const Dataset& dataset, int64_t count,
                          const std::filesystem::path& folder, const std::string& prefix) {
  const Shape& image = dataset.image_shape();
  std::string pixels, labels;
  Tensor<float> sample(image.Batch(1));
  for (int64_t n = 0; n < count; ++n) {
    std::array<int32_t, 1> label{};
    dataset.Read(std::array<int64_t, 1>{n}, sample, label);
    labels += static_cast<char>(label[0]);
    for (const float value : sample.view().span()) {
      pixels += static_cast<char>(static_cast<unsigned char>(value));
    }
  }
  const auto size = static_cast<uint32_t>(count);
  const std::vector<uint32_t> sizes = {size, static_cast<uint32_t>(image[1]),
                                       static_cast<uint32_t>(image[2])};
  WriteBytes(folder / (prefix + "-images-idx3-ubyte"), IdxBytes(sizes, pixels));
  WriteBytes(folder / (prefix + "-labels-idx1-ubyte"), IdxBytes({size}, labels));
}

// A new folder with the first digits of MNIST.
inline void WriteSmallMnist(const std::filesystem::path& folder, int64_t train, int64_t test) {
  const DataSplits mnist = LoadData("mnist");
  std::filesystem::create_directories(folder);
  WriteIdxFiles(*mnist.train, train, folder, "train");
  WriteIdxFiles(*mnist.test, test, folder, "t10k");
}

}  // namespace ocellus
