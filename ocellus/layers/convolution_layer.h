// Convolution: filters that slide over an image.
//
//   network.Add(Convolution{.filters = 30, .kernel_size = 5});
//
// input    N x C x H x W
// weights  filters x C/groups x FH x FW
// biases   filters
// output   N x filters x OH x OW
//
//   output[n, oc, oy, ox] = biases[oc] + sum over ic, ky, kx of
//       weights[oc, ic, ky, kx] * input[n, ic, oy SH + ky DH - PH, ox SW + kx DW - PW]
//
// where elements outside the input count as 0 (S stride, D dilation, P padding), and ic runs over
// the channels of the group of oc. Backward, with the same index mapping:
//
//   d_biases[oc]             += sum over n, oy, ox of d_output[n, oc, oy, ox]
//   d_weights[oc, ic, ky, kx] += sum over n, oy, ox of d_output[n, oc, oy, ox] * input[...]
//   d_input[n, ic, iy, ix]    = sum over all oc, ky, kx that read it of d_output * weights
//
// With a table of connections, filter oc sees only the input channels connections[oc], as in
// LeNet's C3; weights exist for these alone (layers/partial_convolution_layer.h has their shape).
//
// As in most libraries the filter is not flipped: in mathematics this is called cross-correlation.
#pragma once

#include <memory>

#include "ocellus/kernels/convolution.h"
#include "ocellus/layers/initializer.h"
#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"
#include "ocellus/layers/partial_convolution_layer.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

struct Convolution {
  int64_t filters = 0;     // number of output channels; must be given
  Extent kernel_size = 0;  // FH, FW; must be given
  Extent stride = 1;
  Extent padding = 0;
  Extent dilation = 1;
  int64_t groups = 1;
  Connections connections = {};  // none: a filter sees all channels of its group
  Rounding rounding = Rounding::kExact;
  // In JSON "fastest" or "direct". Changes results in the last digits only.
  ConvolutionMethod method = ConvolutionMethod::kFastest;
  Initializer weight_init = He();
  bool biases = true;  // false: none, as in front of BatchNorm, which would take them away again
  Initializer bias_init = Constant(0);
};

std::unique_ptr<Layer> MakeLayer(const Convolution& options);
Convolution ConvolutionFromJson(OptionReader& options);

}  // namespace ocellus
