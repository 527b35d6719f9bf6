// A trained network with all that is needed to use it: what a model file holds.
#pragma once

#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"

namespace ocellus {

struct Model {
  Network network;
  Preprocessing preprocessing = {};  // from raw pixels (0 to 255) to what the network takes
  std::vector<std::string> class_names = {};  // of its outputs; empty if unknown
  Json training = {};  // how it was trained, for people to read; null if unknown
};

}  // namespace ocellus
