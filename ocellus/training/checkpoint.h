// Checkpoints: all that an interrupted training needs to go on as if nothing had happened.
//
//   Trainer trainer(model.network, options);   // with .checkpoint = {.every_steps = 1000}
//   trainer.Fit(*data.train, data.test.get(), {.on_checkpoint = [&](const auto& snapshot) {
//                 SaveCheckpoint(model, snapshot, {}, "checkpoint.safetensors");
//               }});
//
// and in another process, with the same options and data:
//
//   Checkpoint checkpoint = LoadCheckpoint("checkpoint.safetensors");
//   Network net = checkpoint.model.network.Clone();
//   Trainer(net, options).Resume(std::move(checkpoint), *data.train, data.test.get());
//
// The file is a model file (formats/model_file.h) with more in it: for each trained parameter what
// the optimizer remembers, under names such as "optimizer.mean/conv1.weights", and the rest as JSON
// in the metadata entry "checkpoint".
#pragma once

#include <filesystem>
#include <string>

#include "ocellus/base/json.h"
#include "ocellus/network/model.h"
#include "ocellus/training/optimizer.h"
#include "ocellus/training/training_state.h"

namespace ocellus {

// A training between two steps, as the trainer shows it; its network belongs to it too.
struct TrainingSnapshot {
  const TrainingState& state;
  const OptimizerState& optimizer;
  const Json& identity;  // what training this is: network, options, data sets
};

struct Checkpoint {
  Model model;
  TrainingState state;
  OptimizerState optimizer;
  Json identity;
  Json notes;         // what the caller of SaveCheckpoint wanted to find again
  std::string where;  // the file, for messages
};

// Writes the file completely or not at all. Throws Error if it cannot be written or a parameter is
// not finite.
void SaveCheckpoint(const Model& model, const TrainingSnapshot& snapshot, const Json& notes,
                    const std::filesystem::path& path);

// Throws Error if the file is damaged anywhere or is no checkpoint.
Checkpoint LoadCheckpoint(const std::filesystem::path& path);

}  // namespace ocellus
