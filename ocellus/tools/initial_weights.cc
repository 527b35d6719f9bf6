// A network's description, changed in one place.
#include "ocellus/tools/initial_weights.h"

#include "ocellus/base/error.h"
#include "ocellus/layers/initializer.h"
#include "ocellus/network/network_json.h"

namespace ocellus {
namespace {

Initializer ParseInit(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return InitializerFromJson(text, "--init");
  const std::string number = text.substr(colon + 1);
  const Json value = Json::parse(number, nullptr, /*allow_exceptions=*/false);
  if (!value.is_number()) Fail("--init: expected a number behind the colon, found '{}'", number);
  return InitializerFromJson(Json::object({{text.substr(0, colon), value}}), "--init");
}

}  // namespace

Network WithInitialWeights(const Network& network, const std::string& init) {
  const Json initializer = ToJson(ParseInit(init));
  Json json = NetworkToJson(network);
  for (const ParameterSlot& slot : network.parameters()) {
    if (slot.info.role != ParameterRole::kWeights) continue;
    json["layers"][static_cast<size_t>(slot.node)]["weight_init"] = initializer;
  }
  return NetworkFromJson(json);
}

}  // namespace ocellus
