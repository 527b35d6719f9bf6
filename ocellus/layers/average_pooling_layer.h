// Average pooling: the mean of each window.
//
//   network.Add(AveragePooling{.window = 2});
//
// input    N x C x H x W
// output   N x C x OH x OW
//
//   output[n, c, oy, ox] = sum over ky, kx of input[n, c, oy SH + ky DH - PH, ox SW + kx DW - PW]
//                          / number of elements counted
//   d_input[n, c, iy, ix] = sum over the windows that read it of d_output / number counted there
//
// padding_count says whether padding (zeros) counts. Elements beyond the padded input, where a
// window hangs over the edge because of ceil rounding, never count.
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

struct AveragePooling {
  Extent window = 0;  // FH, FW; must be given
  Extent stride = 0;  // 0: the same as the window
  Extent padding = 0;
  Extent dilation = 1;
  Rounding rounding = Rounding::kExact;
  PaddingCount padding_count = PaddingCount::kExclude;
};

std::unique_ptr<Layer> MakeLayer(const AveragePooling& options);
AveragePooling AveragePoolingFromJson(OptionReader& options);

}  // namespace ocellus
