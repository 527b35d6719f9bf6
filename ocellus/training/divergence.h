// Where numbers stopped being numbers.
#pragma once

#include <string>

#include "ocellus/network/network.h"

namespace ocellus {

// Returns a sentence that names the first layer whose parameters or output are not finite for this
// batch, such as "conv1 (Convolution): its weights have 3 values that are not finite". Says so if
// the input itself is not finite, or if all is finite and so only the loss can have been too large.
std::string ExplainDivergence(const Network& network, TensorView<const float> input);

}  // namespace ocellus
