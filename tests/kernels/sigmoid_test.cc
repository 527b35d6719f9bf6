// Sigmoid in float against the reference: the promised relative error, everywhere.
#include "ocellus/kernels/sigmoid.h"

#include <gtest/gtest.h>

#include <limits>

#include "ocellus/reference/sigmoid_reference.h"
#include "tests/support/activation_kernels.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

constexpr ActivationKernels kSigmoid{
    .forward = SigmoidForward,
    .input_gradient = SigmoidInputGradient,
    .reference_forward = reference::SigmoidForward,
    .reference_input_gradient = reference::SigmoidInputGradient,
    .relative_error = 4 * std::numeric_limits<float>::epsilon(),  // what the header promises
    .absolute_error = std::numeric_limits<float>::min(),          // below it, digits may be lost
    .gradient_error = 2 * std::numeric_limits<float>::epsilon()};

class SigmoidTest : public ActivationKernelsTest {};

TEST_P(SigmoidTest, ForwardIsThatOfTheReferenceAlsoInPlace) {
  ExpectForwardOfTheReference(kSigmoid);
}

TEST_P(SigmoidTest, NanStaysNan) { ExpectNanForNan(kSigmoid); }

TEST_P(SigmoidTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  ExpectInputGradientOfTheReference(kSigmoid);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SigmoidTest, testing::ValuesIn(kVectorSizes));

TEST(Sigmoid, KeepsItsErrorForEveryMagnitude) { ExpectPromisedErrorForEveryMagnitude(kSigmoid); }

TEST(Sigmoid, IsExactAtTheEnds) {
  const Tensor<float> input =
      TensorOf<float>({8}, {-kInfinity, -3e38, -200, -0.0, 0, 200, 3e38, kInfinity});
  const Tensor<double> expected = TensorOf({8}, {0, 0, 0, 0.5, 0.5, 1, 1, 1});
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor output({8});
        SigmoidForward(input, output.view(), context);
        return output;
      },
      [&](TensorView<const float> output) { return AllNear(output, expected, 0); });
}

TEST(Sigmoid, DoesNotDependOnThePosition) { ExpectTheSameBitsAtAnyPosition(kSigmoid); }

TEST(Sigmoid, RefusesOperandsOfOtherShapes) { ExpectOtherShapesAreRefused(kSigmoid); }

}  // namespace
}  // namespace ocellus
