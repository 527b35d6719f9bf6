// Leaky ReLU in float against the reference: products with the slope are rounded once.
#include "ocellus/kernels/leaky_relu.h"

#include <gtest/gtest.h>

#include <limits>

#include "ocellus/reference/leaky_relu_reference.h"
#include "tests/support/activation_kernels.h"

namespace ocellus {
namespace {

// Exact in float and in double.
constexpr float kSlope = 0.375f;
constexpr double kSlopeRounding = std::numeric_limits<float>::epsilon() / 2;

constexpr ActivationKernels kLeakyRelu{
    .forward =
        [](TensorView<const float> input, TensorView<float> output, const KernelContext& context) {
          LeakyReluForward(input, kSlope, output, context);
        },
    .input_gradient =
        [](TensorView<const float> output, TensorView<const float> d_output,
           TensorView<float> d_input, const KernelContext& context) {
          LeakyReluInputGradient(output, kSlope, d_output, d_input, context);
        },
    .reference_forward =
        [](TensorView<const double> input, TensorView<double> output) {
          reference::LeakyReluForward(input, kSlope, output);
        },
    .reference_input_gradient =
        [](TensorView<const double> output, TensorView<const double> d_output,
           TensorView<double> d_input) {
          reference::LeakyReluInputGradient(output, kSlope, d_output, d_input);
        },
    .relative_error = kSlopeRounding,
    .gradient_error = kSlopeRounding};

class LeakyReluTest : public ActivationKernelsTest {};

TEST_P(LeakyReluTest, ForwardIsThatOfTheReferenceAlsoInPlace) {
  ExpectForwardOfTheReference(kLeakyRelu);
}

TEST_P(LeakyReluTest, NanStaysNan) { ExpectNanForNan(kLeakyRelu); }

TEST_P(LeakyReluTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  ExpectInputGradientOfTheReference(kLeakyRelu);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LeakyReluTest, testing::ValuesIn(kVectorSizes));

TEST(LeakyRelu, RefusesOperandsOfOtherShapes) { ExpectOtherShapesAreRefused(kLeakyRelu); }

}  // namespace
}  // namespace ocellus
