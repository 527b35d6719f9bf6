// Convolution with 3x3 filters and stride 1 by Winograd's minimal filtering F(4x4, 3x3): 36
// multiplications for 4x4 outputs instead of 144. (Winograd, "Arithmetic Complexity of
// Computations", 1980; Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016,
// section 4, whose names this file uses.)
//
// The output is cut into tiles of 4x4, each of which sees 6x6 of the input. With the matrices A, B
// and G of winograd_transforms-inl.h,
//
//   U = G g G^T       {6, 6}  for each filter and channel, of the filter g {3, 3}
//   V = B^T d B       {6, 6}  for each channel and tile, of the input d {6, 6}
//   M = V^T U         36 products {tiles, channels} * {channels, filters}: one for each place
//   output = A^T M A  {4, 4}  for each filter and tile
//
// The price is accuracy: the transforms add and subtract numbers that are up to 20 times as large
// as the result. tests/kernels/convolution_winograd_test.cc measures and bounds the error.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Whether the method applies (3x3, stride and dilation 1) and is expected to be faster than the
// direct one. Depends on the geometry only, so that a sample gets the same result in any batch.
bool IsWinogradForwardFaster(const ConvolutionGeometry& geometry);
bool IsWinogradInputGradientFaster(const ConvolutionGeometry& geometry);

// Whether transforming all filters takes long beside the rest of the work for a few samples: those
// whose output fits into a second-level cache.
bool TakesLongToTransformFilters(const ConvolutionGeometry& geometry);

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t WinogradForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                    int threads);
int64_t WinogradInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                          int threads);

// As PackedConvolutionElements and PackConvolutionWeights: the transformed filters. 0 if they are
// so large that transforming them again takes no longer than reading them.
int64_t WinogradPackedElements(const ConvolutionGeometry& geometry);
void PackWinogradWeights(const ConvolutionGeometry& geometry, TensorView<const float> weights,
                         float* packed, ThreadPool& pool);

// As ConvolutionForward and ConvolutionInputGradient, for any 3x3 window with stride and dilation
// 1.
void WinogradForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                     TensorView<const float> weights, TensorView<const float> biases,
                     Activation activation, TensorView<float> output, const KernelContext& context,
                     const float* packed = nullptr);
void WinogradInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                           TensorView<const float> weights, TensorView<float> d_input,
                           const KernelContext& context);

}  // namespace ocellus
