// Where a convolution finds its filters: in the weights as they are, or, for the input gradient, in
// the weights seen the other way round. Kernels that take such filters run in both directions.
//
// The input gradient of a convolution with stride 1 is a convolution of d_output: what was an input
// channel is a filter and what was a filter is a channel, and each window is turned by 180 degrees.
//
//   Run(g, input, ForwardFilters(g, weights), output);
//   Run(InputGradientGeometry(g), d_output, InputGradientFilters(g, weights), d_input);
#pragma once

#include <cstdint>
#include <utility>

#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Element (filter, channel, t) of a group is at
//   data[group * group_stride + filter * filter_stride + channel * channel_stride + t],
// t of FH * FW, or counted from the end if flipped.
struct ConvolutionFilters {
  const float* data;
  int64_t group_stride;
  int64_t filter_stride;
  int64_t channel_stride;
  bool flipped;
};

inline ConvolutionFilters ForwardFilters(const ConvolutionGeometry& g,
                                         TensorView<const float> weights) {
  return {.data = weights.data(),
          .group_stride = g.out_channels_per_group() * g.filter_elements(),
          .filter_stride = g.filter_elements(),
          .channel_stride = g.window.size.area(),
          .flipped = false};
}

// g is the geometry of the convolution forward.
inline ConvolutionFilters InputGradientFilters(const ConvolutionGeometry& g,
                                               TensorView<const float> weights) {
  return {.data = weights.data(),
          .group_stride = g.out_channels_per_group() * g.filter_elements(),
          .filter_stride = g.window.size.area(),
          .channel_stride = g.filter_elements(),
          .flipped = true};
}

// Of the convolution of d_output, for a g with stride 1. Where the forward pass has more padding
// than the window reaches, this one's is negative: it crops d_output.
inline ConvolutionGeometry InputGradientGeometry(const ConvolutionGeometry& g) {
  ConvolutionGeometry gradient = g;
  std::swap(gradient.in_channels, gradient.out_channels);
  std::swap(gradient.input, gradient.output);
  const Extent span = g.window.span();
  gradient.window.padding = {span.h - 1 - g.window.padding.h, span.w - 1 - g.window.padding.w};
  return gradient;
}

}  // namespace ocellus
