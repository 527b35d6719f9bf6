// Tanh in float against the reference: the promised relative error, everywhere.
#include "ocellus/kernels/tanh.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ocellus/reference/tanh_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/tensor_of.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

// What the header promises.
constexpr double kRelativeError = 4 * std::numeric_limits<float>::epsilon();

testing::AssertionResult AllRelativelyNear(TensorView<const float> found,
                                           const Tensor<double>& expected) {
  // What is smaller than the smallest normal number may lose digits.
  constexpr double kSmallest = 0;
  for (int64_t i = 0; i < expected.elements(); ++i) {
    const double error = std::abs(found[i] - expected[i]);
    if (error <= kRelativeError * std::abs(expected[i]) + kSmallest) continue;
    return testing::AssertionFailure()
           << "element " << i << ": " << found[i] << " instead of " << expected[i]
           << ", relative error " << error / std::abs(expected[i]);
  }
  return testing::AssertionSuccess();
}

Tensor<double> Expected(TensorView<const float> input) {
  Tensor<double> expected(input.shape());
  reference::TanhForward(ConvertTo<double>(input), expected);
  return expected;
}

class TanhTest : public testing::TestWithParam<int64_t> {
 protected:
  TanhTest() {
    for (float& value : input_.span()) value *= 4;
  }

  const Shape shape_{GetParam()};
  Tensor<float> input_ = RandomTensor(shape_, 1);
};

TEST_P(TanhTest, ForwardIsThatOfTheReferenceAlsoInPlace) {
  const GuardedTensor guarded_input(input_);
  const Tensor<double> expected = Expected(input_);
  const auto check = [&](TensorView<const float> output) {
    return AllRelativelyNear(output, expected);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(shape_);
        TanhForward(guarded_input.view(), output.view(), context);
        return output;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(input_);
        TanhForward(values.view(), values.view(), context);
        return values;
      },
      check);
}

TEST_P(TanhTest, NanStaysNan) {
  Tensor<float> input(shape_, std::numeric_limits<float>::quiet_NaN());
  input[0] = -std::numeric_limits<float>::quiet_NaN();
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor values(input);
        TanhForward(values.view(), values.view(), context);
        return values;
      },
      [&](TensorView<const float> output) { return SameBits(output, input); });
}

TEST_P(TanhTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  const Tensor<float> d_output = RandomTensor(shape_, 2);
  const GuardedTensor output(ConvertTo<float>(Expected(input_).view()));
  Tensor<double> expected(shape_);
  reference::TanhInputGradient(ConvertTo<double>(output.view()), ConvertTo<double>(d_output.view()),
                               expected);
  const auto check = [&](TensorView<const float> d_input) {
    return AllNear(d_input, expected, SumBound<float>(2, 1));
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_input(shape_);
        TanhInputGradient(output.view(), d_output, d_input.view(), context);
        return d_input;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor gradient(d_output);
        TanhInputGradient(output.view(), gradient.view(), gradient.view(), context);
        return gradient;
      },
      check);
}

INSTANTIATE_TEST_SUITE_P(Sizes, TanhTest, testing::ValuesIn(kVectorSizes));

// Both signs, every power of two and 64 values in between: 33,000 numbers from 1e-45 to 3e38.
TEST(Tanh, KeepsItsRelativeErrorForEveryMagnitude) {
  std::vector<float> values;
  for (int exponent = -149; exponent < 128; ++exponent) {
    for (int step = 0; step < 64; ++step) {
      const float value = std::ldexp(1 + static_cast<float>(step) / 64, exponent);
      values.push_back(value);
      values.push_back(-value);
    }
  }
  Tensor<float> input({static_cast<int64_t>(values.size())});
  std::ranges::copy(values, input.data());
  const Tensor<double> expected = Expected(input);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(input.view().shape());
        TanhForward(input, output.view(), context);
        return output;
      },
      [&](TensorView<const float> output) { return AllRelativelyNear(output, expected); });
}

TEST(Tanh, IsExactAtTheEnds) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Tensor<float> input =
      TensorOf<float>({8}, {-kInfinity, -3e38, -200, -0.0, 0, 200, 3e38, kInfinity});
  const Tensor<float> expected = TensorOf<float>({8}, {-1, -1, -1, -0.0, 0, 1, 1, 1});
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output({8});
        TanhForward(input, output.view(), context);
        return output;
      },
      [&](TensorView<const float> output) { return SameBits(output, expected); });
}

// A number has one result, at the end of an array as within a vector.
TEST(Tanh, DoesNotDependOnThePosition) {
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  Tensor<float> input = RandomTensor({101}, 1), whole({101});
  TanhForward(input, whole, context);
  for (int64_t i = 0; i < 101; ++i) {
    float alone = 0;
    TanhForward({&input[i], {1}}, {&alone, {1}}, context);
    EXPECT_EQ(alone, whole[i]) << i;
  }
}

TEST(Tanh, RefusesOperandsOfOtherShapes) {
  Tensor<float> a({2, 2}, 0.0f), b({4}, 0.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(TanhForward(a, b, context), CheckFailure);
  EXPECT_THROW(TanhInputGradient(a, b, a, context), CheckFailure);
  EXPECT_THROW(TanhInputGradient(a, a, b, context), CheckFailure);
}

}  // namespace
}  // namespace ocellus
