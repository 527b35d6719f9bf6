// The weight gradient of a convolution whose output is read by max pooling alone.
//
// The gradient that comes back through max pooling is zero but for one element in each window: the
// winner. So for each pooled element, its gradient times the patch that the winner saw is added:
//
//   d_weights[f, c, ky, kx] += sum over n, o of d_pooled[n, f, o] *
//                              input[n, c, y SH + ky DH - PH, x SW + kx - PW]
//   with (y, x) the pixel that won window o of map f
//
// For windows of 2 x 2 that is a quarter of the work, without the gradient of the convolution's
// output. Gradients of zero may be left out: 0 times an input that is not finite then adds nothing.
#pragma once

#include <cstdint>
#include <span>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Whether the method applies: one group, windows of up to 8 columns without dilation, not too many
// weights; and whether it is expected to be faster than a sum over all pixels, with so many
// elements of a map behind the pooling.
bool CanSumOverWinners(const ConvolutionGeometry& geometry);
bool IsSumOverWinnersFaster(const ConvolutionGeometry& geometry, int64_t pooled);

// Floats for a row of a filter, of which FW are wanted.
inline constexpr int64_t kWinnersFilterRow = 8;

// The number of elements of a map behind the pooling, after a check of d_pooled and winners.
int64_t CheckWinners(const ConvolutionGeometry& geometry, int64_t batch,
                     TensorView<const float> d_pooled, std::span<const int32_t> winners);

// Where the C * FH rows of a filter begin in an image with its padding (padded_image.h).
void WriteFilterRowOffsets(const ConvolutionGeometry& geometry, int32_t* offsets);

// Scratch memory for a batch of so many samples and `pooled` elements of a map behind the pooling:
// does not shrink as the batch grows.
int64_t WinnersWeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t pooled,
                                          int64_t batch, int threads);

// Adds to d_weights. input is N x C x H x W, d_pooled N x FN x (any number of elements); winners
// has for each of these the index y * OW + x of the pixel of its output map that won.
void AccumulateWinnersWeightGradient(const ConvolutionGeometry& geometry,
                                     TensorView<const float> input,
                                     TensorView<const float> d_pooled,
                                     std::span<const int32_t> winners, TensorView<float> d_weights,
                                     const KernelContext& context);

}  // namespace ocellus
