// The sum of each channel over samples and pixels: the gradient of a
// convolution's biases.
#pragma once

#include "ocellus/base/parallel.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// sums[c] += sum over n, y, x of images[n, c, y, x]. Shapes N x C x H x W and
// C.
void AccumulateChannelSums(TensorView<const float> images, TensorView<float> sums,
                           ThreadPool& pool);

}  // namespace ocellus
