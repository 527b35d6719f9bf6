// Max pooling in float against the reference: the same values, winners and gradients, exactly.
#include "ocellus/kernels/max_pooling.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "ocellus/reference/max_pooling_reference.h"
#include "ocellus/reference/relu_reference.h"
#include "ocellus/tensor/check_shape.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/pooling_cases.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

// What the reference makes of the same input.
struct Expected {
  Expected(const PoolingGeometry& geometry, const Tensor<float>& input)
      : output(OutputShape(geometry, input.shape()[0])),
        winners(static_cast<size_t>(output.elements())) {
    reference::MaxPoolingForward(geometry, ConvertTo<double>(input.view()), output, winners);
  }
  Tensor<double> output;
  std::vector<int32_t> winners;
};

// Runs the kernel with and without winners and compares both with the reference.
void ExpectForwardIsThatOfTheReference(const PoolingGeometry& geometry, const Tensor<float>& input,
                                       Activation activation = Activation::kNone) {
  Expected expected(geometry, input);
  if (activation == Activation::kRelu) reference::ReluForward(expected.output, expected.output);
  const GuardedTensor guarded_input(input);
  const auto check = [&](TensorView<const float> output) {
    return AllNear(output, expected.output, 0);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(expected.output.shape());
        Guarded<int32_t> winners(expected.output.shape());
        MaxPoolingForward(geometry, guarded_input.view(), activation, output.view(), winners.span(),
                          context);
        EXPECT_THAT(winners.span(), testing::ElementsAreArray(expected.winners));
        EXPECT_TRUE(winners.GuardsAreIntact()) << "winners";
        return output;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(expected.output.shape());
        MaxPoolingForward(geometry, guarded_input.view(), activation, output.view(), {}, context);
        return output;
      },
      check);
}

class MaxPoolingCase : public testing::TestWithParam<PoolingCase> {
 protected:
  const PoolingGeometry geometry_ = GetParam().geometry();
  const Shape input_shape_ = InputShape(geometry_, GetParam().batch);
};

TEST_P(MaxPoolingCase, ForwardIsThatOfTheReference) {
  ExpectForwardIsThatOfTheReference(geometry_, RandomTensor(input_shape_, 1));
}

TEST_P(MaxPoolingCase, ForwardIsThatOfTheReferenceWithManyEqualElements) {
  ExpectForwardIsThatOfTheReference(geometry_, RandomWholeNumbers(input_shape_, 1));
}

TEST_P(MaxPoolingCase, ForwardAppliesTheActivation) {
  ExpectForwardIsThatOfTheReference(geometry_, RandomTensor(input_shape_, 1), Activation::kRelu);
}

TEST_P(MaxPoolingCase, InputGradientIsThatOfTheReference) {
  const Expected expected(geometry_, RandomTensor(input_shape_, 1));
  // Whole numbers, so that sums where windows overlap are exact in any order.
  const auto d_output = RandomWholeNumbers(expected.output.shape(), 2);
  Tensor<double> expected_d_input(input_shape_);
  reference::MaxPoolingInputGradient(geometry_, ConvertTo<double>(d_output.view()),
                                     expected.winners, expected_d_input);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_input(input_shape_);
        MaxPoolingInputGradient(geometry_, d_output, expected.winners, d_input.view(), context);
        return d_input;
      },
      [&](TensorView<const float> d_input) { return AllNear(d_input, expected_d_input, 0); });
}

INSTANTIATE_TEST_SUITE_P(Cases, MaxPoolingCase, testing::ValuesIn(PoolingCases()), PoolingCaseName);

// Every corner of the window in every lane of a vector.
TEST(MaxPooling, FindsTheFirstNanWhereverItIs) {
  const auto geometry = MakePoolingGeometry(1, {2, 80}, {.size = 2, .stride = 2}, "");
  for (int corner = 0; corner < 4; ++corner) {
    Tensor<float> input({1, 1, 2, 80}, 5.0f);
    std::vector<int32_t> expected(40);
    for (int64_t ox = 0; ox < 40; ++ox) {
      // A NaN in this corner and in all later ones; nothing but 5 in every third window.
      for (int64_t k = corner; k < 4 && ox % 3 != 0; ++k) {
        input.At(0, 0, k / 2, 2 * ox + k % 2) = std::numeric_limits<float>::quiet_NaN();
      }
      const int64_t winner = ox % 3 == 0 ? 0 : corner;
      expected[static_cast<size_t>(ox)] =
          static_cast<int32_t>(winner / 2 * 80 + 2 * ox + winner % 2);
    }
    std::vector<int32_t> winners(40);
    for (const Activation activation : {Activation::kNone, Activation::kRelu})
      RunEverywhere(
          kNoScratch,
          [&](const KernelContext& context) {
            GuardedTensor output({1, 1, 1, 40});
            MaxPoolingForward(geometry, input, activation, output.view(), winners, context);
            EXPECT_THAT(winners, testing::ElementsAreArray(expected)) << "corner " << corner;
            return output;
          },
          [&](TensorView<const float> output) -> testing::AssertionResult {
            for (int64_t ox = 0; ox < 40; ++ox) {
              if (std::isnan(output[ox]) != (ox % 3 != 0)) {
                return testing::AssertionFailure() << "output " << ox << " is " << output[ox];
              }
            }
            return testing::AssertionSuccess();
          });
  }
}

TEST(MaxPooling, FindsANanInAnyWindow) {
  const auto geometry = MakePoolingGeometry(1, {3, 3}, {.size = 2}, "");
  const Tensor<float> input = TensorOf<float>({1, 1, 3, 3}, {1, 9, 9, kNan, 2, kNan, 3, kNan, 4});
  const Expected expected(geometry, input);
  EXPECT_THAT(expected.winners, testing::ElementsAre(3, 5, 3, 5));
  for (const Activation activation : {Activation::kNone, Activation::kRelu})
    RunEverywhere(
        kNoScratch,
        [&](const KernelContext& context) {
          GuardedTensor output(expected.output.shape());
          std::vector<int32_t> winners(4);
          MaxPoolingForward(geometry, input, activation, output.view(), winners, context);
          EXPECT_EQ(winners, expected.winners);
          return output;
        },
        [](TensorView<const float> output) {
          return testing::AssertionResult(std::ranges::all_of(
              output.span(), [](float element) { return std::isnan(element); }));
        });
}

TEST(MaxPooling, RefusesOperandsOfOtherShapes) {
  const auto geometry = MakePoolingGeometry(1, {4, 4}, {.size = 2, .stride = 2}, "");
  Tensor<float> input({1, 1, 4, 4}, 0.0f), output({1, 1, 2, 2}, 0.0f);
  const std::vector<int32_t> winners(4);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  constexpr Activation kNone = Activation::kNone;
  EXPECT_THROW(MaxPoolingForward(geometry, output, kNone, output, {}, context), CheckFailure);
  EXPECT_THROW(MaxPoolingForward(geometry, input, kNone, input, {}, context), CheckFailure);
  EXPECT_THROW(MaxPoolingInputGradient(geometry, input, winners, input, context), CheckFailure);
  EXPECT_THROW(MaxPoolingInputGradient(geometry, output, winners, output, context), CheckFailure);
}

}  // namespace
}  // namespace ocellus
