// A convolution and the max pooling that alone reads its output, a few samples at a time.
//
// The output of a convolution is often the largest array of a network, and max pooling keeps a
// quarter of it. So a thread convolves a few samples into scratch memory, which stays in its
// second-level cache, and pools them there: the output of the convolution never exists as a whole.
// The results have the same bits as those of convolution.h and max_pooling.h one after the other.
// For the gradients behind both: winners_gradient.h and winners_input_gradient.h.
//
// For less than two samples for each thread, all threads convolve the batch as a whole into scratch
// memory. Not worth while for methods that prepare something for a whole batch: PreparesBatch.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/kernels/convolution.h"
#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// The two operations; what the convolution puts out the pooling takes in.
struct PooledConvolution {
  ConvolutionGeometry convolution;
  PoolingGeometry pooling;
  ConvolutionMethod method = ConvolutionMethod::kFastest;
};

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t PooledConvolutionForwardScratchBytes(const PooledConvolution& both, int64_t batch,
                                             int threads);

// Overwrites output and, unless it is empty, winners (see MaxPoolingForward). The activation is
// applied to the output. Without biases if that view is empty. `packed` is as for
// ConvolutionForward.
void PooledConvolutionForward(const PooledConvolution& both, TensorView<const float> input,
                              TensorView<const float> weights, TensorView<const float> biases,
                              Activation activation, TensorView<float> output,
                              std::span<int32_t> winners, const KernelContext& context,
                              const float* packed = nullptr);

}  // namespace ocellus
