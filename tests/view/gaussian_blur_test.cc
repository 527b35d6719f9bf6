// Gaussian blur against its definition.
#include "ocellus/view/gaussian_blur.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ocellus/base/random.h"
#include "tests/support/compare.h"

namespace ocellus {
namespace {

Tensor<float> RandomPicture(const Shape& shape) {
  Tensor<float> picture(shape);
  Random random(1, 0);
  for (float& pixel : picture.span()) pixel = static_cast<float>(random.Normal());
  return picture;
}

// By the definition: a two-dimensional Gaussian of points `spacing` apart.
Tensor<double> Defined(const Tensor<float>& picture, double deviation, int64_t spacing) {
  const Shape& shape = picture.shape();
  const auto reach = static_cast<int64_t>(std::ceil(2.5 * deviation));
  Tensor<double> blurred(shape);
  for (int64_t c = 0; c < shape[0]; ++c) {
    for (int64_t y = 0; y < shape[1]; ++y) {
      for (int64_t x = 0; x < shape[2]; ++x) {
        double sum = 0;
        double weights = 0;
        for (int64_t dy = -reach; dy <= reach; ++dy) {
          for (int64_t dx = -reach; dx <= reach; ++dx) {
            const double weight =
                std::exp(-static_cast<double>(dy * dy + dx * dx) / (2 * deviation * deviation));
            weights += weight;
            sum += weight * picture.At(c, std::clamp<int64_t>(y + dy * spacing, 0, shape[1] - 1),
                                       std::clamp<int64_t>(x + dx * spacing, 0, shape[2] - 1));
          }
        }
        blurred.At(c, y, x) = sum / weights;
      }
    }
  }
  return blurred;
}

TEST(GaussianBlur, IsWhatItsDefinitionSays) {
  for (const Shape& shape : {Shape{2, 8, 11}, Shape{1, 13, 5}, Shape{3, 1, 4}, Shape{1, 1, 1}}) {
    for (const double deviation : {0.3, 0.7, 1.2, 3.0}) {
      for (const int64_t spacing : {1, 2, 5}) {
        Tensor<float> picture = RandomPicture(shape);
        const Tensor<double> expected = Defined(picture, deviation, spacing);
        GaussianBlur(deviation, spacing).Apply(picture.view());
        // Two conversions of sums that are at most the largest pixel.
        EXPECT_TRUE(AllNear(picture.view(), expected.view(), SumBound<float>(2, 4)))
            << shape.ToString() << ", " << deviation << ", " << spacing;
      }
    }
  }
}

}  // namespace
}  // namespace ocellus
