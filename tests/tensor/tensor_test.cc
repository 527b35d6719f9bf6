// Shapes, tensors and views.
#include "ocellus/tensor/tensor.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "ocellus/base/error.h"
#include "tests/support/check_failure.h"

namespace ocellus {
namespace {

TEST(Shape, KnowsItsSizes) {
  const Shape shape{100, 1, 28, 27};
  EXPECT_EQ(shape.rank(), 4);
  EXPECT_EQ(shape[3], 27);
  EXPECT_EQ(shape.elements(), 100 * 28 * 27);
  EXPECT_EQ(shape.ToString(), "100x1x28x27");
  EXPECT_EQ(shape.Sample(), (Shape{1, 28, 27}));
  EXPECT_EQ(shape.Sample().Batch(100), shape);
  EXPECT_EQ(Shape().ToString(), "scalar");
  EXPECT_EQ(Shape().elements(), 1);
}

TEST(Shape, RefusesSizesBelowOneAndOverflow) {
  EXPECT_THROW((Shape{3, 0}), Error);
  EXPECT_THROW((Shape{-1}), Error);
  EXPECT_THROW((Shape{int64_t{1} << 30, int64_t{1} << 29}), Error);
  EXPECT_THROW((Shape{INT64_MAX, 2}), Error);
  EXPECT_THROW((Shape{1, 1, 1, 1, 1, 1, 1}), Error);
  EXPECT_NO_THROW((Shape{int64_t{1} << 29, int64_t{1} << 29}));
}

TEST(Tensor, IsAlignedAndIndexedInRowMajorOrder) {
  Tensor<float> tensor({2, 3, 4});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0u);
  for (int64_t i = 0; i < tensor.elements(); ++i) tensor[i] = static_cast<float>(i);
  EXPECT_EQ(tensor.At(1, 2, 3), 23.0f);
  EXPECT_EQ(tensor.view().Sample(1).At(0, 1), 13.0f);
  EXPECT_EQ(tensor.view().Samples(1, 1).shape(), (Shape{1, 3, 4}));
  EXPECT_EQ(tensor.view().Reshape({6, 4}).At(5, 0), 20.0f);
}

TEST(TensorView, RefusesToBecomeAnotherSize) {
  Tensor<float> tensor({2, 3});
  EXPECT_THROW(tensor.view().Reshape({7}), CheckFailure);
  EXPECT_THROW(tensor.view().Samples(1, 2), CheckFailure);
}

TEST(Tensor, ClonesAndConverts) {
  Tensor<float> tensor({2, 2}, 0.5f);
  Tensor<float> copy = tensor.Clone();
  copy[0] = 2.0f;
  EXPECT_EQ(tensor[0], 0.5f);
  const Tensor<double> wide = ConvertTo<double>(copy.view());
  EXPECT_EQ(wide[0], 2.0);
  EXPECT_EQ(wide.shape(), tensor.shape());
}

}  // namespace
}  // namespace ocellus
