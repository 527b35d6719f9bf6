// Images resized when they are read.
#include "ocellus/data/fitted_dataset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

class FittedDataset final : public Dataset {
 public:
  FittedDataset(std::unique_ptr<Dataset> dataset, const ImageFit& fit)
      : dataset_(std::move(dataset)), fit_(fit) {}

  int64_t size() const override { return dataset_->size(); }
  const Shape& image_shape() const override { return fit_.shape; }
  const std::vector<std::string>& class_names() const override { return dataset_->class_names(); }
  bool reads_slowly() const override { return true; }
  std::string source() const override { return dataset_->source(); }
  std::string SampleName(int64_t sample) const override { return dataset_->SampleName(sample); }
  Sha256Digest SampleSha256(int64_t sample) const override {
    return dataset_->SampleSha256(sample);
  }

  void Read(std::span<const int64_t> samples, TensorView<float> images,
            std::span<int32_t> labels) const override {
    const auto count = static_cast<int64_t>(samples.size());
    OCELLUS_CHECK(
        images.elements() == count * image_shape().elements() && labels.size() == samples.size(),
        "{} samples into {} and {} labels", count, images.shape().ToString(), labels.size());
    const Shape& shape = dataset_->image_shape();
    Tensor<float> raw(shape.Batch(1));
    Image image(shape[0], shape[1], shape[2]);
    for (size_t i = 0; i < samples.size(); ++i) {
      dataset_->Read(samples.subspan(i, 1), raw, labels.subspan(i, 1));
      std::ranges::transform(raw.span(), image.pixels.begin(), [](float value) {
        return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0f, 255.0f)));
      });
      std::ranges::transform(FitImage(image, fit_).pixels,
                             images.Sample(static_cast<int64_t>(i)).data(),
                             [](uint8_t pixel) { return static_cast<float>(pixel); });
    }
  }

 private:
  std::unique_ptr<Dataset> dataset_;
  ImageFit fit_;
};

}  // namespace

std::unique_ptr<Dataset> FitDataset(std::unique_ptr<Dataset> dataset, const ImageFit& fit) {
  if (dataset->image_shape() == fit.shape && fit.UncroppedShape() == fit.shape) return dataset;
  fit.Validate(dataset->source());
  if (dataset->image_shape()[0] != 1 && dataset->image_shape()[0] != 3) {
    Fail("{}: expected grey or colour images, found shape {}", dataset->source(),
         dataset->image_shape().ToString());
  }
  return std::make_unique<FittedDataset>(std::move(dataset), fit);
}

}  // namespace ocellus
