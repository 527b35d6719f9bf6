// ReLU in float against the reference: exactly the same.
#include "ocellus/kernels/relu.h"

#include <gtest/gtest.h>

#include "ocellus/reference/relu_reference.h"
#include "tests/support/activation_kernels.h"

namespace ocellus {
namespace {

constexpr ActivationKernels kRelu{.forward = ReluForward,
                                  .input_gradient = ReluInputGradient,
                                  .reference_forward = reference::ReluForward,
                                  .reference_input_gradient = reference::ReluInputGradient};

class ReluTest : public ActivationKernelsTest {};

TEST_P(ReluTest, ForwardIsThatOfTheReferenceAlsoInPlace) { ExpectForwardOfTheReference(kRelu); }

TEST_P(ReluTest, NanStaysNan) { ExpectNanForNan(kRelu); }

TEST_P(ReluTest, InputGradientIsThatOfTheReferenceAlsoInPlace) {
  ExpectInputGradientOfTheReference(kRelu);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ReluTest, testing::ValuesIn(kVectorSizes));

TEST(Relu, RefusesOperandsOfOtherShapes) { ExpectOtherShapesAreRefused(kRelu); }

}  // namespace
}  // namespace ocellus
