// Matrices in double.
#include "ocellus/reference/matrix_product_reference.h"

#include <gtest/gtest.h>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

TEST(MatrixProductReference, MultipliesRowsWithColumns) {
  const Tensor<double> a = TensorOf({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor<double> b = TensorOf({3, 4}, {1, 0, -1, 2, 0, 1, 0, 3, 2, -2, 1, 4});
  EXPECT_TRUE(SameBits(MatrixProduct(a, b), TensorOf({2, 4}, {7, -4, 2, 20, 16, -7, 2, 47})));
}

TEST(MatrixProductReference, RefusesFactorsThatDoNotFit) {
  const Tensor<double> a({2, 3}, 0.0), b({2, 3}, 0.0);
  EXPECT_THROW(MatrixProduct(a, b), CheckFailure);
}

TEST(TransposeReference, ExchangesRowsAndColumns) {
  EXPECT_TRUE(SameBits(Transpose(TensorOf({2, 3}, {1, 2, 3, 4, 5, 6})),
                       TensorOf({3, 2}, {1, 4, 2, 5, 3, 6})));
}

}  // namespace
}  // namespace ocellus::reference
