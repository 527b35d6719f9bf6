// Softmax with cross entropy in float against the reference.
#include "ocellus/kernels/softmax_with_loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <vector>

#include "ocellus/base/random.h"
#include "ocellus/reference/softmax_with_loss_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

// A probability is rounded once, to float; everything before that is double.
constexpr double kRounding = std::numeric_limits<float>::epsilon() / 2 * 1.001;

class SoftmaxWithLossTest : public testing::TestWithParam<Shape> {
 protected:
  SoftmaxWithLossTest() {
    Random random(TestSeed(), 0);
    scores_ = RandomTensor(GetParam(), 1);
    for (float& score : scores_.span()) score *= 5;
    labels_.resize(static_cast<size_t>(GetParam()[0]));
    for (int32_t& label : labels_) {
      label = static_cast<int32_t>(random.Below(static_cast<uint64_t>(GetParam()[1])));
    }
    expected_loss_ = reference::SoftmaxWithLossForward(ConvertTo<double>(View()), labels_,
                                                       expected_probabilities_);
  }

  TensorView<const float> View() const { return scores_.view(); }

  Tensor<float> scores_;
  std::vector<int32_t> labels_;
  Tensor<double> expected_probabilities_{GetParam()};
  double expected_loss_ = 0;
};

TEST_P(SoftmaxWithLossTest, ForwardIsThatOfTheReferenceAlsoInPlace) {
  const double loss_tolerance = SumBound<double>(scores_.elements(), Largest(scores_));
  const auto check = [&](TensorView<const float> probabilities) {
    return AllNear(probabilities, expected_probabilities_, kRounding);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor probabilities(GetParam());
        const double loss = SoftmaxWithLossForward(View(), labels_, probabilities.view(), context);
        EXPECT_NEAR(loss, expected_loss_, loss_tolerance);
        return probabilities;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(scores_);
        const double loss = SoftmaxWithLossForward(values.view(), labels_, values.view(), context);
        EXPECT_NEAR(loss, expected_loss_, loss_tolerance);
        return values;
      },
      check);
}

TEST_P(SoftmaxWithLossTest, SoftmaxIsThatOfTheReferenceAlsoInPlace) {
  const auto check = [&](TensorView<const float> probabilities) {
    return AllNear(probabilities, expected_probabilities_, kRounding);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor probabilities(GetParam());
        SoftmaxForward(View(), probabilities.view(), context);
        return probabilities;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(scores_);
        SoftmaxForward(values.view(), values.view(), context);
        return values;
      },
      check);
}

TEST_P(SoftmaxWithLossTest, GradientOfSoftmaxAloneIsThatOfTheReferenceAlsoInPlace) {
  const Tensor<float> probabilities =
      ConvertTo<float>(std::as_const(expected_probabilities_).view());
  const Tensor<float> d_probabilities = RandomTensor(GetParam(), 2);
  Tensor<double> expected(GetParam());
  reference::SoftmaxInputGradient(ConvertTo<double>(probabilities.view()),
                                  ConvertTo<double>(d_probabilities.view()), expected);
  // At most 1 * (1 + 1), rounded once; everything before that is double.
  const auto check = [&](TensorView<const float> d_scores) {
    return AllNear(d_scores, expected, 2 * kRounding);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_scores(GetParam());
        SoftmaxInputGradient(probabilities, d_probabilities, d_scores.view(), context);
        return d_scores;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(d_probabilities);
        SoftmaxInputGradient(probabilities, values.view(), values.view(), context);
        return values;
      },
      check);
}

TEST_P(SoftmaxWithLossTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  const Tensor<float> probabilities =
      ConvertTo<float>(std::as_const(expected_probabilities_).view());
  Tensor<double> expected(GetParam());
  reference::SoftmaxWithLossInputGradient(ConvertTo<double>(probabilities.view()), labels_,
                                          expected);
  const double tolerance = SumBound<float>(2, 1.0 / static_cast<double>(GetParam()[0]));
  const auto check = [&](TensorView<const float> d_scores) {
    return AllNear(d_scores, expected, tolerance);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_scores(GetParam());
        SoftmaxWithLossInputGradient(probabilities, labels_, d_scores.view(), context);
        return d_scores;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(probabilities);
        SoftmaxWithLossInputGradient(values.view(), labels_, values.view(), context);
        return values;
      },
      check);
}

INSTANTIATE_TEST_SUITE_P(Shapes, SoftmaxWithLossTest,
                         testing::Values(Shape{1, 1}, Shape{1, 10}, Shape{5, 3}, Shape{100, 10},
                                         Shape{2, 17}, Shape{7, 1000}),
                         [](const auto& test) { return "Scores" + test.param.ToString(); });

TEST(SoftmaxWithLoss, ExtremeScoresNeitherOverflowNorLoseTheLoss) {
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  Tensor<float> probabilities({1, 2});
  const std::vector<int32_t> labels = {1};
  EXPECT_EQ(
      SoftmaxWithLossForward(TensorOf<float>({1, 2}, {3e38, 0}), labels, probabilities, context),
      double{3e38f});
  EXPECT_TRUE(SameBits(probabilities, TensorOf<float>({1, 2}, {1, 0})));
}

TEST(SoftmaxWithLoss, ANanScoreIsNotHidden) {
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  Tensor<float> probabilities({1, 3});
  const std::vector<int32_t> labels = {0};
  for (int64_t place = 0; place < 3; ++place) {
    Tensor<float> scores({1, 3}, 1.0f);
    scores[place] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(SoftmaxWithLossForward(scores, labels, probabilities, context)));
    for (const float probability : probabilities.span()) EXPECT_TRUE(std::isnan(probability));
  }
}

TEST(SoftmaxWithLoss, RefusesOperandsOfOtherShapes) {
  Tensor<float> scores({2, 3}, 0.0f), transposed({3, 2}, 0.0f);
  const std::vector<int32_t> labels = {1, 0};
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(SoftmaxForward(scores, transposed, context), CheckFailure);
  EXPECT_THROW(SoftmaxInputGradient(scores, transposed, scores, context), CheckFailure);
  EXPECT_THROW(SoftmaxInputGradient(scores, scores, transposed, context), CheckFailure);
  EXPECT_THROW(SoftmaxWithLossForward(scores, labels, transposed, context), CheckFailure);
  EXPECT_THROW(SoftmaxWithLossInputGradient(scores, labels, transposed, context), CheckFailure);
}

}  // namespace
}  // namespace ocellus
