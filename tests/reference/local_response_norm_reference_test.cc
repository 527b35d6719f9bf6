// Local response normalisation in double: the window, the formula, the gradient.
#include "ocellus/reference/local_response_norm_reference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/response_norm_cases.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

Tensor<double> Forward(const ResponseNorm& norm, TensorView<const double> input) {
  Tensor<double> output(input.shape(), kNan);
  LocalResponseNormForward(norm, input, output);
  return output;
}

TEST(LocalResponseNormReference, AnOddWindowIsSymmetric) {
  // With beta 1 and k 1, an output is the input over 1 + the sum of the window's squares.
  const Tensor<double> output =
      Forward({.size = 3, .scale = 1, .beta = 1, .k = 1}, TensorOf({1, 4, 1, 1}, {1, 2, 0, 3}));
  EXPECT_TRUE(AllNear(output, TensorOf({1, 4, 1, 1}, {1.0 / 6, 2.0 / 6, 0, 3.0 / 10}), 1e-15));
}

TEST(LocalResponseNormReference, AnEvenWindowReachesFurtherBehind) {
  // Size 4: one channel before, two after, as in ONNX.
  const Tensor<double> output =
      Forward({.size = 4, .scale = 1, .beta = 1, .k = 1}, TensorOf({1, 5, 1, 1}, {1, 2, 3, 4, 5}));
  EXPECT_TRUE(AllNear(
      output, TensorOf({1, 5, 1, 1}, {1.0 / 15, 2.0 / 31, 3.0 / 55, 4.0 / 51, 5.0 / 42}), 1e-15));
}

TEST(LocalResponseNormReference, EveryConstantCounts) {
  const Tensor<double> input = TensorOf({1, 1, 1, 1}, {3});
  EXPECT_NEAR(Forward({.size = 1, .scale = 0.5, .beta = 0.75, .k = 2}, input)[0],
              3 / std::pow(2 + 0.5 * 9, 0.75), 1e-15);
}

TEST(LocalResponseNormReference, PixelsAndSamplesDoNotMeet) {
  const Tensor<double> input = RandomTensor<double>({2, 3, 2, 2}, 1);
  const ResponseNorm norm{.size = 3, .scale = 1};
  const Tensor<double> output = Forward(norm, input);
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t pixel = 0; pixel < 4; ++pixel) {
      Tensor<double> alone({1, 3, 1, 1});
      for (int64_t c = 0; c < 3; ++c) alone[c] = input[(n * 3 + c) * 4 + pixel];
      const Tensor<double> expected = Forward(norm, alone);
      for (int64_t c = 0; c < 3; ++c) EXPECT_EQ(output[(n * 3 + c) * 4 + pixel], expected[c]);
    }
  }
}

TEST(LocalResponseNormReference, RefusesOperandsOfOtherShapes) {
  const ResponseNorm norm;
  Tensor<double> a({1, 2, 2, 2}, 0.0), b({1, 2, 4, 1}, 0.0);
  EXPECT_THROW(LocalResponseNormForward(norm, a, b), CheckFailure);
  EXPECT_THROW(LocalResponseNormInputGradient(norm, a, b, a), CheckFailure);
  EXPECT_THROW(LocalResponseNormInputGradient(norm, a, a, b), CheckFailure);
}

class LocalResponseNormReferenceCase : public testing::TestWithParam<ResponseNormCase> {};

TEST_P(LocalResponseNormReferenceCase, GradientIsTheDifferenceQuotient) {
  const ResponseNormCase& c = GetParam();
  Tensor<double> input = RandomTensor<double>(c.shape, 1);
  const Tensor<double> d_output = RandomTensor<double>(c.shape, 2);
  Tensor<double> d_input(c.shape, kNan);
  LocalResponseNormInputGradient(c.norm, input, d_output, d_input);
  const Tensor<double> numerical =
      NumericalGradient(input, [&] { return InnerProduct(Forward(c.norm, input), d_output); });
  // Rounding, as for functions that are linear, and h^2 / 6 times the third derivative, which for
  // these constants is at most some hundreds.
  const double tolerance =
      SumBound<double>(d_output.elements(), std::pow(c.norm.k, -c.norm.beta)) / kDifferenceStep +
      100 * kDifferenceStep * kDifferenceStep;
  EXPECT_TRUE(AllNear(numerical, d_input, tolerance));
}

INSTANTIATE_TEST_SUITE_P(Cases, LocalResponseNormReferenceCase,
                         testing::ValuesIn(ResponseNormCases()), ResponseNormCaseName);

}  // namespace
}  // namespace ocellus::reference
