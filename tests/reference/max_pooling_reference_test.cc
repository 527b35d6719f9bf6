// Max pooling in double: the chapter's example, who wins, and the gradient.
#include "ocellus/reference/max_pooling_reference.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "ocellus/base/random.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/pooling_cases.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

using testing::ElementsAre;

struct Pooled {
  Tensor<double> output;
  std::vector<int32_t> winners;
};

Pooled Forward(const PoolingGeometry& geometry, TensorView<const double> input) {
  Pooled pooled{
      Tensor<double>({input.shape()[0], geometry.channels, geometry.output.h, geometry.output.w},
                     kNan),
      {}};
  pooled.winners.assign(static_cast<size_t>(pooled.output.elements()), -1);
  MaxPoolingForward(geometry, input, pooled.output, pooled.winners);
  return pooled;
}

// One plane of 1 x W and one window over all of it.
Pooled OfRow(std::initializer_list<double> row) {
  const int64_t width = std::ssize(row);
  return Forward(MakePoolingGeometry(1, {1, width}, {.size = {1, width}}, ""),
                 TensorOf({1, 1, 1, width}, row));
}

TEST(MaxPoolingReference, GivesTheChaptersExample) {
  const auto geometry = MakePoolingGeometry(1, {4, 4}, {.size = 2, .stride = 2}, "");
  const Tensor<double> input =
      TensorOf({1, 1, 4, 4}, {1, 2, 1, 0, 0, 1, 2, 3, 3, 0, 1, 2, 2, 4, 0, 1});
  const Pooled pooled = Forward(geometry, input);
  EXPECT_TRUE(SameBits(pooled.output, TensorOf({1, 1, 2, 2}, {2, 3, 4, 2})));
  EXPECT_THAT(pooled.winners, ElementsAre(1, 7, 13, 11));
}

TEST(MaxPoolingReference, PaddingNeverWins) {
  const auto geometry = MakePoolingGeometry(1, {1, 3}, {.size = {2, 3}, .padding = {1, 2}}, "");
  const Pooled pooled = Forward(geometry, TensorOf({1, 1, 1, 3}, {-5, -1, -3}));
  EXPECT_TRUE(
      SameBits(pooled.output, TensorOf({1, 1, 2, 5}, {-5, -1, -1, -1, -3, -5, -1, -1, -1, -3})));
  EXPECT_THAT(pooled.winners, ElementsAre(0, 1, 1, 1, 2, 0, 1, 1, 1, 2));
}

TEST(MaxPoolingReference, TheFirstOfEqualElementsWins) {
  EXPECT_THAT(OfRow({1, 3, 2, 3}).winners, ElementsAre(1));
  EXPECT_THAT(OfRow({0.0, -0.0}).winners, ElementsAre(0));
  EXPECT_THAT(OfRow({-0.0, 0.0}).winners, ElementsAre(0));
}

TEST(MaxPoolingReference, TheFirstNanWinsAndMinusInfinityIsANumberLikeOthers) {
  EXPECT_THAT(OfRow({1, kNan, kInfinity, kNan}).winners, ElementsAre(1));
  EXPECT_TRUE(std::isnan(OfRow({1, kNan, kInfinity, kNan}).output[0]));
  EXPECT_THAT(OfRow({kNan, 1}).winners, ElementsAre(0));
  EXPECT_THAT(OfRow({-kInfinity, -kInfinity}).winners, ElementsAre(0));
}

TEST(MaxPoolingReference, GradientsOfOverlappingWindowsAddUp) {
  const auto geometry = MakePoolingGeometry(1, {1, 4}, {.size = {1, 2}}, "");
  const std::vector<int32_t> winners = {1, 1, 3};
  Tensor<double> d_input({1, 1, 1, 4}, kNan);
  MaxPoolingInputGradient(geometry, TensorOf({1, 1, 1, 3}, {10, 20, 40}), winners, d_input);
  EXPECT_TRUE(SameBits(d_input, TensorOf({1, 1, 1, 4}, {0, 30, 0, 40})));
}

