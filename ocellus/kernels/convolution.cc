// The choice of the method; and convolutions that are products of matrices.
#include "ocellus/kernels/convolution.h"

#include <algorithm>

#include "ocellus/kernels/channel_sums.h"
#include "ocellus/kernels/convolution_direct.h"
#include "ocellus/kernels/convolution_filter_lanes.h"
#include "ocellus/kernels/convolution_filter_lanes_weight_gradient.h"
#include "ocellus/kernels/convolution_shifted.h"
#include "ocellus/kernels/convolution_weight_gradient.h"
#include "ocellus/kernels/convolution_winograd.h"
#include "ocellus/kernels/convolution_winograd_weight_gradient.h"
#include "ocellus/kernels/matrix_product.h"
#include "ocellus/tensor/check_shape.h"

namespace ocellus {
namespace {

enum class Way { kDirect, kShifted, kFilterLanes, kWinograd, kProduct };

// One position of the window, which sees all of the input: each sample is its only patch.
bool IsProduct(const ConvolutionGeometry& g) {
  return g.window.size == g.input && g.window.dilation == Extent(1) &&
         g.window.padding == Extent(0) && g.groups == 1;
}

Way ForwardWay(const ConvolutionGeometry& g, ConvolutionMethod method) {
  if (IsProduct(g)) return Way::kProduct;
  if (method == ConvolutionMethod::kFastest && IsWinogradForwardFaster(g)) return Way::kWinograd;
  if (IsFilterLanesForwardFaster(g)) return Way::kFilterLanes;
  return IsShiftedForwardFaster(g) ? Way::kShifted : Way::kDirect;
}

Way InputGradientWay(const ConvolutionGeometry& g, ConvolutionMethod method) {
  if (IsProduct(g)) return Way::kProduct;
  if (method == ConvolutionMethod::kFastest && IsWinogradInputGradientFaster(g))
    return Way::kWinograd;
  if (IsFilterLanesInputGradientFaster(g)) return Way::kFilterLanes;
  return IsShiftedInputGradientFaster(g) ? Way::kShifted : Way::kDirect;
}

Way WeightGradientWay(const ConvolutionGeometry& g, ConvolutionMethod method) {
  if (IsProduct(g)) return Way::kProduct;
  if (method == ConvolutionMethod::kFastest && IsWinogradWeightGradientFaster(g)) {
    return Way::kWinograd;
  }
  return IsFilterLanesWeightGradientFaster(g) ? Way::kFilterLanes : Way::kDirect;
}

// output {N, FN} = input {N, K} * weights^T {K, FN}
ProductSize ForwardProduct(const ConvolutionGeometry& g, int64_t batch) {
  return {.rows = batch, .columns = g.out_channels, .depth = g.filter_elements()};
}

// d_input {N, K} = d_output {N, FN} * weights {FN, K}
ProductSize InputGradientProduct(const ConvolutionGeometry& g, int64_t batch) {
  return {.rows = batch, .columns = g.filter_elements(), .depth = g.out_channels};
}

// d_weights {FN, K} += d_output^T {FN, N} * input {N, K}
ProductSize WeightGradientProduct(const ConvolutionGeometry& g, int64_t batch) {
  return {.rows = g.out_channels, .columns = g.filter_elements(), .depth = batch};
}

}  // namespace

int64_t ConvolutionForwardScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                       int threads, ConvolutionMethod method) {
  switch (ForwardWay(geometry, method)) {
    case Way::kDirect:
      return DirectConvolutionForwardScratchBytes(geometry, batch, threads);
    case Way::kShifted:
      return ShiftedForwardScratchBytes(geometry, batch, threads);
    case Way::kFilterLanes:
      return FilterLanesForwardScratchBytes(geometry, batch, threads);
    case Way::kWinograd:
      return WinogradForwardScratchBytes(geometry, batch, threads);
    case Way::kProduct:
      return LargestProductScratchBytes(batch, threads,
                                        [&](int64_t n) { return ForwardProduct(geometry, n); });
  }
  return 0;
}

int64_t ConvolutionInputGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                             int threads, ConvolutionMethod method) {
  switch (InputGradientWay(geometry, method)) {
    case Way::kDirect:
      return DirectInputGradientScratchBytes(geometry, threads);
    case Way::kShifted:
      return ShiftedInputGradientScratchBytes(geometry, batch, threads);
    case Way::kFilterLanes:
      return FilterLanesInputGradientScratchBytes(geometry, batch, threads);
    case Way::kWinograd:
      return WinogradInputGradientScratchBytes(geometry, batch, threads);
    case Way::kProduct:
      return LargestProductScratchBytes(
          batch, threads, [&](int64_t n) { return InputGradientProduct(geometry, n); });
  }
  return 0;
}

int64_t ConvolutionWeightGradientScratchBytes(const ConvolutionGeometry& geometry, int64_t batch,
                                              int threads, ConvolutionMethod method) {
  switch (WeightGradientWay(geometry, method)) {
    case Way::kWinograd:
      return WinogradWeightGradientScratchBytes(geometry, batch, threads);
    case Way::kProduct:
      return LargestProductScratchBytes(
          batch, threads, [&](int64_t n) { return WeightGradientProduct(geometry, n); });
    default:
      break;
  }
  const int64_t bytes = WeightGradientScratchBytes(geometry, batch, threads);
  if (!SuitsFilterLanesWeightGradient(geometry)) return bytes;
  // Which of the two depends on the instruction set, which may be chosen anew.
  return std::max(bytes, FilterLanesWeightGradientScratchBytes(geometry, batch, threads));
}

