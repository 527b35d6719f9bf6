// Batch normalisation in float against the reference.
#include "ocellus/kernels/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ocellus/reference/batch_norm_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

constexpr double kNormEpsilon = 0.0625;

// A channel has batch * size elements, at most 1 in magnitude. Sums of them and of their products
// are off by what SumBound says, so means by that over their number; what follows multiplies this
// by less than 1 / sqrt(epsilon)^3 = 64 times a scale of 1.
class BatchNormTest : public testing::TestWithParam<Shape> {
 protected:
  BatchNormTest() {
    for (float& variance : variance_.span()) variance = std::abs(variance);
  }

  Shape channels() const { return {GetParam()[1]}; }

  // Runs the kernel on every instruction set. `run(context, result)` overwrites the result.
  void ExpectEverywhere(const Tensor<double>& expected, double bound,
                        FunctionRef<void(const KernelContext&, TensorView<float>)> run) const {
    RunEverywhere(
        kNoScratch,
        [&](const KernelContext& context) {
          GuardedTensor result(expected.shape());
          run(context, result.view());
          return result;
        },
        [&](TensorView<const float> result) { return AllNear(result, expected, bound); });
  }

  static Tensor<double> Exact(const Tensor<float>& tensor) {
    return ConvertTo<double>(tensor.view());
  }

  const Tensor<float> input_ = RandomTensor(GetParam(), 1);
  const Tensor<float> d_output_ = RandomTensor(GetParam(), 2);
  const Tensor<float> mean_ = RandomTensor(channels(), 3);
  Tensor<float> variance_ = RandomTensor(channels(), 4);
  const Tensor<float> scale_ = RandomTensor(channels(), 5);
  const Tensor<float> shift_ = RandomTensor(channels(), 6);
  const GuardedTensor guarded_input_{input_};
  const GuardedTensor guarded_d_output_{d_output_};
  const int64_t terms_ = input_.elements() / GetParam()[1];
};

TEST_P(BatchNormTest, StatisticsAreThoseOfTheReference) {
  Tensor<double> mean(channels()), variance(channels());
  reference::BatchNormStatistics(Exact(input_), mean, variance);
  Tensor<float> other(channels());
  const double bound = SumBound<float>(2, 2);
  ExpectEverywhere(mean, bound, [&](const KernelContext& context, TensorView<float> result) {
    BatchNormStatistics(guarded_input_.view(), result, other, context);
  });
  ExpectEverywhere(variance, 4 * bound,
                   [&](const KernelContext& context, TensorView<float> result) {
                     BatchNormStatistics(guarded_input_.view(), other, result, context);
                   });
}

TEST_P(BatchNormTest, ForwardIsThatOfTheReference) {
  Tensor<double> expected(GetParam());
  reference::BatchNormForward(Exact(input_), Exact(mean_), Exact(variance_), Exact(scale_),
                              Exact(shift_), kNormEpsilon, expected);
  ExpectEverywhere(expected, SumBound<float>(4, 9),
                   [&](const KernelContext& context, TensorView<float> output) {
                     BatchNormForward(guarded_input_.view(), mean_, variance_, scale_, shift_,
                                      kNormEpsilon, output, context);
                   });
}

TEST_P(BatchNormTest, ParameterGradientsAreThoseOfTheReference) {
  Tensor<double> d_scale(channels(), 0.0), d_shift(channels(), 0.0);
  reference::AccumulateBatchNormParameterGradients(Exact(input_), Exact(mean_), Exact(variance_),
                                                   kNormEpsilon, Exact(d_output_), d_scale,
                                                   d_shift);
  Tensor<float> other(channels());
  ExpectEverywhere(d_scale, SumBound<float>(terms_ + 4, 8),
                   [&](const KernelContext& context, TensorView<float> result) {
                     BatchNormParameterGradients(guarded_input_.view(), mean_, variance_,
                                                 kNormEpsilon, guarded_d_output_.view(), result,
                                                 other, context);
                   });
  ExpectEverywhere(d_shift, SumBound<float>(terms_ + 4, 1),
                   [&](const KernelContext& context, TensorView<float> result) {
                     BatchNormParameterGradients(guarded_input_.view(), mean_, variance_,
                                                 kNormEpsilon, guarded_d_output_.view(), other,
                                                 result, context);
                   });
}

