// The part of a network that computes one layer's output.
//
//   const Network conv2 = NetworkUpTo(network, network.FindNode("conv2"));
//   conv2.output_shape();
#pragma once

#include "ocellus/network/network.h"

namespace ocellus {

// A copy of the node and of all that it depends on, with parameters if the network has them; its
// output is the node's. Names stay. Throws Error if the node is the network's own input.
Network NetworkUpTo(const Network& network, int node);

}  // namespace ocellus
