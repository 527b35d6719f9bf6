// Sizes of some rows of one image with their padding, as convolutions that do not pack patches copy
// them (padded_image-inl.h), and how the depth of such a convolution is cut.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ocellus/base/checked_math.h"
#include "ocellus/kernels/matrix_product_plan.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

// Elements of a row: what a row of the output sees.
inline int64_t PaddedImageWidth(const ConvolutionGeometry& g) {
  return (g.output.w - 1) * g.window.stride.w + g.window.span().w;
}

// Rows that so many rows of the output see.
inline int64_t PaddedImageRows(const ConvolutionGeometry& g, int64_t output_rows) {
  return (output_rows - 1) * g.window.stride.h + g.window.span().h;
}

// What may be read behind the last row. It is zero, and so is what a vector writes behind that.
inline constexpr int64_t kBehindPaddedImage = 16;

// Floats for all channels of a group.
inline int64_t PaddedImageElements(const ConvolutionGeometry& g, int64_t output_rows) {
  const int64_t image =
      g.in_channels_per_group() * PaddedImageRows(g, output_rows) * PaddedImageWidth(g);
  return RoundUp(image, kBehindPaddedImage) + 2 * kBehindPaddedImage;
}

// How many channels there are in a chain of sums: nearly equal numbers, whose filter elements are
// at most kMaxDepthBlock if those of one channel are.
inline int64_t ChannelBlock(const ConvolutionGeometry& g) {
  const int64_t fitting = std::max<int64_t>(1, kMaxDepthBlock / g.window.size.area());
  return CeilDivide(g.in_channels_per_group(), CeilDivide(g.in_channels_per_group(), fitting));
}

// Output rows of a piece of work: at most `rows`, nearly equal, and fewer where there would be too
// few pieces for the threads.
inline int64_t OutputRowBlock(const ConvolutionGeometry& g, int64_t batch, int64_t rows) {
  constexpr int64_t kFewPieces = 4;
  int64_t block = CeilDivide(g.output.h, CeilDivide(g.output.h, std::max<int64_t>(1, rows)));
  const int64_t row_work = g.out_channels_per_group() * g.filter_elements() * g.output.w;
  while (batch * g.groups * CeilDivide(g.output.h, block) < kFewPieces && block > 1 &&
         block * row_work >= kMinPieceWork / 2) {
    block = CeilDivide(block, 2);
  }
  return block;
}

}  // namespace ocellus
