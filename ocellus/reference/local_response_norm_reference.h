// Local response normalisation, formula by formula.
//
//   scale[c]  = k + norm.scale * sum over i in the window of c of input[i]^2
//   output[c] = input[c] * scale[c]^-beta
//
// at each pixel of each sample. All tensors are N x C x H x W of the same sizes; operands must not
// overlap.
#pragma once

#include "ocellus/tensor/response_norm.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites output.
void LocalResponseNormForward(const ResponseNorm& norm, TensorView<const double> input,
                              TensorView<double> output);

// Overwrites d_input. An input has an effect on its own output, and through the scale on the output
// of every channel whose window it is in:
//
//   d_input[j] = d_output[j] * scale[j]^-beta - 2 * norm.scale * beta * input[j] *
//                sum over the channels c that read j of d_output[c] * output[c] / scale[c]
void LocalResponseNormInputGradient(const ResponseNorm& norm, TensorView<const double> input,
                                    TensorView<const double> d_output, TensorView<double> d_input);

}  // namespace ocellus::reference
