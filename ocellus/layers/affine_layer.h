// Affine: every output is a weighted sum of all inputs (also called fully connected, dense,
// linear).
//
//   network.Add(Affine{.units = 100});
//
// input    N x anything, flattened to N x in (for images in the order C, H, W)
// weights  in x units: as in the chapter; PyTorch and ONNX hold the transposed matrix
// biases   units
// output   N x units
//
//   output    = input weights + biases
//   d_weights += input^T d_output      d_biases += sum over n of d_output[n]
//   d_input   = d_output weights^T
#pragma once

#include <memory>

#include "ocellus/layers/initializer.h"
#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {

struct Affine {
  int64_t units = 0;  // number of outputs; must be given
  Initializer weight_init = He();
  bool biases = true;  // false: none, as in front of BatchNorm, which would take them away again
  Initializer bias_init = Constant(0);
};

std::unique_ptr<Layer> MakeLayer(const Affine& options);
Affine AffineFromJson(OptionReader& options);

}  // namespace ocellus
