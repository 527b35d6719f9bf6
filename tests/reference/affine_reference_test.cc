// Affine in double: the book's example, and the gradients.
#include "ocellus/reference/affine_reference.h"

#include <gtest/gtest.h>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

Tensor<double> Forward(TensorView<const double> input, TensorView<const double> weights,
                       TensorView<const double> biases, Activation activation = Activation::kNone) {
  Tensor<double> output({input.shape()[0], weights.shape()[1]}, kNan);
  AffineForward(input, weights, biases, activation, output);
  return output;
}

TEST(AffineReference, MultipliesAddsTheBiasesAndActivates) {
  const Tensor<double> input = TensorOf({2, 2}, {1, 0.5, -1, 2});
  const Tensor<double> weights = TensorOf({2, 3}, {1, 3, 5, 2, 4, 6});
  const Tensor<double> biases = TensorOf({3}, {1, -20, 3});
  EXPECT_TRUE(SameBits(Forward(input, weights, {}), TensorOf({2, 3}, {2, 5, 8, 3, 5, 7})));
  EXPECT_TRUE(
      SameBits(Forward(input, weights, biases), TensorOf({2, 3}, {3, -15, 11, 4, -15, 10})));
  EXPECT_TRUE(SameBits(Forward(input, weights, biases, Activation::kRelu),
                       TensorOf({2, 3}, {3, 0, 11, 4, 0, 10})));
}

TEST(AffineReference, GradientsAreDifferenceQuotientsAndThoseOfParametersAreAdded) {
  Tensor<double> input = RandomTensor<double>({3, 5}, 1);
  Tensor<double> weights = RandomTensor<double>({5, 4}, 2);
  Tensor<double> biases = RandomTensor<double>({4}, 3);
  const Tensor<double> d_output = RandomTensor<double>({3, 4}, 4);

  Tensor<double> d_input(input.shape(), kNan);
  AffineInputGradient(d_output, weights, d_input);
  Tensor<double> d_weights(weights.shape(), 7.0), d_biases(biases.shape(), -3.0);
  AccumulateAffineWeightGradient(input, d_output, d_weights, d_biases);
  for (double& element : d_weights.span()) element -= 7;
  for (double& element : d_biases.span()) element += 3;

  const auto loss = [&] { return InnerProduct(Forward(input, weights, biases), d_output); };
  const double tolerance = SumBound<double>(12 * 6, 1.0) / kDifferenceStep;
  EXPECT_TRUE(AllNear(NumericalGradient(input, loss), d_input, tolerance));
  EXPECT_TRUE(AllNear(NumericalGradient(weights, loss), d_weights, tolerance));
  EXPECT_TRUE(AllNear(NumericalGradient(biases, loss), d_biases, tolerance));
}

TEST(AffineReference, HasAGradientWithoutBiases) {
  Tensor<double> d_weights({1, 2}, 1.0);
  AccumulateAffineWeightGradient(TensorOf({1, 1}, {3}), TensorOf({1, 2}, {2, -5}), d_weights, {});
  EXPECT_TRUE(SameBits(d_weights, TensorOf({1, 2}, {7, -14})));
}

TEST(AffineReference, RefusesOperandsOfOtherShapes) {
  Tensor<double> input({3, 5}, 0.0), weights({5, 4}, 0.0), output({3, 4}, 0.0);
  EXPECT_THROW(AffineForward(input, weights, {}, Activation::kNone, input), CheckFailure);
  EXPECT_THROW(AffineForward(output, weights, {}, Activation::kNone, output), CheckFailure);
  EXPECT_THROW(AffineInputGradient(output, weights, output), CheckFailure);
  EXPECT_THROW(AccumulateAffineWeightGradient(input, output, output, {}), CheckFailure);
}

}  // namespace
}  // namespace ocellus::reference
