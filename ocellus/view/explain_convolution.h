// A small convolution worked out in text: input, filters, the im2col matrix, the product.
//
//   const ConvolutionExample example = MakeConvolutionExample(
//       {.channels = 2, .input = 4, .filters = 3, .window = {.size = 3}}, /*seed=*/1);
//   const std::string text = ExplainConvolution(example);
//
// One place of the output is followed through all steps: what belongs to it stands in [brackets].
#pragma once

#include <cstdint>
#include <string>

#include "ocellus/network/receptive_field.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

struct ConvolutionSizes {
  int64_t channels = 1;
  Extent input = 4;
  int64_t filters = 1;
  Window window = {.size = 3};
};

struct ConvolutionExample {
  Tensor<double> input;    // 1 x C x H x W
  Tensor<double> weights;  // FN x C x FH x FW
  Tensor<double> biases;   // FN
  Window window;
};

// An example with small whole numbers: input 0 to 9, weights -2 to 2, biases -3 to 3. Throws Error
// if the window does not fit the input (OutputExtent), or the example is too large to be read: an
// input above 32 x 32, more than 64 weights in a filter, 16 filters or 100 places.
ConvolutionExample MakeConvolutionExample(const ConvolutionSizes& sizes, uint64_t seed);

// The explanation, with lines of at most `max_width` characters. `place` is the output place to
// follow. Throws Error if the place is not in the output, or a line would be longer: the message
// says which part of the explanation it is and what makes it shorter.
std::string ExplainConvolution(const ConvolutionExample& example, GridPoint place = {},
                               int64_t max_width = 120);

}  // namespace ocellus