TEST(MaxPoolingReference, RefusesOperandsOfOtherShapes) {
  const auto geometry = MakePoolingGeometry(1, {4, 4}, {.size = 2, .stride = 2}, "");
  Tensor<double> input({1, 1, 4, 4}, 0.0), output({1, 1, 2, 2}, 0.0);
  EXPECT_THROW(MaxPoolingForward(geometry, output, output, {}), CheckFailure);
  EXPECT_THROW(MaxPoolingForward(geometry, input, input, {}), CheckFailure);
  const std::vector<int32_t> winners = {0, 0, 0, 0};
  EXPECT_THROW(MaxPoolingInputGradient(geometry, input, winners, input), CheckFailure);
  EXPECT_THROW(MaxPoolingInputGradient(geometry, output, winners, output), CheckFailure);
}

class MaxPoolingReferenceCase : public testing::TestWithParam<PoolingCase> {
 protected:
  const PoolingGeometry geometry_ = GetParam().geometry();
  const Shape input_shape_{GetParam().batch, geometry_.channels, geometry_.input.h,
                           geometry_.input.w};
};

TEST_P(MaxPoolingReferenceCase, TheWinnerIsInItsWindowAndNoneThereIsLarger) {
  const Tensor<double> input = RandomWholeNumbers<double>(input_shape_, 1);
  const auto [output, winners] = Forward(geometry_, input);
  const Window& w = geometry_.window;
  size_t i = 0;
  for (int64_t n = 0; n < input_shape_[0]; ++n)
    for (int64_t c = 0; c < geometry_.channels; ++c)
      for (int64_t oy = 0; oy < geometry_.output.h; ++oy)
        for (int64_t ox = 0; ox < geometry_.output.w; ++ox, ++i) {
          double largest = -kInfinity;
          bool has_winner = false;
          for (int64_t ky = 0; ky < w.size.h; ++ky)
            for (int64_t kx = 0; kx < w.size.w; ++kx) {
              const int64_t iy = oy * w.stride.h + ky * w.dilation.h - w.padding.h;
              const int64_t ix = ox * w.stride.w + kx * w.dilation.w - w.padding.w;
              if (iy < 0 || iy >= geometry_.input.h || ix < 0 || ix >= geometry_.input.w) continue;
              largest = std::max(largest, input.At(n, c, iy, ix));
              has_winner |= winners[i] == iy * geometry_.input.w + ix;
            }
          ASSERT_TRUE(has_winner) << "output " << i << " has winner " << winners[i];
          ASSERT_EQ(output[static_cast<int64_t>(i)], largest) << i;
          ASSERT_EQ(input.At(n, c, winners[i] / geometry_.input.w, winners[i] % geometry_.input.w),
                    largest)
              << i;
        }
}

TEST_P(MaxPoolingReferenceCase, WithoutWinnersTheOutputIsTheSame) {
  const Tensor<double> input = RandomTensor<double>(input_shape_, 1);
  const Tensor<double> expected = Forward(geometry_, input).output;
  Tensor<double> output(expected.shape(), kNan);
  MaxPoolingForward(geometry_, input, output, {});
  EXPECT_TRUE(SameBits(output, expected));
}

// All elements differ by far more than the step of the quotient, so that no winner changes.
TEST_P(MaxPoolingReferenceCase, GradientIsTheDifferenceQuotient) {
  Random random(TestSeed(), 0);
  Tensor<double> input(input_shape_);
  std::iota(input.span().begin(), input.span().end(), 0.0);
  random.Shuffle(input.span());
  for (double& element : input.span()) element = element / static_cast<double>(input.elements());
  const auto [output, winners] = Forward(geometry_, input);
  const Tensor<double> d_output = RandomTensor<double>(output.shape(), 1);
  Tensor<double> d_input(input_shape_, kNan);
  MaxPoolingInputGradient(geometry_, d_output, winners, d_input);
  const Tensor<double> numerical = NumericalGradient(
      input, [&] { return InnerProduct(Forward(geometry_, input).output, d_output); });
  const double tolerance = SumBound<double>(output.elements(), 1.0) / kDifferenceStep;
  EXPECT_TRUE(AllNear(numerical, d_input, tolerance));
}

INSTANTIATE_TEST_SUITE_P(Cases, MaxPoolingReferenceCase, testing::ValuesIn(PoolingCases()),
                         PoolingCaseName);

}  // namespace
}  // namespace ocellus::reference
