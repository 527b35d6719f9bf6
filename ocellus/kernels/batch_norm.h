// Batch normalisation in float; the formulas are in reference/batch_norm_reference.h.
//
// input, output and their gradients: {N, C, ...}; everything else: {C}. Each channel is the work of
// one thread; sums run over the elements of an image in vectors of float and over the images in
// double, in the same order for any number of threads. Operands must not overlap.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites mean and variance with those of a batch.
void BatchNormStatistics(TensorView<const float> input, TensorView<float> mean,
                         TensorView<float> variance, const KernelContext& context);

// Overwrites output, for any mean and variance.
void BatchNormForward(TensorView<const float> input, TensorView<const float> mean,
                      TensorView<const float> variance, TensorView<const float> scale,
                      TensorView<const float> shift, double epsilon, TensorView<float> output,
                      const KernelContext& context);

// Overwrites d_scale and d_shift with the gradients of this batch.
void BatchNormParameterGradients(TensorView<const float> input, TensorView<const float> mean,
                                 TensorView<const float> variance, double epsilon,
                                 TensorView<const float> d_output, TensorView<float> d_scale,
                                 TensorView<float> d_shift, const KernelContext& context);

// Overwrites d_input, where mean and variance are those of the batch; d_scale and d_shift are what
// BatchNormParameterGradients wrote.
void BatchNormInputGradient(TensorView<const float> input, TensorView<const float> mean,
                            TensorView<const float> variance, TensorView<const float> scale,
                            double epsilon, TensorView<const float> d_output,
                            TensorView<const float> d_scale, TensorView<const float> d_shift,
                            TensorView<float> d_input, const KernelContext& context);

// Overwrites d_input, where mean and variance are constants.
void BatchNormFrozenInputGradient(TensorView<const float> variance, TensorView<const float> scale,
                                  double epsilon, TensorView<const float> d_output,
                                  TensorView<float> d_input, const KernelContext& context);

}  // namespace ocellus
