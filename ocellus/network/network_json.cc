// Networks to and from JSON.
#include "ocellus/network/network_json.h"

#include <algorithm>
#include <set>
#include <utility>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/layers/layer_registry.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {
namespace {

Shape ShapeFromJson(const Json& json) {
  std::vector<int64_t> sizes;
  bool good = json.is_array() && !json.empty();
  for (const Json& size : json) {
    good = good && size.is_number_integer() &&
           !(size.is_number_unsigned() && size.get<uint64_t>() > INT64_MAX);
    if (good) sizes.push_back(size.get<int64_t>());
  }
  if (!good) Fail("network: 'input': expected sizes such as [1, 28, 28], found {}", json.dump());
  return Shape(sizes);
}

std::vector<std::string> NamesFromJson(const Json& json, const std::string& where) {
  std::vector<std::string> names;
  bool good = json.is_array() && !json.empty();
  for (const Json& name : json) {
    good = good && name.is_string();
    if (good) names.push_back(name.get<std::string>());
  }
  if (!good) Fail("{}: 'inputs': expected a list of layer names, found {}", where, json.dump());
  return names;
}

void AddLayerFromJson(const Json& json, size_t index, Network& network) {
  std::string where = fmt::format("layers[{}]", index);
  OptionReader header(json, where);
  const std::string type = header.TextOr("type", "");
  if (type.empty()) Fail("{}: 'type' is missing", where);
  const std::string name = header.TextOr("name", "");
  where = name.empty() ? fmt::format("{} ({})", where, type) : fmt::format("{} ({})", name, type);

  Connection connection{.name = name, .inputs = {}};
  Json options = json;
  options.erase("type");
  options.erase("name");
  if (const auto inputs = options.find("inputs"); inputs != options.end()) {
    connection.inputs = NamesFromJson(*inputs, where);
    options.erase("inputs");
  }
  OptionReader reader(options, where);
  network.Add(MakeLayerFromJson(type, reader), connection);
}

// Of the known keys, the first two are required.
void ExpectKeys(const Json& json, const std::vector<std::string>& known) {
  if (!json.is_object()) {
    Fail("network: expected an object with 'input' and 'layers', found {}", json.type_name());
  }
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      Fail("network: unknown key '{}'{}", key, DidYouMean(key, known));
    }
  }
  for (const std::string key : {"input", "layers"}) {
    if (!json.contains(key)) Fail("network: '{}' is missing", key);
  }
}

// The parser of the JSON library lets a key that comes twice pass and keeps the last; here it would
// hide a mistake.
Json ParseStrictly(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  const auto callback = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxJsonDepth) Fail("is nested more than {} deep", kMaxJsonDepth);
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      Fail("the key '{}' comes twice in one object", value.get<std::string>());
    }
    return true;
  };
  return Json::parse(text, callback);
}

}  // namespace

template <typename T>
Json NetworkToJson(const BasicNetwork<T>& network) {
  Json layers = Json::array();
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    const Node& node = network.nodes()[i];
    Json layer = {{"name", node.name}, {"type", node.layer->type()}};
    const bool chained = node.inputs.size() == 1 && node.inputs[0] == static_cast<int>(i) - 1;
    if (!chained) {
      layer["inputs"] = Json::array();
      for (const int input : node.inputs) layer["inputs"].push_back(network.name_of(input));
    }
    layer.update(node.layer->OptionsToJson());
    layers.push_back(std::move(layer));
  }
  const std::span<const int64_t> input = network.input_shape().sizes();
  return {{"input", std::vector<int64_t>(input.begin(), input.end())}, {"layers", layers}};
}

template Json NetworkToJson(const BasicNetwork<float>&);
template Json NetworkToJson(const BasicNetwork<double>&);

Network NetworkFromJson(const Json& json) {
  ExpectKeys(json, {"input", "layers"});
  Network network(ShapeFromJson(json["input"]));
  const Json& layers = json["layers"];
  if (!layers.is_array() || layers.empty()) {
    Fail("network: 'layers': expected a list of at least one layer");
  }
  for (size_t i = 0; i < layers.size(); ++i) AddLayerFromJson(layers[i], i, network);
  network.CheckOutputsAreUsed();
  return network;
}

NetworkDescription ParseNetwork(std::string_view text, std::string_view where) {
  try {
    Json json = ParseStrictly(text);
    ExpectKeys(json, {"input", "layers", "preprocessing"});
    const auto found = json.find("preprocessing");
    if (found == json.end()) return {.network = NetworkFromJson(json), .preprocessing = {}};
    Preprocessing preprocessing = PreprocessingFromJson(*found, "network");
    const bool says_crop_from = found->contains("crop_from");
    json.erase(found);
    Network network = NetworkFromJson(json);
    const Shape& input_shape = network.input_shape();
    if (!says_crop_from) preprocessing.crop_from = LeastCropFrom(input_shape);
    preprocessing.Validate(input_shape[0], "network");
    return {.network = std::move(network), .preprocessing = std::move(preprocessing)};
  } catch (const Json::exception& error) {
    // The library's text begins with a code in brackets that says nothing to a user.
    const std::string_view what = error.what();
    const size_t end_of_code = what.find("] ");
    Fail("{}: not valid JSON: {}", where,
         end_of_code == std::string_view::npos ? what : what.substr(end_of_code + 2));
  } catch (const Error& error) {
    Fail("{}: {}", where, error.what());
  }
}

}  // namespace ocellus
