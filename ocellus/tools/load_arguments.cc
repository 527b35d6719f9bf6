// Networks and models by name or file.
#include "ocellus/tools/load_arguments.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/nets/net_catalog.h"

namespace ocellus {

namespace fs = std::filesystem;

bool IsParameterFile(const std::string& argument) {
  const std::string extension = fs::path(argument).extension();
  return extension == ".safetensors" || extension == ".npz" || extension == ".pkl" ||
         extension == ".pickle";
}

void RefuseFolder(const std::string& argument) {
  const std::vector<std::string> names = NetNames();
  if (std::ranges::find(names, argument) != names.end() || !fs::is_directory(argument)) return;
  const fs::path model = fs::path(argument) / "model.safetensors";
  Fail("{}: expected a file, found a folder{}", argument,
       fs::exists(model) ? fmt::format("; did you mean '{}'?", model.string()) : "");
}

Model LoadModelArgument(const std::string& file, const std::string& net) {
  RefuseFolder(file);
  if (!IsParameterFile(file)) {
    Fail("{}: expected a model: a file that ends in .safetensors, .npz or .pkl", file);
  }
  if (net.empty()) {
    if (fs::path(file).extension() != ".safetensors") {
      Fail(
          "{}: this kind of file holds parameters only; say which network they belong to, for "
          "example --net simple-conv-net",
          file);
    }
    return LoadModel(file);
  }
  Model model = LoadNetModel(net);
  LoadParameters(file, model.network);
  return model;
}

Model LoadNetOrModel(const std::string& argument, uint64_t seed) {
  RefuseFolder(argument);
  if (IsParameterFile(argument)) return LoadModelArgument(argument, "");
  Model model = LoadNetModel(argument);
  model.network.Initialize(seed);
  return model;
}

const Dataset& SplitOf(const DataSplits& data, const std::string& split) {
  if (split == "train") return *data.train;
  if (split == "test") return *data.test;
  const std::vector<std::string> known = {"test", "train"};
  Fail("--split: unknown value '{}'{}", split, DidYouMean(split, known));
}

std::unique_ptr<ThreadPool> MakePool(int threads) { return std::make_unique<ThreadPool>(threads); }

}  // namespace ocellus
