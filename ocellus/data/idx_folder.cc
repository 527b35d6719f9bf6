// The four files of a folder like MNIST's.
#include "ocellus/data/idx_folder.h"

#include <algorithm>

#include "ocellus/base/error.h"
#include "ocellus/data/idx.h"
#include "ocellus/data/in_memory_dataset.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

fs::path FindFile(const fs::path& folder, const std::string& name) {
  std::error_code error;
  for (const fs::path& path : {folder / name, folder / (name + ".gz")}) {
    if (fs::exists(path, error)) return path;
  }
  Fail("{}: expected a file {} or {}.gz, found neither", folder.string(), name, name);
}

std::unique_ptr<Dataset> LoadSplit(const fs::path& folder, const char* split,
                                   const std::string& prefix,
                                   const std::vector<std::string>& class_names) {
  const fs::path image_path = FindFile(folder, prefix + "-images-idx3-ubyte");
  const fs::path label_path = FindFile(folder, prefix + "-labels-idx1-ubyte");
  Tensor<uint8_t> pixels = ReadIdx(image_path, 3);
  const Tensor<uint8_t> label_bytes = ReadIdx(label_path, 1);
  const Shape& shape = pixels.shape();
  if (shape[0] != label_bytes.shape()[0]) {
    Fail("{}: expected as many labels as images, found {} labels and {} images in {}",
         label_path.string(), label_bytes.shape()[0], shape[0], image_path.string());
  }
  Tensor<uint8_t> images({shape[0], 1, shape[1], shape[2]});
  std::ranges::copy(pixels.span(), images.data());
  std::vector<int32_t> labels(label_bytes.span().begin(), label_bytes.span().end());
  for (size_t n = 0; n < labels.size(); ++n) {
    if (labels[n] >= std::ssize(class_names)) {
      Fail("{}: label of sample {}: expected 0 to {}, found {}", label_path.string(), n,
           std::ssize(class_names) - 1, labels[n]);
    }
  }
  return std::make_unique<InMemoryDataset>(std::move(images), std::move(labels), class_names,
                                           fmt::format("{} ({})", folder.string(), split));
}

}  // namespace

std::vector<std::string> DigitNames() { return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; }

DataSplits LoadIdxFolder(const fs::path& folder, const std::vector<std::string>& class_names) {
  DataSplits data{LoadSplit(folder, "train", "train", class_names),
                  LoadSplit(folder, "test", "t10k", class_names)};
  if (data.train->image_shape() != data.test->image_shape()) {
    Fail("{}: expected images of one shape, found {} in train-* and {} in t10k-*", folder.string(),
         data.train->image_shape().ToString(), data.test->image_shape().ToString());
  }
  return data;
}

}  // namespace ocellus
