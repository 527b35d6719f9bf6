// Other initial weights for a network than its description says: what --init stands for.
#pragma once

#include <string>

#include "ocellus/network/network.h"

namespace ocellus {

// The same network, without parameter values, whose weights begin as `init` says: "he", "xavier",
// "glorot", another name of these, "normal:DEVIATION" or "constant:VALUE". Throws Error for
// anything else, or if a layer with weights has no option weight_init.
Network WithInitialWeights(const Network& network, const std::string& init);

}  // namespace ocellus
