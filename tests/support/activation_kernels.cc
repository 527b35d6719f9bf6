// The expectations of activations.
#include "tests/support/activation_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

// Up to 4, of both signs, and exact zeros.
Tensor<float> RandomInput(const Shape& shape) {
  Tensor<float> input = RandomTensor(shape, 1);
  for (float& value : input.span()) value *= 4;
  return input;
}

Tensor<double> Expected(const ActivationKernels& kernels, const Tensor<float>& input) {
  Tensor<double> expected(input.shape());
  kernels.reference_forward(ConvertTo<double>(input.view()), expected);
  return expected;
}

GuardedTensor InPlace(const ActivationKernels& kernels, const Tensor<float>& input,
                      const KernelContext& context) {
  GuardedTensor values(input);
  kernels.forward(values.view(), values.view(), context);
  return values;
}

}  // namespace

testing::AssertionResult AllPromisedNear(const ActivationKernels& kernels,
                                         TensorView<const float> found,
                                         TensorView<const double> expected) {
  if (found.shape() != expected.shape()) {
    return testing::AssertionFailure()
           << "shape " << found.shape().ToString() << " instead of " << expected.shape().ToString();
  }
  for (int64_t i = 0; i < expected.elements(); ++i) {
    const double error = std::abs(found[i] - expected[i]);
    const double bound = kernels.relative_error * std::abs(expected[i]) + kernels.absolute_error;
    if (error <= bound) continue;
    return testing::AssertionFailure()
           << "element " << i << ": " << found[i] << " instead of " << expected[i] << ", error "
           << error << ", at most " << bound << "; seed " << TestSeed();
  }
  return testing::AssertionSuccess();
}

void ActivationKernelsTest::ExpectForwardOfTheReference(const ActivationKernels& kernels) const {
  const Tensor<float> input = RandomInput(shape_);
  const GuardedTensor guarded_input(input);
  const Tensor<double> expected = Expected(kernels, input);
  const auto check = [&](TensorView<const float> output) {
    return AllPromisedNear(kernels, output, expected);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output(shape_);
        kernels.forward(guarded_input.view(), output.view(), context);
        return output;
      },
      check);
  RunEverywhere(
      kNoScratch, [&](const KernelContext& context) { return InPlace(kernels, input, context); },
      check);
}

void ActivationKernelsTest::ExpectNanForNan(const ActivationKernels& kernels) const {
  Tensor<float> input(shape_, std::numeric_limits<float>::quiet_NaN());
  input[0] = -std::numeric_limits<float>::quiet_NaN();
  RunEverywhere(
      kNoScratch, [&](const KernelContext& context) { return InPlace(kernels, input, context); },
      [&](TensorView<const float> output) { return SameBits(output, input); });
}

void ActivationKernelsTest::ExpectInputGradientOfTheReference(
    const ActivationKernels& kernels) const {
  const Tensor<float> d_output = RandomTensor(shape_, 2);
  const GuardedTensor output(ConvertTo<float>(Expected(kernels, RandomInput(shape_)).view()));
  Tensor<double> expected(shape_);
  kernels.reference_input_gradient(ConvertTo<double>(output.view()),
                                   ConvertTo<double>(d_output.view()), expected);
  const auto check = [&](TensorView<const float> d_input) {
    return AllNear(d_input, expected, kernels.gradient_error);
  };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor d_input(shape_);
        kernels.input_gradient(output.view(), d_output, d_input.view(), context);
        return d_input;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor gradient(d_output);
        kernels.input_gradient(output.view(), gradient.view(), gradient.view(), context);
        return gradient;
      },
      check);
}

void ExpectPromisedErrorForEveryMagnitude(const ActivationKernels& kernels) {
  std::vector<float> values;
  constexpr int kSmallest = std::numeric_limits<float>::min_exponent - 1;  // of normal numbers
  for (int exponent = kSmallest; exponent < 128; ++exponent) {
    for (int step = 0; step < 64; ++step) {
      const float value = std::ldexp(1 + static_cast<float>(step) / 64, exponent);
      values.push_back(value);
      values.push_back(-value);
    }
  }
  Tensor<float> input({static_cast<int64_t>(values.size())});
  std::ranges::copy(values, input.data());
  const Tensor<double> expected = Expected(kernels, input);
  RunEverywhere(
      kNoScratch, [&](const KernelContext& context) { return InPlace(kernels, input, context); },
      [&](TensorView<const float> output) { return AllPromisedNear(kernels, output, expected); });
}

void ExpectTheSameBitsAtAnyPosition(const ActivationKernels& kernels) {
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  Tensor<float> input = RandomTensor({101}, 1), whole({101});
  kernels.forward(input, whole, context);
  for (int64_t i = 0; i < 101; ++i) {
    float alone = 0;
    kernels.forward({&input[i], {1}}, {&alone, {1}}, context);
    EXPECT_EQ(alone, whole[i]) << i;
  }
}

void ExpectOtherShapesAreRefused(const ActivationKernels& kernels) {
  Tensor<float> a({2, 2}, 0.0f), b({4}, 0.0f);
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  EXPECT_THROW(kernels.forward(a, b, context), CheckFailure);
  EXPECT_THROW(kernels.input_gradient(a, b, a, context), CheckFailure);
  EXPECT_THROW(kernels.input_gradient(a, a, b, context), CheckFailure);
}

}  // namespace ocellus