bool PreparesBatch(const ConvolutionGeometry& geometry, ConvolutionMethod method) {
  switch (ForwardWay(geometry, method)) {
    case Way::kWinograd:
      return TakesLongToTransformFilters(geometry);
    case Way::kProduct:
      return true;
    default:
      return false;
  }
}

bool IsWinogradWeightGradient(const ConvolutionGeometry& geometry, ConvolutionMethod method) {
  return WeightGradientWay(geometry, method) == Way::kWinograd;
}

int64_t PackedConvolutionElements(const ConvolutionGeometry& geometry, ConvolutionMethod method) {
  switch (ForwardWay(geometry, method)) {
    case Way::kFilterLanes:
      return FilterLanesPackedElements(geometry);
    case Way::kWinograd:
      return WinogradPackedElements(geometry);
    case Way::kProduct:
      return geometry.weight_elements();
    default:
      return 0;
  }
}

void PackConvolutionWeights(const ConvolutionGeometry& geometry, TensorView<const float> weights,
                            float* packed, ThreadPool& pool, ConvolutionMethod method) {
  CheckShape("weights", weights.shape(), WeightShape(geometry));
  if (PackedConvolutionElements(geometry, method) == 0) return;
  switch (ForwardWay(geometry, method)) {
    case Way::kFilterLanes:
      return PackFilterLanesWeights(geometry, weights, packed, pool);
    case Way::kWinograd:
      return PackWinogradWeights(geometry, weights, packed, pool);
    case Way::kProduct:
      // A product of few rows need not pack anything then.
      return TransposeMatrix(weights.data(), geometry.out_channels, geometry.filter_elements(),
                             packed, pool);
    default:
      break;
  }
}

void ConvolutionForward(const ConvolutionGeometry& geometry, TensorView<const float> input,
                        TensorView<const float> weights, TensorView<const float> biases,
                        Activation activation, TensorView<float> output,
                        const KernelContext& context, ConvolutionMethod method,
                        const float* packed) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("weights", weights.shape(), WeightShape(geometry));
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  switch (ForwardWay(geometry, method)) {
    case Way::kDirect:
      return DirectConvolutionForward(geometry, input, weights, biases, activation, output,
                                      context);
    case Way::kShifted:
      return ShiftedForward(geometry, input, weights, biases, activation, output, context);
    case Way::kFilterLanes:
      return FilterLanesForward(geometry, input, weights, biases, activation, output, context,
                                packed);
    case Way::kWinograd:
      return WinogradForward(geometry, input, weights, biases, activation, output, context, packed);
    case Way::kProduct:
      const ProductSize size = ForwardProduct(geometry, batch);
      return MatrixProduct(size, {input.data(), size.depth},
                           packed != nullptr
                               ? MatrixFactor{packed, size.columns}
                               : MatrixFactor{weights.data(), size.depth, /*is_transposed=*/true},
                           {.data = output.data(),
                            .row_stride = size.columns,
                            .column_biases = biases.data(),
                            .activation = activation},
                           context);
  }
}

void ConvolutionInputGradient(const ConvolutionGeometry& geometry, TensorView<const float> d_output,
                              TensorView<const float> weights, TensorView<float> d_input,
                              const KernelContext& context, ConvolutionMethod method) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("weights", weights.shape(), WeightShape(geometry));
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  switch (InputGradientWay(geometry, method)) {
    case Way::kDirect:
      return DirectConvolutionInputGradient(geometry, d_output, weights, d_input, context);
    case Way::kShifted:
      return ShiftedInputGradient(geometry, d_output, weights, d_input, context);
    case Way::kFilterLanes:
      return FilterLanesInputGradient(geometry, d_output, weights, d_input, context);
    case Way::kWinograd:
      return WinogradInputGradient(geometry, d_output, weights, d_input, context);
    case Way::kProduct:
      const ProductSize size = InputGradientProduct(geometry, batch);
      return MatrixProduct(size, {d_output.data(), size.depth}, {weights.data(), size.columns},
                           {.data = d_input.data(), .row_stride = size.columns}, context);
  }
}

void AccumulateConvolutionWeightGradient(const ConvolutionGeometry& geometry,
                                         TensorView<const float> input,
                                         TensorView<const float> d_output,
                                         TensorView<float> d_weights, TensorView<float> d_biases,
                                         const KernelContext& context, ConvolutionMethod method) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_weights", d_weights.shape(), WeightShape(geometry));
  if (!d_biases.empty()) AccumulateChannelSums(d_output, d_biases, context.pool);
  switch (WeightGradientWay(geometry, method)) {
    case Way::kWinograd:
      return AccumulateWinogradWeightGradient(geometry, input, d_output, d_weights, context);
    case Way::kProduct: {
      const ProductSize size = WeightGradientProduct(geometry, batch);
      return MatrixProduct(
          size, {d_output.data(), size.rows, /*is_transposed=*/true}, {input.data(), size.columns},
          {.data = d_weights.data(), .row_stride = size.columns, .accumulates = true}, context);
    }
    case Way::kFilterLanes:
      return AccumulateFilterLanesWeightGradient(geometry, input, d_output, d_weights, context);
    default:
      return AccumulateWeightGradient(geometry, input, d_output, d_weights, context);
  }
}

}  // namespace ocellus
