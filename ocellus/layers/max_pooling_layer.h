// Max pooling: the largest element of each window.
//
//   network.Add(MaxPooling{.window = 2, .stride = 2});
//
// input    N x C x H x W
// output   N x C x OH x OW
//
//   output[n, c, oy, ox] = max over ky, kx of input[n, c, oy SH + ky DH - PH, ox SW + kx DW - PW]
//   d_input[n, c, iy, ix] = sum of d_output over the windows in which this element was the largest
//
// Padding never wins. Of equal elements the first wins, in the order of rows. The output size
// counts the padding, as in (H + 2P - FH) / S + 1; the chapter's Pooling class leaves it out there.
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

struct MaxPooling {
  Extent window = 0;  // FH, FW; must be given
  Extent stride = 0;  // 0: the same as the window
  Extent padding = 0;
  Extent dilation = 1;
  Rounding rounding = Rounding::kExact;
};

std::unique_ptr<Layer> MakeLayer(const MaxPooling& options);
MaxPooling MaxPoolingFromJson(OptionReader& options);

}  // namespace ocellus
