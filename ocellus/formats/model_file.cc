// Models to and from files.
#include "ocellus/formats/model_file.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/base/printable.h"
#include "ocellus/formats/book_names.h"
#include "ocellus/formats/npz.h"
#include "ocellus/formats/pickle.h"
#include "ocellus/formats/safetensors.h"
#include "ocellus/network/network_json.h"

namespace ocellus {
namespace {

constexpr int kModelVersion = 1;

template <typename T>
std::vector<std::string> NetworkNames(const BasicNetwork<T>& network) {
  std::vector<std::string> names;
  for (const ParameterSlot& slot : network.parameters()) names.push_back(slot.name);
  return names;
}

void ExpectValues(const Network& network, const std::string& where) {
  if (!network.has_parameter_values()) {
    Fail("{}: not saved: the parameters have no values; initialise them or load a model first",
         where);
  }
}

std::vector<NamedArray> ParameterArrays(const Network& network,
                                        std::span<const std::string> names) {
  std::vector<NamedArray> arrays;
  for (size_t index = 0; index < names.size(); ++index) {
    const TensorView<const float> values = network.parameter(static_cast<int>(index));
    arrays.push_back({names[index], ConvertTo<float>(values)});
  }
  return arrays;
}

// Sets each parameter from the array of its name. Nothing is changed unless all fit.
template <typename T>
void SetParameters(std::span<const NamedArray> arrays, std::span<const std::string> names,
                   const std::string& where, BasicNetwork<T>& network) {
  for (size_t index = 0; index < names.size(); ++index) {
    const ParameterSlot& slot = network.parameters()[index];
    const NamedArray* array = FindArray(arrays, names[index]);
    const std::string label =
        names[index] == slot.name ? slot.name : fmt::format("{} ({})", names[index], slot.name);
    if (array == nullptr) Fail("{}: parameter {} is missing", where, label);
    if (array->shape() != slot.info.shape) {
      Fail("{}: parameter {}: expected shape {}, found {}", where, label,
           slot.info.shape.ToString(), array->shape().ToString());
    }
  }
  for (const NamedArray& array : arrays) {
    if (std::ranges::find(names, array.name) == names.end()) {
      Fail("{}: the network has no parameter '{}'{}", where, array.name,
           DidYouMean(array.name, names));
    }
  }
  for (size_t index = 0; index < names.size(); ++index) {
    const NamedArray& array = *FindArray(arrays, names[index]);
    const int number = static_cast<int>(index);
    if constexpr (std::is_same_v<T, float>) {
      network.SetParameter(number, array.ToFloat());
    } else {
      network.SetParameter(number, array.ToDouble());
    }
  }
}

std::vector<NamedArray> ReadArrays(const std::filesystem::path& path) {
  const std::string extension = path.extension();
  if (extension == ".pkl" || extension == ".pickle") return ReadPickle(path);
  if (extension == ".npz") return ReadNpz(path);
  if (extension == ".safetensors") return ReadSafetensors(path).arrays;
  Fail("{}: expected a name that ends in .pkl, .npz or .safetensors", path.string());
}

template <typename T>
void LoadAnyParameters(const std::filesystem::path& path, BasicNetwork<T>& network) {
  const std::vector<NamedArray> arrays = ReadArrays(path);
  const bool is_book = FindArray(arrays, "W1") != nullptr;
  const std::vector<std::string> names = is_book ? BookNames(network) : NetworkNames(network);
  SetParameters<T>(arrays, names, path.string(), network);
}

Json ParseModelDescription(std::string_view text, const std::string& where) {
  const auto check_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxJsonDepth) Fail("{}: the description of the model is nested too deeply", where);
    return true;
  };
  Json description = Json::parse(text, check_depth, /*allow_exceptions=*/false);
  if (!description.is_object() || !description.contains("version") ||
      !description["version"].is_number_integer() || !description.contains("network")) {
    Fail("{}: the description of the model is damaged", where);
  }
  if (description["version"] != kModelVersion) {
    Fail("{}: expected version {} of the model description, found {}; a newer ocellus wrote it",
         where, kModelVersion, description["version"].dump());
  }
  return description;
}

