// What every way to convolve must keep, whatever its size: the result of the reference, no read or
// write beside its memory, the same bits for any number of threads, in any batch and with weights
// that were packed before, and scratch memory that does not shrink as the batch grows.
//
//   constexpr ConvolutionKernels kWinograd{.forward = WinogradForward, ...};
//   class WinogradTest : public ConvolutionKernelsTest {};
//   TEST_P(WinogradTest, ForwardMatchesTheReference) {
//     ExpectForwardOfTheReference(kWinograd);
//   }
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/check_shape.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"

namespace ocellus {

// One way to convolve; without a gradient, or without packed weights, if its functions are null.
struct ConvolutionKernels {
  using ScratchBytes = int64_t(const ConvolutionGeometry&, int64_t batch, int threads);

  void (*forward)(const ConvolutionGeometry&, TensorView<const float> input,
                  TensorView<const float> weights, TensorView<const float> biases,
                  Activation activation, TensorView<float> output, const KernelContext& context,
                  const float* packed);
  ScratchBytes* forward_scratch_bytes;
  void (*input_gradient)(const ConvolutionGeometry&, TensorView<const float> d_output,
                         TensorView<const float> weights, TensorView<float> d_input,
                         const KernelContext& context) = nullptr;
  ScratchBytes* input_gradient_scratch_bytes = nullptr;
  void (*weight_gradient)(const ConvolutionGeometry&, TensorView<const float> input,
                          TensorView<const float> d_output, TensorView<float> d_weights,
                          const KernelContext& context) = nullptr;
  ScratchBytes* weight_gradient_scratch_bytes = nullptr;

  // What forward takes as `packed`; it must be null where these are.
  int64_t (*packed_elements)(const ConvolutionGeometry&) = nullptr;
  void (*pack)(const ConvolutionGeometry&, TensorView<const float> weights, float* packed,
               ThreadPool& pool) = nullptr;

  // How large the numbers become that are added up, for inputs and weights of magnitude 1: one for
  // each product of an input and a weight.
  double largest_term = 1;
};

class ConvolutionKernelsTest : public testing::TestWithParam<ConvolutionCase> {
 protected:
  // On every instruction set, for several numbers of threads.
  void ExpectForwardOfTheReference(const ConvolutionKernels& kernels) const;
  void ExpectInputGradientOfTheReference(const ConvolutionKernels& kernels) const;
  void ExpectWeightGradientOfTheReference(const ConvolutionKernels& kernels) const;

  // Nothing is expected if the weights are not worth packing.
  void ExpectTheSameBitsOfPackedWeights(const ConvolutionKernels& kernels) const;

  // Of the directions that there are.
  void ExpectTheSameBitsInAnyBatch(const ConvolutionKernels& kernels) const;
  void ExpectScratchMemoryThatDoesNotShrink(const ConvolutionKernels& kernels) const;

  const ConvolutionGeometry g_ = GetParam().geometry();
  const int64_t batch_ = GetParam().batch;
  const Shape input_shape_ = InputShape(g_, batch_);
  const Shape output_shape_ = OutputShape(g_, batch_);
  const Tensor<float> input_ = RandomTensor(input_shape_, 1);
  const Tensor<float> weights_ = RandomTensor(WeightShape(g_), 2);
  const Tensor<float> biases_ = RandomTensor({g_.out_channels}, 3);
  const Tensor<float> d_output_ = RandomTensor(output_shape_, 4);
};

}  // namespace ocellus
