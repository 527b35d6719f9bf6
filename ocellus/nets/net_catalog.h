// Networks by name, as the command line takes them.
//
//   Network network = LoadNet("simple-conv-net");
//   Network for_my_pictures = LoadNet("simple-conv-net", {.classes = 4});
//   Network mine = LoadNet("my-net.json");
//   Model with_preprocessing = LoadNetModel("alexnet");
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/base/json_fwd.h"
#include "ocellus/network/model.h"
#include "ocellus/network/network.h"

namespace ocellus {

// The names of the built-in networks.
std::vector<std::string> NetNames();

// What the data that a network is for decides about it.
struct NetOptions {
  int64_t classes = 0;  // the number of outputs; 0: what the network has by itself
};

// A built-in network, or the one that a JSON file describes (network_json.h), without parameter
// values. What ends in .json or contains a slash is taken for a file. Throws Error with "did you
// mean" for an unknown name, for a file as ParseNetwork does, and if the file's network has another
// number of outputs than asked for.
Network LoadNet(const std::string& name_or_file, const NetOptions& options = {});

// The same as a model that has not been trained: with what makes raw pixels the input that the
// initial weights are made for. That is pixels / 255, as in the chapter, of pictures that keep
// their proportions, unless a built-in network has another of its own or a file says another.
Model LoadNetModel(const std::string& name_or_file, const NetOptions& options = {});

// The learning rate with which Adam trains the network: that of the built-in one with the same
// layers, whatever its initial weights and however many outputs; 0 if nothing speaks against Adam's
// own.
double AdamRateFor(const Network& network);

// What a file holds of which LoadNetModel makes this network and this preprocessing.
Json NetToJson(const Model& model);

}  // namespace ocellus