std::vector<std::string> ClassNames(const Json& description, const std::string& where) {
  std::vector<std::string> names;
  if (!description.contains("classes")) return names;
  const Json& classes = description["classes"];
  bool good = classes.is_array();
  for (const Json& name : classes) {
    good = good && name.is_string();
    if (!good) break;
    names.push_back(name.get<std::string>());
    good = Printable(names.back()) == names.back();
  }
  if (!good) Fail("{}: 'classes': expected a list of texts without control characters", where);
  return names;
}

}  // namespace

std::string DescribeModel(const Model& model) {
  Json description = {{"version", kModelVersion},
                      {"network", NetworkToJson(model.network)},
                      {"preprocessing", ToJson(model.preprocessing)}};
  if (!model.class_names.empty()) description["classes"] = model.class_names;
  if (!model.training.is_null()) description["training"] = model.training;
  return description.dump();
}

std::vector<NamedView> ParameterViews(const Network& network, const std::string& where) {
  ExpectValues(network, where);
  std::vector<NamedView> views;
  for (size_t index = 0; index < network.parameters().size(); ++index) {
    const TensorView<const float> values = network.parameter(static_cast<int>(index));
    const std::string& name = network.parameters()[index].name;
    if (!std::ranges::all_of(values.span(), [](float v) { return std::isfinite(v); })) {
      Fail("{}: not saved: parameter {} has values that are not finite", where, name);
    }
    views.push_back({name, values});
  }
  return views;
}

Model ModelFromParts(std::string_view text, std::span<const NamedArray> parameters,
                     const std::string& where) {
  const Json description = ParseModelDescription(text, where);
  try {
    Model model{.network = NetworkFromJson(description["network"])};
    model.class_names = ClassNames(description, "model");
    model.training = description.value("training", Json());
    if (description.contains("preprocessing")) {
      model.preprocessing = PreprocessingFromJson(description["preprocessing"], "model");
    }
    model.preprocessing.Validate(model.network.input_shape()[0], "model");
    SetParameters<float>(parameters, NetworkNames(model.network), "model", model.network);
    const auto outputs = model.network.output_shape().elements();
    if (!model.class_names.empty() && static_cast<int64_t>(model.class_names.size()) != outputs) {
      Fail("'classes': expected {} names, one for each output, found {}", outputs,
           model.class_names.size());
    }
    return model;
  } catch (const Error& error) {
    Fail("{}: {}", where, error.what());
  }
}

void SaveModel(const Model& model, const std::filesystem::path& path) {
  WriteSafetensors(path, ParameterViews(model.network, path.string()),
                   {{kModelKey, DescribeModel(model)}});
}

Model LoadModel(const std::filesystem::path& path) {
  const Safetensors file = ReadSafetensors(path);
  const auto description = file.metadata.find(kModelKey);
  if (description == file.metadata.end()) {
    Fail("{}: this file does not describe its network; name one (--net) to use its parameters",
         path.string());
  }
  return ModelFromParts(description->second, file.arrays, path.string());
}

void LoadParameters(const std::filesystem::path& path, Network& network) {
  LoadAnyParameters(path, network);
}

void LoadParameters(const std::filesystem::path& path, BasicNetwork<double>& network) {
  LoadAnyParameters(path, network);
}

void SaveParameters(const Network& network, const std::filesystem::path& path) {
  ExpectValues(network, path.string());
  const std::string extension = path.extension();
  if (extension == ".pkl" || extension == ".pickle") {
    WritePickle(path, ParameterArrays(network, BookNames(network)));
  } else if (extension == ".npz") {
    WriteNpz(path, ParameterArrays(network, BookNames(network)));
  } else if (extension == ".safetensors") {
    WriteSafetensors(path, ParameterArrays(network, NetworkNames(network)));
  } else {
    Fail("{}: expected a name that ends in .pkl, .npz or .safetensors", path.string());
  }
}

}  // namespace ocellus
