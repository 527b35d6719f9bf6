// Pictures of what a convolution has learned: its filters as a labelled grid.
//
//   const Image picture = DrawFiltersBeforeAfter(initial, learned, {.title = "conv1"});
//   WritePng(picture, "filters.png");
//
// Filters are FN x C x FH x FW. With one channel they are grey, with three they are colour; with
// any other number of channels, each filter is a row of grey pictures, one for each channel.
// Numbers count from 0, as in the program. All functions may be called concurrently.
#pragma once

#include <string>

#include "ocellus/formats/image.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// How weights become brightness. Each filter has its own scale, over all its channels.
enum class FilterScale {
  kMinToMax,    // black is the filter's lowest weight, white its highest: the chapter's pictures
  kAroundZero,  // middle grey is zero, black and white are equally far from it
};

struct FilterPictureOptions {
  std::string title = {};
  FilterScale scale = FilterScale::kMinToMax;
  // More are left out, and the caption says so.
  int64_t max_filters = 256;
  // For filters that are shown channel by channel: a row for each filter, a column for each
  // channel.
  int64_t max_rows = 24;
  int64_t max_columns = 16;
};

// Returns a colour picture of the filters, each weight a square of equal size, with the number of
// each filter, the title, and a caption that explains the scale and states the range of the
// weights. A filter whose weights are all equal is middle grey. Weights that are not finite are
// orange, and the caption counts them. Throws Error if the rank is not 4, a filter is larger than
// 64 x 64, or a limit in the options is below 1.
Image DrawFilters(TensorView<const float> filters, const FilterPictureOptions& options = {});

// The same for the filters before and after training, side by side. Throws Error as DrawFilters
// does, and if the two shapes differ.
Image DrawFiltersBeforeAfter(TensorView<const float> before, TensorView<const float> after,
                             const FilterPictureOptions& options = {});

}  // namespace ocellus
