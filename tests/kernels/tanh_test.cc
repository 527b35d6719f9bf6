// Tanh in float against the reference: the promised relative error, everywhere.
#include "ocellus/kernels/tanh.h"

#include <gtest/gtest.h>

#include <limits>

#include "ocellus/reference/tanh_reference.h"
#include "tests/support/activation_kernels.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

constexpr ActivationKernels kTanh{
    .forward = TanhForward,
    .input_gradient = TanhInputGradient,
    .reference_forward = reference::TanhForward,
    .reference_input_gradient = reference::TanhInputGradient,
    .relative_error = 4 * std::numeric_limits<float>::epsilon(),  // what the header promises
    .gradient_error = 2 * std::numeric_limits<float>::epsilon()};

class TanhTest : public ActivationKernelsTest {};

TEST_P(TanhTest, ForwardIsThatOfTheReferenceAlsoInPlace) { ExpectForwardOfTheReference(kTanh); }

TEST_P(TanhTest, NanStaysNan) { ExpectNanForNan(kTanh); }

TEST_P(TanhTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  ExpectInputGradientOfTheReference(kTanh);
}

INSTANTIATE_TEST_SUITE_P(Sizes, TanhTest, testing::ValuesIn(kVectorSizes));

TEST(Tanh, KeepsItsErrorForEveryMagnitude) { ExpectPromisedErrorForEveryMagnitude(kTanh); }

TEST(Tanh, IsExactAtTheEnds) {
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

TEST(Tanh, DoesNotDependOnThePosition) { ExpectTheSameBitsAtAnyPosition(kTanh); }

TEST(Tanh, RefusesOperandsOfOtherShapes) { ExpectOtherShapesAreRefused(kTanh); }

}  // namespace
}  // namespace ocellus
