// Samples in memory.
#include "ocellus/data/in_memory_dataset.h"

#include <algorithm>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"
#include "ocellus/base/sha256.h"

namespace ocellus {
namespace {

const Shape& ShapeOf(const InMemoryDataset::Images& images) {
  return std::visit([](const auto& tensor) -> const Shape& { return tensor.shape(); }, images);
}

}  // namespace

InMemoryDataset::InMemoryDataset(Images images, std::vector<int32_t> labels,
                                 std::vector<std::string> class_names, std::string source)
    : images_(std::move(images)),
      labels_(std::move(labels)),
      class_names_(std::move(class_names)),
      source_(std::move(source)) {
  const Shape& shape = ShapeOf(images_);
  if (shape.rank() != 4) {
    Fail("{}: expected images with axes N, C, H, W, found shape {}", source_, shape.ToString());
  }
  image_shape_ = shape.Sample();
  if (shape[0] != size()) {
    Fail("{}: expected as many labels as images, found {} images and {} labels", source_, shape[0],
         size());
  }
  for (size_t n = 0; n < labels_.size(); ++n) {
    if (labels_[n] < 0 || labels_[n] >= static_cast<int64_t>(class_names_.size())) {
      Fail("{}: label of sample {}: expected 0 to {}, found {}", source_, n,
           static_cast<int64_t>(class_names_.size()) - 1, labels_[n]);
    }
  }
}

void InMemoryDataset::Read(std::span<const int64_t> samples, TensorView<float> images,
                           std::span<int32_t> labels) const {
  const auto count = static_cast<int64_t>(samples.size());
  OCELLUS_CHECK(
      images.elements() == count * image_shape_.elements() && labels.size() == samples.size(),
      "{} samples into {} and {} labels", count, images.shape().ToString(), labels.size());
  const int64_t elements = image_shape_.elements();
  std::visit(
      [&](const auto& tensor) {
        for (int64_t i = 0; i < count; ++i) {
          const int64_t sample = samples[static_cast<size_t>(i)];
          OCELLUS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
          const auto* from = tensor.data() + sample * elements;
          std::transform(from, from + elements, images.data() + i * elements,
                         [](auto value) { return static_cast<float>(value); });
          labels[static_cast<size_t>(i)] = labels_[static_cast<size_t>(sample)];
        }
      },
      images_);
}

Sha256Digest InMemoryDataset::SampleSha256(int64_t sample) const {
  OCELLUS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
  Sha256 hash;
  hash.Update(image_shape_.ToString());
  std::visit(
      [&](const auto& tensor) {
        using T = std::remove_cvref_t<decltype(tensor[0])>;
        hash.Update(BytesOf<T>(tensor.view().Sample(sample).span()));
      },
      images_);
  hash.Update(BytesOf<int32_t>(std::span(labels_).subspan(static_cast<size_t>(sample), 1)));
  return hash.Digest();
}

}  // namespace ocellus
