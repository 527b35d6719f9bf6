// Networks by name, as the command line takes them.
//
//   Network network = LoadNet("simple-conv-net");
//   Network mine = LoadNet("my-net.json");
#pragma once

#include <string>
#include <vector>

#include "ocellus/network/network.h"

namespace ocellus {

// The names of the built-in networks.
std::vector<std::string> NetNames();

// A built-in network, or the one that a JSON file describes (network_json.h), without parameter
// values. What ends in .json or contains a slash is taken for a file. Throws Error with "did you
// mean" for an unknown name, and for a file as ParseNetwork does.
Network LoadNet(const std::string& name_or_file);

}  // namespace ocellus
