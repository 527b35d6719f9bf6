// Cutting a network off behind a layer.
#include "ocellus/network/subnetwork.h"

#include <string>
#include <vector>

#include "ocellus/base/error.h"

namespace ocellus {

Network NetworkUpTo(const Network& network, int node) {
  if (node == kNetworkInput) Fail("input: expected a layer, found the network's input");
  std::vector<bool> needed(network.nodes().size());
  needed[static_cast<size_t>(node)] = true;
  for (auto number = static_cast<size_t>(node) + 1; number-- > 0;) {
    if (!needed[number]) continue;
    for (const int input : network.nodes()[number].inputs) {
      if (input != kNetworkInput) needed[static_cast<size_t>(input)] = true;
    }
  }
  Network part(network.input_shape());
  for (size_t number = 0; number <= static_cast<size_t>(node); ++number) {
    if (!needed[number]) continue;
    const Node& original = network.nodes()[number];
    std::vector<std::string> inputs;
    for (const int input : original.inputs) inputs.push_back(network.name_of(input));
    part.Add(original.layer->Clone(), {.name = original.name, .inputs = inputs});
  }
  if (!network.has_parameter_values()) return part;
  for (int index = 0; index < static_cast<int>(part.parameters().size()); ++index) {
    const std::string& name = part.parameters()[static_cast<size_t>(index)].name;
    part.SetParameter(index, network.parameter(network.FindParameter(name)));
  }
  return part;
}

}  // namespace ocellus
