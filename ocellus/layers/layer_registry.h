// Layers by name, as they stand in JSON.
//
//   OptionReader options(json, "layers[0]");
//   std::unique_ptr<Layer> layer = MakeLayerFromJson("Convolution", options);
//
// A layer that is written outside the library becomes known by RegisterLayer; then a network that
// uses it can be saved and loaded as well.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {

// Makes a layer from its options. It should ask `options` for all that it knows; what is left over
// is refused by the caller.
using LayerFactory = std::unique_ptr<Layer> (*)(OptionReader& options);

// Makes a layer type known under a name. Throws Error if the name is taken. To be called before
// other threads use the library.
void RegisterLayer(const std::string& type, LayerFactory factory);

// All known names, in the order of registration.
std::vector<std::string> LayerTypes();

// Makes the layer `type` from the reader's object. Throws Error for unknown types and options.
std::unique_ptr<Layer> MakeLayerFromJson(const std::string& type, OptionReader& options);

}  // namespace ocellus
