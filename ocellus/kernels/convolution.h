// Convolution in its three directions, by the method that is fastest for its geometry:
//
//   direct    any window: convolution_direct.h
//   shifted   stride 1 and few filters (input channels in the input gradient):
//             convolution_shifted.h
//   lanes     filters (input channels in the input gradient) that fill vectors:
//             convolution_filter_lanes.h, convolution_filter_lanes_weight_gradient.h
//   Winograd  3x3 with stride 1 and several channels: convolution_winograd.h,
//             convolution_winograd_weight_gradient.h
//   product   a window as large as the input, which it sees in one position only: a product of
//             matrices, matrix_product.h
//
// How each came about and what it gains: docs/convolution.md. Formulas: layers/convolution_layer.h.
// Shapes are those of ConvolutionGeometry; operands must not overlap. d_output is the gradient
// before the activation. The method depends on the geometry, and that of the weight gradient on the
// instruction set, but not on the batch, in any of which a sample gets the same result.
#pragma once

#include <cstdint>

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/activation.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

enum class ConvolutionMethod {
  kFastest,
  kDirect,  // the smallest rounding errors
};

// Scratch memory for a batch of so many samples: does not shrink as the batch grows.
int64_t ConvolutionForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                       int threads,
                                       ConvolutionMethod method = ConvolutionMethod::kFastest);

int64_t ConvolutionInputGradientScratchBytes(
    const ConvolutionGeometry& geometry, int64_t batch, int threads,
    ConvolutionMethod method = ConvolutionMethod::kFastest);
int64_t ConvolutionWeightGradientScratchBytes(
    const ConvolutionGeometry& geometry, int64_t batch, int threads,
    ConvolutionMethod method = ConvolutionMethod::kFastest);

// Whether the method prepares something for the whole batch that it would take long to prepare
// again for every few samples.
bool PreparesBatch(const ConvolutionGeometry& geometry, ConvolutionMethod method);

// Whether the weight gradient goes by Winograd's method.
bool IsWinogradWeightGradient(const ConvolutionGeometry& geometry, ConvolutionMethod method);

// What ConvolutionForward makes of the weights before it uses them, for whoever predicts again and
// again with the same ones: the floats that it takes, 0 if there is nothing that would pay to keep;
// and writing it. It is good for the instruction set of the moment (simd_target.h).
int64_t PackedConvolutionElements(const ConvolutionGeometry& geometry, ConvolutionMethod method);
void PackConvolutionWeights(const ConvolutionGeometry& geometry, TensorView<const float> weights,
                            float* packed, ThreadPool& pool, ConvolutionMethod method);

// Overwrites output. Without biases if that view is empty. `packed` is what PackConvolutionWeights
// has made of these weights, or nullptr; the result has the same bits.
void ConvolutionForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                        TensorView<const float> weights, TensorView<const float> biases,
                        Activation activation, TensorView<float> output,
                        const KernelContext& context,
                        ConvolutionMethod method = ConvolutionMethod::kFastest,
                        const float* packed = nullptr);

// Overwrites d_input.
void ConvolutionInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                              TensorView<const float> weights, TensorView<float> d_input,
                              const KernelContext& context,
                              ConvolutionMethod method = ConvolutionMethod::kFastest);

// Adds to d_weights and, unless that view is empty, to d_biases.
void AccumulateConvolutionWeightGradient(const ConvolutionGeometry& geometry,
                                         TensorView<const float> input,
                                         TensorView<const float> d_output,
                                         TensorView<float> d_weights, TensorView<float> d_biases,
                                         const KernelContext& context,
                                         ConvolutionMethod method = ConvolutionMethod::kFastest);

}  // namespace ocellus
