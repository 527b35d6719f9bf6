// Local response normalisation in float against the reference.
#include "ocellus/kernels/local_response_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/reference/local_response_norm_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/response_norm_cases.h"

namespace ocellus {
namespace {

class LocalResponseNormTest : public testing::TestWithParam<ResponseNormCase> {
 protected:
  const Shape& shape_ = GetParam().shape;
  const ResponseNorm& norm_ = GetParam().norm;

  // How far one output may be off, relative to k^-beta, the largest power of a scale: beta times
  // the error of the scale, which is a sum; the logarithm's error of 4 units in the last place and
  // the rounding of its product with beta, both of which the exponential turns into relative ones;
  // and a few operations more.
  double PowerBound() const {
    const double terms = static_cast<double>(std::min(norm_.size, shape_[1])) + 2;
    const double logarithm = std::max(std::log(norm_.k + norm_.scale * terms), 1.0);
    const double epsilons = norm_.beta * (terms + 5 * logarithm) + 8;
    return SumBound<float>(1, epsilons * std::pow(norm_.k, -norm_.beta));
  }
};

TEST_P(LocalResponseNormTest, ForwardIsThatOfTheReference) {
  const Tensor<float> input = RandomTensor(shape_, 1);
  Tensor<double> expected(shape_);
  reference::LocalResponseNormForward(norm_, ConvertTo<double>(input.view()), expected);
  const GuardedTensor guarded_input(input);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(shape_);
        LocalResponseNormForward(norm_, guarded_input.view(), output.view(), context);
        return output;
      },
      [&](TensorView<const float> output) { return AllNear(output, expected, PowerBound()); });
}

TEST_P(LocalResponseNormTest, InputGradientIsThatOfTheReference) {
  const Tensor<float> input = RandomTensor(shape_, 1);
  const Tensor<float> d_output = RandomTensor(shape_, 2);
  Tensor<double> expected(shape_);
  reference::LocalResponseNormInputGradient(norm_, ConvertTo<double>(input.view()),
                                            ConvertTo<double>(d_output.view()), expected);
  const GuardedTensor guarded_input(input), guarded_d_output(d_output);
  // The second term is a sum over the window of terms of at most 2 scale beta k^-(beta + 1).
  const double terms = static_cast<double>(std::min(norm_.size, shape_[1]));
  const double bound =
      PowerBound() * (1 + 2 * terms * norm_.scale * norm_.beta * (terms + 4) / norm_.k);
  RunEverywhere([&](int threads) { return LocalResponseNormScratchBytes(shape_[1], threads); },
                [&](const KernelContext& context) {
                  GuardedTensor d_input(shape_);
                  LocalResponseNormInputGradient(norm_, guarded_input.view(),
                                                 guarded_d_output.view(), d_input.view(), context);
                  return d_input;
                },
                [&](TensorView<const float> d_input) { return AllNear(d_input, expected, bound); });
}

INSTANTIATE_TEST_SUITE_P(Cases, LocalResponseNormTest, testing::ValuesIn(ResponseNormCases()),
                         ResponseNormCaseName);

TEST(LocalResponseNorm, LargeNeighboursDoNotSpoilSmallOnes) {
  // A running sum that subtracted 1e12 again would have lost the 1 behind it.
  const ResponseNorm norm{.size = 1, .scale = 1, .beta = 0.75, .k = 1e-3};
  Tensor<float> input({1, 2, 1, 1});
  input[0] = 1e6f;
  input[1] = 1;
  ThreadPool pool(1);
  Tensor<float> output(input.shape());
  LocalResponseNormForward(norm, input, output, {pool, {}});
  EXPECT_NEAR(output[1], std::pow(1.001, -0.75), 1e-6);
}

TEST(LocalResponseNorm, NanStaysNan) {
  const ResponseNorm norm{.size = 3, .scale = 1};
  const Tensor<float> input({1, 2, 3, 7}, std::nanf(""));
  ThreadPool pool(1);
  Tensor<float> output(input.shape(), 0.0f);
  LocalResponseNormForward(norm, input, output, {pool, {}});
  for (const float value : output.span()) EXPECT_TRUE(std::isnan(value));
}

TEST(LocalResponseNorm, RefusesOperandsOfOtherShapes) {
  const ResponseNorm norm;
  Tensor<float> a({1, 2, 2, 2}, 0.0f), b({1, 2, 4, 1}, 0.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(LocalResponseNormForward(norm, a, b, context), CheckFailure);
  EXPECT_THROW(LocalResponseNormInputGradient(norm, a, b, a, context), CheckFailure);
  EXPECT_THROW(LocalResponseNormInputGradient(norm, a, a, b, context), CheckFailure);
  EXPECT_THROW(LocalResponseNormInputGradient(norm, a, a, a, context), CheckFailure);  // no scratch
}

}  // namespace
}  // namespace ocellus
