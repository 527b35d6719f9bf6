// The fingerprint of a data set, and the names of its samples.
#include "ocellus/data/dataset.h"

#include <fmt/core.h>

#include <array>

namespace ocellus {

std::string Dataset::sha256() const {
  std::call_once(sha256_once_, [this] {
    Sha256 hash;
    for (int64_t sample = 0; sample < size(); ++sample) hash.Update(SampleSha256(sample));
    sha256_ = hash.Hexadecimal();
  });
  return sha256_;
}

Sha256Digest Dataset::SampleSha256(int64_t sample) const {
  Tensor<float> image(image_shape().Batch(1));
  std::array<int32_t, 1> label{};
  Read(std::array<int64_t, 1>{sample}, image, label);
  Sha256 hash;
  hash.Update(image_shape().ToString());
  hash.Update(BytesOf<float>(image.span()));
  hash.Update(BytesOf<int32_t>(label));
  return hash.Digest();
}

std::string Dataset::SampleName(int64_t sample) const { return fmt::format("no. {}", sample); }

}  // namespace ocellus
