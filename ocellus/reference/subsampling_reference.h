// Subsampling as in LeNet-5: the sum of each window times a coefficient of its channel, plus a bias
// of its channel.
//
//   sum[n, c, oy, ox] = sum over ky, kx of input[n, c, oy * stride.h + ky, ox * stride.w + kx]
//   output            = weights[c] * sum + biases[c]
//
// The shapes are those of PoolingGeometry, without padding or dilation; weights and biases have an
// element for each channel. Operands must not overlap.
#pragma once

#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output.
void SubsamplingForward(const PoolingGeometry& geometry, TensorView<const double> input,
                        TensorView<const double> weights, TensorView<const double> biases,
                        TensorView<double> output);

// Overwrites d_input: every element of a window gets weights[c] * d_output.
void SubsamplingInputGradient(const PoolingGeometry& geometry, TensorView<const double> d_output,
                              TensorView<const double> weights, TensorView<double> d_input);

// Adds to d_weights[c] the sum of sum * d_output over all windows of the channel, and to
// d_biases[c] that of d_output.
void AccumulateSubsamplingParameterGradient(const PoolingGeometry& geometry,
                                            TensorView<const double> input,
                                            TensorView<const double> d_output,
                                            TensorView<double> d_weights,
                                            TensorView<double> d_biases);

}  // namespace ocellus::reference
