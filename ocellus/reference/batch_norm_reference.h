// Batch normalisation: each channel is brought to mean 0 and variance 1, then scaled and shifted
// (Ioffe and Szegedy 2015).
//
// input, output: {N, C, ...}; mean, variance, scale, shift: {C}. With m = the number of elements of
// a channel in the whole batch, and sums over them:
//
//   mean       = 1/m * sum of x                      variance = 1/m * sum of (x - mean)^2
//   normalized = (x - mean) / sqrt(variance + epsilon)
//   output     = scale * normalized + shift
//
// Operands must not overlap.
#pragma once

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites mean and variance with those of a batch.
void BatchNormStatistics(TensorView<const double> input, TensorView<double> mean,
                         TensorView<double> variance);

// Overwrites output, for any mean and variance.
void BatchNormForward(TensorView<const double> input, TensorView<const double> mean,
                      TensorView<const double> variance, TensorView<const double> scale,
                      TensorView<const double> shift, double epsilon, TensorView<double> output);

// Adds to d_scale and d_shift:
//   d_scale += sum of d_output * normalized          d_shift += sum of d_output
void AccumulateBatchNormParameterGradients(TensorView<const double> input,
                                           TensorView<const double> mean,
                                           TensorView<const double> variance, double epsilon,
                                           TensorView<const double> d_output,
                                           TensorView<double> d_scale, TensorView<double> d_shift);

// Overwrites d_input, where mean and variance are those of the batch and depend on the input:
//   d_input = scale / sqrt(variance + epsilon)
//             * (d_output - mean of d_output - normalized * mean of (d_output * normalized))
void BatchNormInputGradient(TensorView<const double> input, TensorView<const double> mean,
                            TensorView<const double> variance, TensorView<const double> scale,
                            double epsilon, TensorView<const double> d_output,
                            TensorView<double> d_input);

// Overwrites d_input, where mean and variance are constants:
//   d_input = scale / sqrt(variance + epsilon) * d_output
void BatchNormFrozenInputGradient(TensorView<const double> variance, TensorView<const double> scale,
                                  double epsilon, TensorView<const double> d_output,
                                  TensorView<double> d_input);

}  // namespace ocellus::reference
