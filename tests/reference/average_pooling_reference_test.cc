// Average pooling in double: what counts, and the gradient.
#include "ocellus/reference/average_pooling_reference.h"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/pooling_cases.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

Tensor<double> Forward(const PoolingGeometry& geometry, PaddingCount padding_count,
                       TensorView<const double> input) {
  Tensor<double> output({input.shape()[0], geometry.channels, geometry.output.h, geometry.output.w},
                        kNan);
  AveragePoolingForward(geometry, padding_count, input, output);
  return output;
}

TEST(AveragePoolingReference, TakesTheMeanOfEachWindow) {
  const auto geometry = MakePoolingGeometry(1, {2, 4}, {.size = 2, .stride = 2}, "");
  const Tensor<double> input = TensorOf({1, 1, 2, 4}, {1, 2, 1, 0, 0, 1, 2, 3});
  const Tensor<double> expected = TensorOf({1, 1, 1, 2}, {1, 1.5});
  EXPECT_TRUE(SameBits(Forward(geometry, PaddingCount::kExclude, input), expected));
  EXPECT_TRUE(SameBits(Forward(geometry, PaddingCount::kInclude, input), expected));
}

TEST(AveragePoolingReference, PaddingCountsOnlyIfAskedFor) {
  // Windows of 2 x 3 over 1 x 3 with a row above and below, and a column left and right.
  const auto geometry = MakePoolingGeometry(1, {1, 3}, {.size = {2, 3}, .padding = {1, 1}}, "");
  const Tensor<double> input = TensorOf({1, 1, 1, 3}, {2, 4, 12});
  EXPECT_TRUE(SameBits(Forward(geometry, PaddingCount::kExclude, input),
                       TensorOf({1, 1, 2, 3}, {3, 6, 8, 3, 6, 8})));
  EXPECT_TRUE(SameBits(Forward(geometry, PaddingCount::kInclude, input),
                       TensorOf({1, 1, 2, 3}, {1, 3, 16.0 / 6, 1, 3, 16.0 / 6})));
}

TEST(AveragePoolingReference, WhatLiesBeyondThePaddedImageNeverCounts) {
  // Windows begin at -1, 2 and 5; the padded image ends behind 6, so the last one has 2 of its 3
  // elements in it, one of them padding.
  const auto geometry = MakePoolingGeometry(
      1, {1, 6}, {.size = {1, 3}, .stride = {1, 3}, .padding = {0, 1}, .rounding = Rounding::kCeil},
      "");
  ASSERT_EQ(geometry.output, Extent(1, 3));
  const Tensor<double> input = TensorOf({1, 1, 1, 6}, {3, 6, 1, 2, 6, 8});
  EXPECT_TRUE(SameBits(Forward(geometry, PaddingCount::kExclude, input),
                       TensorOf({1, 1, 1, 3}, {4.5, 3, 8})));
  EXPECT_TRUE(SameBits(Forward(geometry, PaddingCount::kInclude, input),
                       TensorOf({1, 1, 1, 3}, {3, 3, 4})));
}

TEST(AveragePoolingReference, GradientGoesInEqualPartsToTheWindow) {
  const auto geometry = MakePoolingGeometry(1, {1, 3}, {.size = {1, 2}, .padding = {0, 1}}, "");
  const Tensor<double> d_output = TensorOf({1, 1, 1, 4}, {2, 4, 8, 16});
  Tensor<double> d_input({1, 1, 1, 3}, kNan);
  AveragePoolingInputGradient(geometry, PaddingCount::kInclude, d_output, d_input);
  EXPECT_TRUE(SameBits(d_input, TensorOf({1, 1, 1, 3}, {3, 6, 12})));
  AveragePoolingInputGradient(geometry, PaddingCount::kExclude, d_output, d_input);
  EXPECT_TRUE(SameBits(d_input, TensorOf({1, 1, 1, 3}, {4, 6, 20})));
}

TEST(AveragePoolingReference, RefusesOperandsOfOtherShapes) {
  const auto geometry = MakePoolingGeometry(1, {4, 4}, {.size = 2, .stride = 2}, "");
  Tensor<double> input({1, 1, 4, 4}, 0.0), output({1, 1, 2, 2}, 0.0);
  EXPECT_THROW(AveragePoolingForward(geometry, PaddingCount::kExclude, output, output),
               CheckFailure);
  EXPECT_THROW(AveragePoolingForward(geometry, PaddingCount::kExclude, input, input), CheckFailure);
  EXPECT_THROW(AveragePoolingInputGradient(geometry, PaddingCount::kExclude, input, input),
               CheckFailure);
  EXPECT_THROW(AveragePoolingInputGradient(geometry, PaddingCount::kExclude, output, output),
               CheckFailure);
}

class AveragePoolingReferenceCase : public testing::TestWithParam<AveragePoolingCase> {
 protected:
  const PoolingCase& pooling_ = std::get<0>(GetParam());
  const PaddingCount padding_count_ = std::get<1>(GetParam());
  const PoolingGeometry geometry_ = pooling_.geometry();
  const Shape input_shape_{pooling_.batch, geometry_.channels, geometry_.input.h,
                           geometry_.input.w};
};

TEST_P(AveragePoolingReferenceCase, TheMeanOfAConstantIsThatConstantWherePaddingDoesNotCount) {
  const Tensor<double> output =
      Forward(geometry_, PaddingCount::kExclude, Tensor<double>(input_shape_, 2.0));
  EXPECT_TRUE(SameBits(output, Tensor<double>(output.shape(), 2.0)));
}

TEST_P(AveragePoolingReferenceCase, GradientIsTheDifferenceQuotient) {
  Tensor<double> input = RandomTensor<double>(input_shape_, 1);
  const Tensor<double> d_output = RandomTensor<double>(
      {pooling_.batch, geometry_.channels, geometry_.output.h, geometry_.output.w}, 2);
  Tensor<double> d_input(input_shape_, kNan);
  AveragePoolingInputGradient(geometry_, padding_count_, d_output, d_input);
  const Tensor<double> numerical = NumericalGradient(
      input, [&] { return InnerProduct(Forward(geometry_, padding_count_, input), d_output); });
  const int64_t terms = d_output.elements() * geometry_.window.size.area();
  const double tolerance = SumBound<double>(terms, 1.0) / kDifferenceStep;
  EXPECT_TRUE(AllNear(numerical, d_input, tolerance));
}

INSTANTIATE_TEST_SUITE_P(Cases, AveragePoolingReferenceCase, AveragePoolingCases(),
                         AveragePoolingCaseName);

}  // namespace
}  // namespace ocellus::reference
