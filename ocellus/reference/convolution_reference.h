// Convolution as the chapter computes it: im2col, then one matrix product for each group.
//
//   const ConvolutionGeometry geometry = MakeConvolutionGeometry(1, {28, 28}, 30, 1, {.size = 5},
//                                                                "conv1 (Convolution)");
//   reference::ConvolutionForward(geometry, input, weights, biases, Activation::kNone, output);
//
//   output[n, oc, oy, ox] = activation(biases[oc] + sum over ic, ky, kx of
//       weights[oc, ic, ky, kx] *
//       input[n, ic, oy * stride.h + ky * dilation.h - padding.h,
//                    ox * stride.w + kx * dilation.w - padding.w])
//
// where input outside the image is 0, and ic runs over the channels of the group of oc. The
// shapes are those of ConvolutionGeometry; operands must not overlap.
#pragma once

#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output. Without biases if that view is empty.
void ConvolutionForward(const ConvolutionGeometry& geometry, TensorView<const double> input,
                        TensorView<const double> weights, TensorView<const double> biases,
                        Activation activation, TensorView<double> output);

// Overwrites d_input with the gradient of the input. d_output is the gradient before the
// activation, here and below.
void ConvolutionInputGradient(const ConvolutionGeometry& geometry,
                              TensorView<const double> d_output, TensorView<const double> weights,
                              TensorView<double> d_input);

// Adds the gradients of the weights and, unless that view is empty, of the biases.
void AccumulateConvolutionWeightGradient(const ConvolutionGeometry& geometry,
                                         TensorView<const double> input,
                                         TensorView<const double> d_output,
                                         TensorView<double> d_weights, TensorView<double> d_biases);

}  // namespace ocellus::reference
