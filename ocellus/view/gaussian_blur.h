// Gaussian blur of pictures.
//
//   GaussianBlur(1.5).Apply(picture.view());
#pragma once

#include <cstdint>
#include <vector>

#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Weights exp(-i^2 / (2 deviation^2)) that add up to 1, as far as 2.5 deviations, along both axes.
// They lie `spacing` pixels apart: 1, or more if the picture has been blurred enough already that
// there is nothing between them to miss. Blurring with spacings 1, 2, 4 ..., one upon the other,
// about doubles the deviation each time for the cost of the first (the algorithme a trous:
// Holschneider et al. 1989).
class GaussianBlur {
 public:
  // Both above 0, the deviation in units of the spacing.
  explicit GaussianBlur(double deviation, int64_t spacing = 1);

  // Blurs each plane of {C, H, W} in place. Pixels beyond the edge are equal to those on it.
  void Apply(TensorView<float> picture) const;

 private:
  void BlurRows(float* plane, int64_t height, int64_t width) const;
  void BlurColumns(float* plane, int64_t height, int64_t width) const;

  int64_t reach_;
  int64_t spacing_;
  std::vector<double> weights_;  // 2 reach + 1
};

}  // namespace ocellus
