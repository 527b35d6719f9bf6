// One axis after the other, a row of pixels at a time.
#include "ocellus/view/gaussian_blur.h"

#include <algorithm>
#include <cmath>

#include "ocellus/base/check.h"

namespace ocellus {
namespace {

// sums[i] += weight * pixels[i]
void AccumulateLine(double weight, const float* pixels, std::vector<double>& sums) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += weight * pixels[i];
}

}  // namespace

GaussianBlur::GaussianBlur(double deviation, int64_t spacing)
    : reach_(static_cast<int64_t>(std::ceil(2.5 * deviation))), spacing_(spacing) {
  OCELLUS_CHECK(deviation > 0 && spacing > 0);
  double sum = 0;
  for (int64_t i = -reach_; i <= reach_; ++i) {
    const auto distance = static_cast<double>(i);
    weights_.push_back(std::exp(-distance * distance / (2 * deviation * deviation)));
    sum += weights_.back();
  }
  for (double& weight : weights_) weight /= sum;
}

void GaussianBlur::Apply(TensorView<float> picture) const {
  const Shape& shape = picture.shape();
  for (int64_t c = 0; c < shape[0]; ++c) {
    float* plane = picture.Sample(c).data();
    BlurRows(plane, shape[1], shape[2]);
    BlurColumns(plane, shape[1], shape[2]);
  }
}

void GaussianBlur::BlurRows(float* plane, int64_t height, int64_t width) const {
  const int64_t margin = reach_ * spacing_;
  std::vector<float> row(static_cast<size_t>(width + 2 * margin));
  std::vector<double> sums(static_cast<size_t>(width));
  for (int64_t y = 0; y < height; ++y) {
    float* pixels = plane + y * width;
    std::fill_n(row.begin(), margin, pixels[0]);
    std::copy_n(pixels, width, row.begin() + margin);
    std::fill_n(row.begin() + margin + width, margin, pixels[width - 1]);
    std::ranges::fill(sums, 0.0);
    for (size_t k = 0; k < weights_.size(); ++k) {
      AccumulateLine(weights_[k], row.data() + static_cast<int64_t>(k) * spacing_, sums);
    }
    std::ranges::transform(sums, pixels, [](double sum) { return static_cast<float>(sum); });
  }
}

void GaussianBlur::BlurColumns(float* plane, int64_t height, int64_t width) const {
  const std::vector<float> rows(plane, plane + height * width);
  std::vector<double> sums(static_cast<size_t>(width));
  for (int64_t y = 0; y < height; ++y) {
    std::ranges::fill(sums, 0.0);
    for (size_t k = 0; k < weights_.size(); ++k) {
      const int64_t from =
          std::clamp<int64_t>(y + (static_cast<int64_t>(k) - reach_) * spacing_, 0, height - 1);
      AccumulateLine(weights_[k], rows.data() + from * width, sums);
    }
    std::ranges::transform(sums, plane + y * width,
                           [](double sum) { return static_cast<float>(sum); });
  }
}

}  // namespace ocellus
