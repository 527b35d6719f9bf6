// A view of some samples.
#include "ocellus/data/subset.h"

#include <fmt/core.h>

#include <array>
#include <numeric>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

class SubsetDataset final : public Dataset {
 public:
  SubsetDataset(const Dataset& dataset, std::vector<int64_t> samples)
      : dataset_(dataset), samples_(std::move(samples)) {}

  int64_t size() const override { return static_cast<int64_t>(samples_.size()); }
  const Shape& image_shape() const override { return dataset_.image_shape(); }
  const std::vector<std::string>& class_names() const override { return dataset_.class_names(); }

  void Read(std::span<const int64_t> samples, TensorView<float> images,
            std::span<int32_t> labels) const override {
    for (size_t i = 0; i < samples.size(); ++i) {
      OCELLUS_CHECK(samples[i] >= 0 && samples[i] < size(), "sample {} of {}", samples[i], size());
      const std::array<int64_t, 1> sample = {samples_[static_cast<size_t>(samples[i])]};
      dataset_.Read(sample, images.Samples(static_cast<int64_t>(i), 1), labels.subspan(i, 1));
    }
  }

  std::string source() const override {
    return fmt::format("{} samples of {}", size(), dataset_.source());
  }

  bool reads_slowly() const override { return dataset_.reads_slowly(); }

  std::string SampleName(int64_t sample) const override {
    OCELLUS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
    return dataset_.SampleName(samples_[static_cast<size_t>(sample)]);
  }

  Sha256Digest SampleSha256(int64_t sample) const override {
    OCELLUS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
    return dataset_.SampleSha256(samples_[static_cast<size_t>(sample)]);
  }

 private:
  const Dataset& dataset_;
  const std::vector<int64_t> samples_;
};

}  // namespace

std::unique_ptr<Dataset> Subset(const Dataset& dataset, std::vector<int64_t> samples) {
  if (samples.empty()) Fail("{}: expected at least one sample of it", dataset.source());
  for (const int64_t sample : samples) {
    if (sample < 0 || sample >= dataset.size()) {
      Fail("{}: expected a sample from 0 to {}, found {}", dataset.source(), dataset.size() - 1,
           sample);
    }
  }
  return std::make_unique<SubsetDataset>(dataset, std::move(samples));
}

std::unique_ptr<Dataset> FirstSamples(const Dataset& dataset, int64_t count) {
  if (count < 1 || count > dataset.size()) {
    Fail("{}: expected a number of samples from 1 to {}, found {}", dataset.source(),
         dataset.size(), count);
  }
  std::vector<int64_t> samples(static_cast<size_t>(count));
  std::iota(samples.begin(), samples.end(), int64_t{0});
  return Subset(dataset, std::move(samples));
}

}  // namespace ocellus
