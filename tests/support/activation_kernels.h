// What the kernels of every activation must keep: the result of the reference, also in place and
// for NaN, no read or write beside their memory, the same bits for any number of threads, and
// operands of one shape.
//
//   constexpr ActivationKernels kRelu{.forward = ReluForward, ...};
//   class ReluTest : public ActivationKernelsTest {};
//   TEST_P(ReluTest, ForwardIsThatOfTheReferenceAlsoInPlace) { ExpectForwardOfTheReference(kRelu);
//   }
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {

struct ActivationKernels {
  void (*forward)(TensorView<const float> input, TensorView<float> output,
                  const KernelContext& context);
  void (*input_gradient)(TensorView<const float> output, TensorView<const float> d_output,
                         TensorView<float> d_input, const KernelContext& context);
  void (*reference_forward)(TensorView<const double> input, TensorView<double> output);
  void (*reference_input_gradient)(TensorView<const double> output,
                                   TensorView<const double> d_output, TensorView<double> d_input);

  // How far an element of the output may be off, as a part of the exact one and besides; and an
  // element of the gradient, for outputs and gradients of magnitude 1.
  double relative_error = 0;
  double absolute_error = 0;
  double gradient_error = 0;
};

// Whether all elements are as near to the exact ones as the kernels promise. NaN fails.
testing::AssertionResult AllPromisedNear(const ActivationKernels& kernels,
                                         TensorView<const float> found,
                                         TensorView<const double> expected);

// The parameter is the number of elements.
class ActivationKernelsTest : public testing::TestWithParam<int64_t> {
 protected:
  // On every instruction set, for several numbers of threads.
  void ExpectForwardOfTheReference(const ActivationKernels& kernels) const;
  void ExpectNanForNan(const ActivationKernels& kernels) const;
  void ExpectInputGradientOfTheReference(const ActivationKernels& kernels) const;

 private:
  const Shape shape_{GetParam()};
};

// Forward for both signs, every power of two and 64 values in between: 32,512 normal numbers from
// 1.2e-38 to 3e38.
void ExpectPromisedErrorForEveryMagnitude(const ActivationKernels& kernels);

// A number has one result, at the end of an array as within a vector.
void ExpectTheSameBitsAtAnyPosition(const ActivationKernels& kernels);

void ExpectOtherShapesAreRefused(const ActivationKernels& kernels);

}  // namespace ocellus
