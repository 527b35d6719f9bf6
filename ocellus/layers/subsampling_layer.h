// Subsampling as LeNet-5 has it: the sum of each window, times a trainable coefficient of its map,
// plus a trainable bias of its map (LeCun, Bottou, Bengio, Haffner 1998, section II.B). The sigmoid
// that follows in the paper is a layer of its own.
//
//   network.Add(Subsampling{.window = 2}).Add(Sigmoid{});
//
// input    N x C x H x W
// weights  C: the coefficients
// biases   C
// output   N x C x OH x OW
//
//   sum[n, c, oy, ox] = sum over ky, kx of input[n, c, oy SH + ky, ox SW + kx]
//   output            = weights[c] * sum + biases[c]
//
//   d_biases[c]  += sum over n, oy, ox of d_output
//   d_weights[c] += sum over n, oy, ox of d_output * sum
//   d_input[n, c, iy, ix] = weights[c] * (sum of d_output over the windows that read it)
#pragma once

#include <memory>

#include "ocellus/layers/initializer.h"
#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

struct Subsampling {
  Extent window = 0;  // FH, FW; must be given
  Extent stride = 0;  // 0: the same as the window
  Initializer weight_init = Xavier();
  Initializer bias_init = Constant(0);
};

std::unique_ptr<Layer> MakeLayer(const Subsampling& options);
Subsampling SubsamplingFromJson(OptionReader& options);

}  // namespace ocellus
