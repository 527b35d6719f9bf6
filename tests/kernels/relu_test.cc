// ReLU in float against the reference: exactly the same.
#include "ocellus/kernels/relu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ocellus/reference/relu_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

class ReluTest : public testing::TestWithParam<int64_t> {
 protected:
  const Shape shape_{GetParam()};
};

TEST_P(ReluTest, ForwardIsThatOfTheReference) {
  const GuardedTensor input(RandomTensor(shape_, 1));
  Tensor<double> expected(shape_);
  reference::ReluForward(ConvertTo<double>(input.view()), expected);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(shape_);
        ReluForward(input.view(), output.view(), context);
        return output;
      },
      [&](TensorView<const float> output) { return AllNear(output, expected, 0); });
}

TEST_P(ReluTest, ForwardMayBeInPlace) {
  const Tensor<float> input = RandomTensor(shape_, 1);
  Tensor<double> expected(shape_);
  reference::ReluForward(ConvertTo<double>(input.view()), expected);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(input);
        ReluForward(values.view(), values.view(), context);
        return values;
      },
      [&](TensorView<const float> output) { return AllNear(output, expected, 0); });
}

TEST_P(ReluTest, NanStaysNan) {
  Tensor<float> input(shape_, std::numeric_limits<float>::quiet_NaN());
  input[0] = -std::numeric_limits<float>::quiet_NaN();
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(input);
        ReluForward(values.view(), values.view(), context);
        return values;
      },
      [&](TensorView<const float> output) { return SameBits(output, input); });
}

TEST_P(ReluTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  Tensor<float> input = RandomTensor(shape_, 1);
  const Tensor<float> d_output = RandomTensor(shape_, 2);
  Tensor<double> output(shape_), expected(shape_);
  reference::ReluForward(ConvertTo<double>(input.view()), output);
  reference::ReluInputGradient(output, ConvertTo<double>(d_output.view()), expected);
  const GuardedTensor guarded_output(ConvertTo<float>(output.view()));
  const auto check = [&](TensorView<const float> d_input) { return AllNear(d_input, expected, 0); };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_input(shape_);
        ReluInputGradient(guarded_output.view(), d_output, d_input.view(), context);
        return d_input;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor gradient(d_output);
        ReluInputGradient(guarded_output.view(), gradient.view(), gradient.view(), context);
        return gradient;
      },
      check);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ReluTest, testing::ValuesIn(kVectorSizes));

TEST(Relu, RefusesOperandsOfOtherShapes) {
  Tensor<float> a({2, 2}, 0.0f), b({4}, 0.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(ReluForward(a, b, context), CheckFailure);
  EXPECT_THROW(ReluInputGradient(a, b, a, context), CheckFailure);
  EXPECT_THROW(ReluInputGradient(a, a, b, context), CheckFailure);
}

}  // namespace
}  // namespace ocellus
