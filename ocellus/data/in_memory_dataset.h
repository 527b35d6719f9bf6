// A data set in memory: pixels as bytes, or the user's own numbers.
//
//   Tensor<float> images({100, 3, 32, 32});
//   std::vector<int32_t> labels(100);
//   InMemoryDataset dataset(std::move(images), std::move(labels), {"cat", "dog"}, "my pets");
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ocellus/data/dataset.h"

namespace ocellus {

class InMemoryDataset final : public Dataset {
 public:
  using Images = std::variant<Tensor<uint8_t>, Tensor<float>>;

  // `images` is {N, C, H, W} and `labels` has N elements, each the number of a class name. Throws
  // Error, beginning with `source`, if this is not so.
  InMemoryDataset(Images images, std::vector<int32_t> labels, std::vector<std::string> class_names,
                  std::string source);

  int64_t size() const override { return static_cast<int64_t>(labels_.size()); }
  const Shape& image_shape() const override { return image_shape_; }
  const std::vector<std::string>& class_names() const override { return class_names_; }
  void Read(std::span<const int64_t> samples, TensorView<float> images,
            std::span<int32_t> labels) const override;
  std::string source() const override { return source_; }
  Sha256Digest SampleSha256(int64_t sample) const override;

 private:
  Images images_;
  std::vector<int32_t> labels_;
  std::vector<std::string> class_names_;
  std::string source_;
  Shape image_shape_;
};

}  // namespace ocellus