TEST_P(BatchNormTest, InputGradientIsThatOfTheReference) {
  Tensor<double> d_scale(channels(), 0.0), d_shift(channels(), 0.0), expected(GetParam());
  reference::AccumulateBatchNormParameterGradients(Exact(input_), Exact(mean_), Exact(variance_),
                                                   kNormEpsilon, Exact(d_output_), d_scale,
                                                   d_shift);
  reference::BatchNormInputGradient(Exact(input_), Exact(mean_), Exact(variance_), Exact(scale_),
                                    kNormEpsilon, Exact(d_output_), expected);
  const Tensor<float> rounded_scale = ConvertTo<float>(d_scale.view());
  const Tensor<float> rounded_shift = ConvertTo<float>(d_shift.view());
  ExpectEverywhere(expected, SumBound<float>(8, 64),
                   [&](const KernelContext& context, TensorView<float> d_input) {
                     BatchNormInputGradient(guarded_input_.view(), mean_, variance_, scale_,
                                            kNormEpsilon, guarded_d_output_.view(), rounded_scale,
                                            rounded_shift, d_input, context);
                   });
}

TEST_P(BatchNormTest, FrozenInputGradientIsThatOfTheReference) {
  Tensor<double> expected(GetParam());
  reference::BatchNormFrozenInputGradient(Exact(variance_), Exact(scale_), kNormEpsilon,
                                          Exact(d_output_), expected);
  ExpectEverywhere(expected, SumBound<float>(2, 4),
                   [&](const KernelContext& context, TensorView<float> d_input) {
                     BatchNormFrozenInputGradient(variance_, scale_, kNormEpsilon,
                                                  guarded_d_output_.view(), d_input, context);
                   });
}

INSTANTIATE_TEST_SUITE_P(Shapes, BatchNormTest,
                         testing::Values(Shape{1, 1}, Shape{7, 5}, Shape{100, 33}, Shape{3, 2, 1},
                                         Shape{2, 3, 3, 5}, Shape{1, 2, 4, 4}, Shape{3, 1, 1, 17},
                                         Shape{2, 4, 7, 9}, Shape{2, 8, 31, 33}),
                         [](const auto& test) { return "Input" + test.param.ToString(); });

// The squares are taken after the mean has been subtracted: E[x^2] - E[x]^2 would be off by more
// than the variance itself here.
TEST(BatchNorm, TheVarianceOfLargeNumbersIsNotLost) {
  ThreadPool pool(1);
  Tensor<float> input({2, 1, 500}), mean({1}), variance({1});
  for (int64_t i = 0; i < 1000; ++i) input[i] = 4096.0f + (i % 2 == 0 ? 0.25f : -0.25f);
  BatchNormStatistics(input, mean, variance, {pool, {}});
  EXPECT_EQ(mean[0], 4096.0f);
  EXPECT_EQ(variance[0], 0.0625f);
}

TEST(BatchNorm, ANanSpoilsItsChannelOnly) {
  ThreadPool pool(1);
  Tensor<float> input = RandomTensor({2, 3, 37}, 1), mean({3}), variance({3});
  for (const int64_t place : {0, 15, 36}) {
    input.At(1, 1, place) = std::numeric_limits<float>::quiet_NaN();
    BatchNormStatistics(input, mean, variance, {pool, {}});
    for (int64_t c = 0; c < 3; ++c) {
      EXPECT_EQ(std::isnan(mean[c]), c == 1) << place;
      EXPECT_EQ(std::isnan(variance[c]), c == 1) << place;
    }
    input.At(1, 1, place) = 0;
  }
}

TEST(BatchNorm, RefusesOperandsOfOtherShapes) {
  Tensor<float> x({2, 3}, 0.0f), other({3, 2}, 0.0f), c({3}, 1.0f), two({2}, 1.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(BatchNormStatistics(x, c, two, context), CheckFailure);
  EXPECT_THROW(BatchNormForward(x, c, c, c, c, 1, other, context), CheckFailure);
  EXPECT_THROW(BatchNormForward(x, c, c, c, two, 1, x, context), CheckFailure);
  EXPECT_THROW(BatchNormParameterGradients(x, c, c, 1, other, c, c, context), CheckFailure);
  EXPECT_THROW(BatchNormParameterGradients(x, c, c, 1, x, c, two, context), CheckFailure);
  EXPECT_THROW(BatchNormInputGradient(x, c, c, c, 1, other, c, c, x, context), CheckFailure);
  EXPECT_THROW(BatchNormInputGradient(x, c, c, c, 1, x, c, c, other, context), CheckFailure);
  EXPECT_THROW(BatchNormInputGradient(x, c, c, c, 1, x, c, two, x, context), CheckFailure);
  EXPECT_THROW(BatchNormFrozenInputGradient(c, c, 1, x, other, context), CheckFailure);
  EXPECT_THROW(BatchNormFrozenInputGradient(c, two, 1, x, x, context), CheckFailure);
}

}  // namespace
}  // namespace ocellus
