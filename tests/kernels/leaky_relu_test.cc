// Leaky ReLU in float against the reference: exactly the rounded products.
#include "ocellus/kernels/leaky_relu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ocellus/reference/leaky_relu_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

// Exact in float and in double; products with it are rounded once.
constexpr float kSlope = 0.375f;
constexpr double kRounding = std::numeric_limits<float>::epsilon() / 2;

class LeakyReluTest : public testing::TestWithParam<int64_t> {
 protected:
  const Shape shape_{GetParam()};
};

TEST_P(LeakyReluTest, ForwardIsThatOfTheReference) {
  const GuardedTensor input(RandomTensor(shape_, 1));
  Tensor<double> expected(shape_);
  reference::LeakyReluForward(ConvertTo<double>(input.view()), kSlope, expected);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(shape_);
        LeakyReluForward(input.view(), kSlope, output.view(), context);
        return output;
      },
      [&](TensorView<const float> output) { return AllNear(output, expected, kRounding); });
}

TEST_P(LeakyReluTest, ForwardMayBeInPlace) {
  const Tensor<float> input = RandomTensor(shape_, 1);
  Tensor<double> expected(shape_);
  reference::LeakyReluForward(ConvertTo<double>(input.view()), kSlope, expected);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(input);
        LeakyReluForward(values.view(), kSlope, values.view(), context);
        return values;
      },
      [&](TensorView<const float> output) { return AllNear(output, expected, kRounding); });
}

TEST_P(LeakyReluTest, NanStaysNan) {
  Tensor<float> input(shape_, std::numeric_limits<float>::quiet_NaN());
  input[0] = -std::numeric_limits<float>::quiet_NaN();
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(input);
        LeakyReluForward(values.view(), kSlope, values.view(), context);
        return values;
      },
      [&](TensorView<const float> output) { return SameBits(output, input); });
}

TEST_P(LeakyReluTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  Tensor<float> input = RandomTensor(shape_, 1);
  const Tensor<float> d_output = RandomTensor(shape_, 2);
  Tensor<double> output(shape_), expected(shape_);
  reference::LeakyReluForward(ConvertTo<double>(input.view()), kSlope, output);
  reference::LeakyReluInputGradient(output, kSlope, ConvertTo<double>(d_output.view()), expected);
  const GuardedTensor guarded_output(ConvertTo<float>(output.view()));
  const auto check = [&](TensorView<const float> d_input) {
    return AllNear(d_input, expected, kRounding);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_input(shape_);
        LeakyReluInputGradient(guarded_output.view(), kSlope, d_output, d_input.view(), context);
        return d_input;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor gradient(d_output);
        LeakyReluInputGradient(guarded_output.view(), kSlope, gradient.view(), gradient.view(),
                               context);
        return gradient;
      },
      check);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LeakyReluTest, testing::ValuesIn(kVectorSizes));

TEST(LeakyRelu, RefusesOperandsOfOtherShapes) {
  Tensor<float> a({2, 2}, 0.0f), b({4}, 0.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(LeakyReluForward(a, 1, b, context), CheckFailure);
  EXPECT_THROW(LeakyReluInputGradient(a, 1, b, a, context), CheckFailure);
  EXPECT_THROW(LeakyReluInputGradient(a, 1, a, b, context), CheckFailure);
}

}  // namespace
}  // namespace ocellus
