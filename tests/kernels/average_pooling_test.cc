// Average pooling in float against the reference.
#include "ocellus/kernels/average_pooling.h"

#include <gtest/gtest.h>

#include "ocellus/reference/average_pooling_reference.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/pooling_cases.h"

namespace ocellus {
namespace {

class AveragePoolingTest : public testing::TestWithParam<AveragePoolingCase> {
 protected:
  const PoolingCase& pooling_ = std::get<0>(GetParam());
  const PaddingCount padding_count_ = std::get<1>(GetParam());
  const PoolingGeometry geometry_ = pooling_.geometry();
  const Shape input_shape_ = InputShape(geometry_, pooling_.batch);
  const Shape output_shape_ = OutputShape(geometry_, pooling_.batch);
  const int64_t terms_ = geometry_.window.size.area() + 1;  // and the division
};

TEST_P(AveragePoolingTest, ForwardIsThatOfTheReference) {
  const Tensor<float> input = RandomTensor(input_shape_, 1);
  Tensor<double> expected(output_shape_);
  reference::AveragePoolingForward(geometry_, padding_count_, ConvertTo<double>(input.view()),
                                   expected);
  const GuardedTensor guarded_input(input);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(output_shape_);
        AveragePoolingForward(geometry_, padding_count_, guarded_input.view(), output.view(),
                              context);
        return output;
      },
      [&](TensorView<const float> output) {
        return AllNear(output, expected, SumBound<float>(terms_, Largest(input)));
      });
}

TEST_P(AveragePoolingTest, InputGradientIsThatOfTheReference) {
  const Tensor<float> d_output = RandomTensor(output_shape_, 1);
  Tensor<double> expected(input_shape_);
  reference::AveragePoolingInputGradient(geometry_, padding_count_,
                                         ConvertTo<double>(d_output.view()), expected);
  const GuardedTensor guarded_d_output(d_output);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_input(input_shape_);
        AveragePoolingInputGradient(geometry_, padding_count_, guarded_d_output.view(),
                                    d_input.view(), context);
        return d_input;
      },
      [&](TensorView<const float> d_input) {
        return AllNear(d_input, expected, SumBound<float>(terms_, Largest(d_output)));
      });
}

INSTANTIATE_TEST_SUITE_P(Cases, AveragePoolingTest, AveragePoolingCases(), AveragePoolingCaseName);

TEST(AveragePooling, RefusesOperandsOfOtherShapes) {
  const auto geometry = MakePoolingGeometry(1, {4, 4}, {.size = 2, .stride = 2}, "");
  constexpr PaddingCount kExclude = PaddingCount::kExclude;
  Tensor<float> input({1, 1, 4, 4}, 0.0f), output({1, 1, 2, 2}, 0.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(AveragePoolingForward(geometry, kExclude, output, output, context), CheckFailure);
  EXPECT_THROW(AveragePoolingForward(geometry, kExclude, input, input, context), CheckFailure);
  EXPECT_THROW(AveragePoolingInputGradient(geometry, kExclude, input, input, context),
               CheckFailure);
  EXPECT_THROW(AveragePoolingInputGradient(geometry, kExclude, output, output, context),
               CheckFailure);
}

}  // namespace
}  // namespace ocellus
