// The weight gradient of a convolution with the filters in the lanes of vectors:
//
//   d_weights^T {K, FN} += patches^T {K, N OH OW} * d_output^T {N OH OW, FN}        K = C * FH * FW
//
// for each group of channels. As in the forward pass (convolution_filter_lanes.h), elements of
// patches are repeated in all lanes and read where the image with its padding lies, where those of
// a row of a filter are neighbours (with a dilation, at equal distances), whatever the stride. Of
// d_output, one panel of filters is transposed, a block of pixels at a time: it is read for all
// filter elements, with 16 registers from the first-level cache.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Whether the method applies (outputs of up to 384 columns) and suits the geometry: rows of filters
// that make a tile, filters that fill vectors, and enough pixels for each sum.
bool SuitsFilterLanesWeightGradient(const ConvolutionGeometry& geometry);

// Whether it is then expected to be faster than products of rows with rows
// (convolution_weight_gradient.h): with an instruction set of 16 registers. With 32 it was not
// measured.
bool IsFilterLanesWeightGradientFaster(const ConvolutionGeometry& geometry);

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t FilterLanesWeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                              int threads);

// Adds to d_weights. For outputs of up to 384 columns; the contract is that of convolution.h.
void AccumulateFilterLanesWeightGradient(const ConvolutionGeometry& geometry,
                                         TensorView<const float> input,
                                         TensorView<const float> d_output,
                                         TensorView<float> d_weights, const KernelContext& context);

}  // namespace ocellus
