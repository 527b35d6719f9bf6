// Checkpoints to and from files.
#include "ocellus/training/checkpoint.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/formats/safetensors.h"

namespace ocellus {
namespace {

constexpr int kCheckpointVersion = 1;
const std::string kCheckpointKey = "checkpoint";
const std::string kOptimizerPrefix = "optimizer.";

std::string ArrayName(const std::string& moment, const std::string& parameter) {
  return kOptimizerPrefix + moment + "/" + parameter;
}

std::string_view MetadataEntry(const Safetensors& file, const std::string& key,
                               const std::string& where) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) Fail("{}: this is not a checkpoint of a training", where);
  return found->second;
}

Json ParseCheckpointDescription(std::string_view text, const std::string& where) {
  const auto check_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxJsonDepth) Fail("{}: the description is nested too deeply", where);
    return true;
  };
  Json description = Json::parse(text, check_depth, /*allow_exceptions=*/false);
  if (!description.is_object()) Fail("{}: the description of the checkpoint is damaged", where);
  for (const char* name : {"version", "identity", "state", "optimizer", "notes"}) {
    if (!description.contains(name)) Fail("{}: '{}' is missing", where, name);
  }
  if (!description["identity"].is_object()) Fail("{}: 'identity': expected an object", where);
  if (description["version"] != kCheckpointVersion) {
    Fail("{}: expected version {} of checkpoints, found {}; a newer ocellus wrote it", where,
         kCheckpointVersion, description["version"].dump());
  }
  return description;
}

// Takes one moment of all trained parameters out of `arrays`.
OptimizerState::Moment TakeMoment(const std::string& moment, const Network& network,
                                  std::vector<NamedArray>& arrays, const std::string& where) {
  const auto find = [&](const ParameterSlot& slot) {
    const std::string name = ArrayName(moment, slot.name);
    const auto found = std::ranges::find(arrays, name, &NamedArray::name);
    if (found == arrays.end()) Fail("{}: array {} is missing", where, name);
    if (found->shape() != slot.info.shape) {
      Fail("{}: array {}: expected shape {}, found {}", where, name, slot.info.shape.ToString(),
           found->shape().ToString());
    }
    return found;
  };
  // All must be there before memory is taken: any number of names fits into a small file.
  for (const ParameterSlot& slot : network.parameters()) {
    if (slot.info.is_trained()) find(slot);
  }
  AlignedBuffer<float> values(static_cast<int64_t>(network.parameter_values().size()));
  std::ranges::fill(values.span(), 0.0f);
  for (const ParameterSlot& slot : network.parameters()) {
    if (!slot.info.is_trained()) continue;
    const auto array = find(slot);
    std::ranges::copy(array->ToFloat().span(), values.data() + slot.offset);
    arrays.erase(array);
  }
  return {moment, std::move(values)};
}

// Takes what the optimizer remembers out of `arrays`.
OptimizerState TakeOptimizerState(const Json& json, const Network& network,
                                  std::vector<NamedArray>& arrays, const std::string& where) {
  try {
    const Json& steps = json.at("steps");
    if (!steps.is_number_unsigned() || steps.get<uint64_t>() > INT64_MAX) {
      Fail("{}: 'optimizer': 'steps': expected a whole number of 0 or more, found {}", where,
           steps.dump());
    }
    OptimizerState state{.steps = steps.get<int64_t>(), .moments = {}};
    for (const Json& name : json.at("moments")) {
      state.moments.push_back(TakeMoment(name.get<std::string>(), network, arrays, where));
    }
    return state;
  } catch (const Json::exception& error) {
    Fail("{}: 'optimizer': {}", where, error.what());
  }
}

}  // namespace

void SaveCheckpoint(const Model& model, const TrainingSnapshot& snapshot, const Json& notes,
                    const std::filesystem::path& path) {
  std::vector<NamedView> arrays = ParameterViews(model.network, path.string());
  Json moments = Json::array();
  for (const OptimizerState::Moment& moment : snapshot.optimizer.moments) {
    moments.push_back(moment.name);
    for (const ParameterSlot& slot : model.network.parameters()) {
      if (!slot.info.is_trained()) continue;
      arrays.push_back({ArrayName(moment.name, slot.name),
                        {moment.values.data() + slot.offset, slot.info.shape}});
    }
  }
  const Json description = {
      {"version", kCheckpointVersion},
      {"identity", snapshot.identity},
      {"state", ToJson(snapshot.state)},
      {"optimizer", {{"steps", snapshot.optimizer.steps}, {"moments", moments}}},
      {"notes", notes}};
  WriteSafetensors(path, arrays,
                   {{kModelKey, DescribeModel(model)}, {kCheckpointKey, description.dump()}});
}

Checkpoint LoadCheckpoint(const std::filesystem::path& path) {
  const std::string where = path.string();
  Safetensors file = ReadSafetensors(path);
  Json description = ParseCheckpointDescription(MetadataEntry(file, kCheckpointKey, where), where);
  std::vector<NamedArray> optimizer_arrays;
  for (auto array = file.arrays.begin(); array != file.arrays.end();) {
    if (array->name.starts_with(kOptimizerPrefix)) {
      optimizer_arrays.push_back(std::move(*array));
      array = file.arrays.erase(array);
    } else {
      ++array;
    }
  }
  Model model = ModelFromParts(MetadataEntry(file, kModelKey, where), file.arrays, where);
  file.arrays.clear();
  OptimizerState optimizer =
      TakeOptimizerState(description["optimizer"], model.network, optimizer_arrays, where);
  if (!optimizer_arrays.empty()) {
    Fail("{}: nothing belongs to array {}", where, optimizer_arrays.front().name);
  }
  return {.model = std::move(model),
          .state = TrainingStateFromJson(description["state"], where + ": 'state'"),
          .optimizer = std::move(optimizer),
          .identity = std::move(description["identity"]),
          .notes = std::move(description["notes"]),
          .where = where};
}

}  // namespace ocellus
