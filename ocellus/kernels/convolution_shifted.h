// Convolution with stride 1 and few filters, without im2col in any form.
//
// In an image with its padding, whose rows have W' elements, filter element (c, ky, kx) sees at
// output pixel (y, x) the element at c H' W' + (y + ky DH) W' + (x + kx DW): the image as it is,
// shifted by an offset of its own. If a row of the output is allowed to have W' pixels instead of
// OW, the patches of all pixels are therefore read where the image lies, and nothing is packed:
//
//   sums {FN, OH W'}  = sum over (c, ky, kx) of weights {FN} * image {OH W'} shifted by its offset
//
// The W' - OW pixels too many in each row see the end of one row and the beginning of the next.
// They are thrown away. That costs less than packing if there are few filters that would share what
// is packed.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Whether the method applies (stride 1; windows of up to 384 elements) and is expected to be faster
// than packing, forward and for the input gradient. Depends on the geometry only.
bool IsShiftedForwardFaster(const ConvolutionGeometry& geometry);
bool IsShiftedInputGradientFaster(const ConvolutionGeometry& geometry);

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t ShiftedForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch, int threads);
int64_t ShiftedInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                         int threads);

// As ConvolutionForward and ConvolutionInputGradient, for any window of up to 384 elements with
// stride 1.
void ShiftedForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                    TensorView<const float> weights, TensorView<const float> biases,
                    Activation activation, TensorView<float> output, const KernelContext& context);
void ShiftedInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                          TensorView<const float> weights, TensorView<float> d_input,
                          const KernelContext& context);

}  // namespace ocellus
