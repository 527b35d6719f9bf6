// Local response normalisation (LRN): each value is divided by a measure of how active the
// neighbouring channels are at the same pixel (Krizhevsky, Sutskever, Hinton 2012, section 3.3).
//
//   network.Add(LocalResponseNorm{});       // the paper's constants
//
// input    N x C x H x W
// output   the same
//
//   scale[c]   = k + alpha * sum over i in the window of c of input[i]^2
//   output[c]  = input[c] * scale[c]^-beta
//   d_input[j] = d_output[j] * scale[j]^-beta - 2 alpha beta input[j] *
//                sum over the channels c whose window j is in of d_output[c] * output[c] / scale[c]
//
// at each pixel of each sample. The window of c reaches from channel c - floor((size - 1) / 2) to
// c + ceil((size - 1) / 2), as far as there are channels.
//
// Definitions disagree about alpha. The paper multiplies the sum by it: AlphaMode::kSum. PyTorch,
// ONNX and Caffe multiply the mean, that is, they divide alpha by size (also at the edges, where
// the window is smaller): AlphaMode::kMean. Their defaults differ too: PyTorch and ONNX have k = 1.
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {

enum class AlphaMode { kSum, kMean };

struct LocalResponseNorm {
  int64_t size = 5;     // channels in a window
  double alpha = 1e-4;  // 0 or more
  double beta = 0.75;   // 0 or more; 0.75 is several times faster than any other
  double k = 2;         // above 0
  AlphaMode alpha_mode = AlphaMode::kSum;
};

std::unique_ptr<Layer> MakeLayer(const LocalResponseNorm& options);
LocalResponseNorm LocalResponseNormFromJson(OptionReader& options);

}  // namespace ocellus
