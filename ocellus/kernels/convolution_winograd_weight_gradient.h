// The weight gradient of a 3x3 convolution with stride 1 by Winograd's F(4x4, 3x3). An output tile
// is Y = A^T (G g G^T * B^T d B) A, so for the gradient e {4, 4} of that tile (with * for each of
// the 36 products, and the matrices of winograd_transforms-inl.h)
//
//   E = A e A^T       {6, 6}  for each filter and tile
//   V = B^T d B       {6, 6}  for each channel and tile, of the input d {6, 6}
//   D = E^T V         36 products {filters, tiles} * {tiles, channels}: one for each place
//   dg = G^T D G      {3, 3}  for each filter and channel, once for all tiles
//
// The sums over all tiles are sums of transformed numbers: 36 multiplications a tile instead of
// 144. The price in accuracy is that of the forward pass: convolution_winograd.h.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Whether the method applies (3x3, stride and dilation 1) and is expected to be faster than the
// direct one.
bool IsWinogradWeightGradientFaster(const ConvolutionGeometry& geometry);

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t WinogradWeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                           int threads);

// Adds to d_weights, for any 3x3 window with stride and dilation 1; the contract is that of
// convolution.h.
void AccumulateWinogradWeightGradient(const ConvolutionGeometry& geometry,
                                      TensorView<const float> input,
                                      TensorView<const float> d_output, TensorView<float> d_weights,
                                      const KernelContext& context);

}  // namespace ocellus
