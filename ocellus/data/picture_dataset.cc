// Picture files as samples.
#include "ocellus/data/picture_dataset.h"

#include <algorithm>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/formats/file.h"

namespace ocellus {

PictureDataset::PictureDataset(PictureList pictures, const PictureDatasetOptions& options,
                               std::string source)
    : pictures_(std::move(pictures)), options_(options), source_(std::move(source)) {
  OCELLUS_CHECK(pictures_.size() > 0, "{}: no pictures", source_);
  options_.fit.Validate(source_);
}

void PictureDataset::Read(std::span<const int64_t> samples, TensorView<float> images,
                          std::span<int32_t> labels) const {
  const auto count = static_cast<int64_t>(samples.size());
  OCELLUS_CHECK(
      images.elements() == count * image_shape().elements() && labels.size() == samples.size(),
      "{} samples into {} and {} labels", count, images.shape().ToString(), labels.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    OCELLUS_CHECK(samples[i] >= 0 && samples[i] < size(), "sample {} of {}", samples[i], size());
    const Image image =
        FitImage(ReadImage(pictures_.path(samples[i]), options_.read), options_.fit);
    std::ranges::transform(image.pixels, images.Sample(static_cast<int64_t>(i)).data(),
                           [](uint8_t pixel) { return static_cast<float>(pixel); });
    labels[i] = pictures_.label(samples[i]);
  }
}

std::string PictureDataset::SampleName(int64_t sample) const {
  OCELLUS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
  return pictures_.path(sample).filename().string();
}

std::string PictureDataset::sha256() const {
  return known_sha256_.empty() ? Dataset::sha256() : known_sha256_;
}

Sha256Digest PictureDataset::SampleSha256(int64_t sample) const {
  OCELLUS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
  return PictureSha256(ReadFile(pictures_.path(sample)).span(), pictures_.label(sample));
}

Sha256Digest PictureSha256(std::span<const uint8_t> file, int32_t label) {
  Sha256 hash;
  hash.Update(file);
  hash.Update(BytesOf<int32_t>({&label, 1}));
  return hash.Digest();
}

}  // namespace ocellus
