// One forward pass, watched.
#include "ocellus/view/feature_maps.h"

#include "ocellus/network/workspace.h"

namespace ocellus {

std::vector<LayerOutput> ComputeFeatures(const Network& network, TensorView<const float> input) {
  std::vector<LayerOutput> outputs;
  // Without fusion, so that what comes before an activation is seen as well.
  Workspace<float> workspace(network, {.max_batch = 1, .fusion = false});
  network.Forward(input, workspace, [&](int number, TensorView<const float> output) {
    const Node& node = network.nodes()[static_cast<size_t>(number)];
    outputs.push_back({node.name, node.layer->type(), ConvertTo<float>(output.Sample(0))});
  });
  outputs.insert(outputs.begin(), {"input", "", ConvertTo<float>(input.Sample(0))});
  return outputs;
}

}  // namespace ocellus
