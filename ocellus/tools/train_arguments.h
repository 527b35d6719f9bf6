// What `ocellus train` is told.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "ocellus/network/network.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/training/trainer_options.h"

namespace ocellus {

struct TrainArguments {
  std::string net = "simple-conv-net";
  std::string out = "out";
  bool overwrite = false;
  std::string resume;  // the folder of a training to go on with; "": begin a new one
  int64_t checkpoint_steps = 0;
  double checkpoint_minutes = 10;
  int threads = 0;
  DataArguments data;
  ImageArguments images;

  int64_t epochs = 20;
  int64_t max_steps = 0;
  int64_t batch_size = 100;
  uint64_t seed = 1;
  std::string init;  // of weights; "": what the network says
  int64_t early_stopping = 0;

  std::string optimizer = "adam";
  std::optional<double> learning_rate;
  std::optional<double> momentum;
  std::optional<double> decay_rate;
  std::optional<double> beta1;
  std::optional<double> beta2;
  std::optional<double> epsilon;
  std::optional<double> weight_decay;
  bool decay_biases = false;
  double clip_norm = 0;

  std::string schedule = "constant";
  std::optional<int64_t> decay_epochs;
  std::optional<double> decay_factor;
  int64_t warmup_steps = 0;
};

// Adds the options to the command; they will be read into `arguments`, which must outlive it.
void AddTrainArguments(CLI::App& command, TrainArguments& arguments);

// The options of the trainer for this network, without preprocessing, augmentation and pool. Throws
// Error for an unknown name, and for an argument that the chosen schedule or optimizer does not
// have.
TrainerOptions MakeTrainerOptions(const TrainArguments& arguments, const Network& network);

}  // namespace ocellus
