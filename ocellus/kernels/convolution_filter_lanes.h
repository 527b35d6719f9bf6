// Convolution with the filters in the lanes of vectors, for numbers of filters that fill them.
//
//   output^T {OH OW, FN} = patches^T {OH OW, K} * weights^T {K, FN}
//
// Of the patches, single elements are wanted, one after the other, and repeated in all lanes. So
// they are read from the image with its padding as it lies in memory, for any stride, and nothing
// of it is packed; the weights are, once for the whole batch. Outputs come pixel by pixel, all
// filters of a panel side by side, and are transposed at the end. That costs less than packing
// patches if the filters are long.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Whether the method applies (windows of up to 384 elements; for the input gradient, stride 1) and
// is expected to be faster than packing. Depends on the geometry only.
bool IsFilterLanesForwardFaster(const ConvolutionGeometry& geometry);
bool IsFilterLanesInputGradientFaster(const ConvolutionGeometry& geometry);

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t FilterLanesForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                       int threads);
int64_t FilterLanesInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                             int threads);

// As PackedConvolutionElements and PackConvolutionWeights.
int64_t FilterLanesPackedElements(const ConvolutionGeometry& geometry);
void PackFilterLanesWeights(const ConvolutionGeometry& geometry, TensorView<const float> weights,
                            float* packed, ThreadPool& pool);

// As ConvolutionForward, for any window of up to 384 elements; and as ConvolutionInputGradient, if
// the stride is 1.
void FilterLanesForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                        TensorView<const float> weights, TensorView<const float> biases,
                        Activation activation, TensorView<float> output,
                        const KernelContext& context, const float* packed = nullptr);
void FilterLanesInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                              TensorView<const float> weights, TensorView<float> d_input,
                              const KernelContext& context);

}  // namespace ocellus
