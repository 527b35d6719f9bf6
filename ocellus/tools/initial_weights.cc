// A network's description, changed in one place.
#include "ocellus/tools/initial_weights.h"

#include "ocellus/base/json.h"
#include "ocellus/layers/initializer.h"
#include "ocellus/network/network_json.h"

namespace ocellus {

Network WithInitialWeights(const Network& network, const std::string& init) {
  const Json initializer = ToJson(InitializerFromJson(init, "--init"));
  Json json = NetworkToJson(network);
  for (const ParameterSlot& slot : network.parameters()) {
    if (slot.info.role != ParameterRole::kWeights) continue;
    json["layers"][static_cast<size_t>(slot.node)]["weight_init"] = initializer;
  }
  return NetworkFromJson(json);
}

}  // namespace ocellus
