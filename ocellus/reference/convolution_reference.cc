// The chapter's convolution: im2col, a matrix product, and the result in the order of images again.
// Each group of channels is a convolution of its own.
#include "ocellus/reference/convolution_reference.h"

#include <algorithm>

#include "ocellus/reference/im2col_reference.h"
#include "ocellus/reference/matrix_product_reference.h"
#include "ocellus/reference/relu_reference.h"
#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {
namespace {

// Copies channels first, ..., first + count - 1 of a batch {N, C, H, W}.
Tensor<double> Channels(TensorView<const double> batch, int64_t first, int64_t count) {
  const Shape& shape = batch.shape();
  Tensor<double> part({shape[0], count, shape[2], shape[3]});
  const int64_t pixels = shape[2] * shape[3];
  for (int64_t n = 0; n < shape[0]; ++n) {
    std::copy_n(&batch.At(n, first, 0, 0), count * pixels, &part.At(n, 0, 0, 0));
  }
  return part;
}

// The filters of one group as a matrix {filters of the group, C * FH * FW}: the chapter's reshape.
template <typename T>
TensorView<T> GroupFilters(const ConvolutionGeometry& geometry, TensorView<T> weights,
                           int64_t group) {
  const int64_t filters = geometry.out_channels_per_group();
  return {weights.data() + group * filters * geometry.filter_elements(),
          Shape{filters, geometry.filter_elements()}};
}

// The gradient of one group's output as a matrix {N * OH * OW, filters}: the chapter's
// transpose(0, 2, 3, 1).reshape(-1, FN).
Tensor<double> GroupGradient(const ConvolutionGeometry& geometry, TensorView<const double> d_output,
                             int64_t group) {
  const int64_t filters = geometry.out_channels_per_group();
  const int64_t batch = d_output.shape()[0];
  Tensor<double> matrix({batch * geometry.output.area(), filters});
  int64_t row = 0;
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t oy = 0; oy < geometry.output.h; ++oy) {
      for (int64_t ox = 0; ox < geometry.output.w; ++ox, ++row) {
        for (int64_t oc = 0; oc < filters; ++oc) {
          matrix.At(row, oc) = d_output.At(n, group * filters + oc, oy, ox);
        }
      }
    }
  }
  return matrix;
}

}  // namespace

void ConvolutionForward(const ConvolutionGeometry& geometry, TensorView<const double> input,
                        TensorView<const double> weights, TensorView<const double> biases,
                        Activation activation, TensorView<double> output) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("weights", weights.shape(), WeightShape(geometry));
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  const int64_t channels = geometry.in_channels_per_group();
  const int64_t filters = geometry.out_channels_per_group();
  for (int64_t group = 0; group < geometry.groups; ++group) {
    const Tensor<double> col = Im2col(Channels(input, group * channels, channels), geometry.window);
    const Tensor<double> col_w = Transpose(GroupFilters(geometry, weights, group));
    const Tensor<double> out = MatrixProduct(col, col_w);
    int64_t row = 0;
    for (int64_t n = 0; n < batch; ++n) {
      for (int64_t oy = 0; oy < geometry.output.h; ++oy) {
        for (int64_t ox = 0; ox < geometry.output.w; ++ox, ++row) {
          for (int64_t oc = 0; oc < filters; ++oc) {
            const int64_t channel = group * filters + oc;
            const double bias = biases.empty() ? 0.0 : biases[channel];
            output.At(n, channel, oy, ox) = Activate(activation, out.At(row, oc) + bias);
          }
        }
      }
    }
  }
}

void ConvolutionInputGradient(const ConvolutionGeometry& geometry,
                              TensorView<const double> d_output, TensorView<const double> weights,
                              TensorView<double> d_input) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("weights", weights.shape(), WeightShape(geometry));
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  const int64_t channels = geometry.in_channels_per_group();
  const int64_t pixels = geometry.input.area();
  const Shape group_input{batch, channels, geometry.input.h, geometry.input.w};
  for (int64_t group = 0; group < geometry.groups; ++group) {
    const Tensor<double> dcol = MatrixProduct(GroupGradient(geometry, d_output, group),
                                              GroupFilters(geometry, weights, group));
    const Tensor<double> dx = Col2im(dcol, group_input, geometry.window);
    for (int64_t n = 0; n < batch; ++n) {
      std::copy_n(&dx.At(n, 0, 0, 0), channels * pixels, &d_input.At(n, group * channels, 0, 0));
    }
  }
}

void AccumulateConvolutionWeightGradient(const ConvolutionGeometry& geometry,
                                         TensorView<const double> input,
                                         TensorView<const double> d_output,
                                         TensorView<double> d_weights,
                                         TensorView<double> d_biases) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_weights", d_weights.shape(), WeightShape(geometry));
  const int64_t channels = geometry.in_channels_per_group();
  const int64_t filters = geometry.out_channels_per_group();
  for (int64_t group = 0; group < geometry.groups; ++group) {
    const Tensor<double> dout = GroupGradient(geometry, d_output, group);
    const Tensor<double> col = Im2col(Channels(input, group * channels, channels), geometry.window);
    const Tensor<double> dw = MatrixProduct(Transpose(dout), col);
    const TensorView<double> group_d_weights = GroupFilters(geometry, d_weights, group);
    for (int64_t i = 0; i < dw.elements(); ++i) group_d_weights[i] += dw[i];
    if (d_biases.empty()) continue;
    for (int64_t oc = 0; oc < filters; ++oc) {
      double sum = 0;
      for (int64_t row = 0; row < dout.shape()[0]; ++row) sum += dout.At(row, oc);
      d_biases[group * filters + oc] += sum;
    }
  }
}

}  // namespace ocellus::reference
