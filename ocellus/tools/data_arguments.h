// What DATA on the command line stands for, and how its images are brought to a network.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ocellus/data/augmentation.h"
#include "ocellus/data/load_data.h"
#include "ocellus/network/model.h"

namespace ocellus {

// Which data, for every command that reads some.
struct DataArguments {
  std::string data;  // empty: see DefaultData
  std::optional<double> test_fraction;
  std::optional<uint64_t> split_seed;
  bool skip_bad = false;
  int64_t max_pixels = ReadImageOptions().max_pixels;
};

// What a training does with the images.
struct ImageArguments {
  std::optional<std::string> resize;  // "stretch" or the shorter side
  std::vector<std::string> augment;
  bool subtract_mean = false;
  bool normalize = false;
};

// Which data a command reads that is not told.
enum class DefaultData { kMnist, kOfModel };

// Add the options to the command; they will be read into `arguments`, which must outlive it.
void AddDataArguments(CLI::App& command, DataArguments& arguments, DefaultData default_data);
void AddImageArguments(CLI::App& command, ImageArguments& arguments);

// DATA for a model that is used as it is: that of the arguments, or what the model was trained on.
// Throws Error if neither is known, or the model was trained on a folder that is not here.
std::string DataNameFor(const Model& model, const DataArguments& arguments);

// That data: images are brought to the model's input as its file says, and the split is the one
// that it was trained with, unless the arguments say another. Pictures are read when they are
// needed. Throws Error as DataNameFor does, and if the arguments divide data that have test images
// of their own.
DataSplits LoadDataFor(const Model& model, const DataArguments& arguments, ThreadPool* pool);

// Throws Error, naming both, if the data have another number of classes than the model; says on
// stderr if they are only called differently.
void ExpectClassesOf(const Model& model, const std::vector<std::string>& class_names,
                     const std::string& data_name);

// The data for a training.
struct TrainingData {
  DataSplits splits;
  Preprocessing preprocessing;
  Augmentation augmentation;
  Json recipe;  // for the model file: where the data came from and how it was split
};

// Loads the data and decides what is done to images before the model's network sees them: what its
// preprocessing says, where the arguments say nothing. Decodes all pictures once, with progress on
// stderr; names bad ones there. Throws Error unless the network takes grey or colour images, and as
// LoadDataFor does.
TrainingData LoadTrainingData(const DataArguments& data, const ImageArguments& images,
                              const Model& model, ThreadPool* pool);

}  // namespace ocellus
