// How the loss went, and everything as JSON.
#include "ocellus/training/training_state.h"

#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {

bool LossHistory::Add(double loss, int64_t patience) {
  if (std::isfinite(loss) && (!best || loss < *best)) {
    best = loss;
    epochs_since_best = 0;
    epochs_on_plateau = 0;
    return true;
  }
  ++epochs_since_best;
  if (++epochs_on_plateau == patience) {
    ++plateaus;
    epochs_on_plateau = 0;
  }
  return false;
}

Json ToJson(const TrainingState& state) {
  const LossHistory& history = state.history;
  return {{"step", state.step},
          {"epoch",
           {{"loss", state.epoch.loss},
            {"correct", state.epoch.correct},
            {"samples", state.epoch.samples}}},
          {"history",
           {{"best", history.best ? Json(*history.best) : Json()},
            {"epochs_since_best", history.epochs_since_best},
            {"epochs_on_plateau", history.epochs_on_plateau},
            {"plateaus", history.plateaus}}}};
}

TrainingState TrainingStateFromJson(const Json& json, const std::string& where) {
  // A whole number of 0 or more.
  const auto count = [&](const Json& object, const char* name) {
    const Json& value = object.at(name);
    if (!value.is_number_integer() || value.get<int64_t>() < 0) {
      Fail("{}: '{}': expected a whole number of 0 or more, found {}", where, name, value.dump());
    }
    return value.get<int64_t>();
  };
  try {
    const Json& epoch = json.at("epoch");
    const Json& history = json.at("history");
    TrainingState state{.step = count(json, "step"),
                        .epoch = {.loss = epoch.at("loss").get<double>(),
                                  .correct = count(epoch, "correct"),
                                  .samples = count(epoch, "samples")},
                        .history = {.best = std::nullopt,
                                    .epochs_since_best = count(history, "epochs_since_best"),
                                    .epochs_on_plateau = count(history, "epochs_on_plateau"),
                                    .plateaus = count(history, "plateaus")}};
    if (!history.at("best").is_null()) state.history.best = history.at("best").get<double>();
    return state;
  } catch (const Json::exception& error) {
    Fail("{}: {}", where, error.what());
  }
}

}  // namespace ocellus
