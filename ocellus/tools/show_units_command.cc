// ocellus show units: what excites the units of a layer.
#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "ocellus/base/error.h"
#include "ocellus/data/pixel_statistics.h"
#include "ocellus/data/subset.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/show_commands.h"
#include "ocellus/tools/work_line.h"
#include "ocellus/view/top_patches.h"
#include "ocellus/view/unit_pictures.h"

namespace ocellus {
namespace {

// Stands for the grey level that is the mean of the data.
constexpr double kMeanOfData = -1;

struct UnitsArguments : ShowArguments {
  DataArguments data;
  std::string split = "test";
  std::vector<std::string> layers;
  std::vector<int64_t> units;
  int64_t count = 0;
  int64_t patches = 8;
  int64_t samples = 0;
  ActivationMaximizationOptions ascent;
  double neutral = kMeanOfData;
  int64_t batch_size = 50;
  int threads = 0;
};

// The named layers, or all convolutions.
std::vector<int> FindLayers(const Network& network, const std::vector<std::string>& names) {
  std::vector<int> layers;
  for (const std::string& name : names) {
    layers.push_back(network.FindNode(name));
    if (layers.back() == kNetworkInput) Fail("--layer: expected a layer, found the input");
  }
  for (size_t node = 0; node < network.nodes().size() && names.empty(); ++node) {
    if (network.nodes()[node].layer->type() == "Convolution") {
      layers.push_back(static_cast<int>(node));
    }
  }
  if (layers.empty()) Fail("the network has no convolution; name a layer with --layer");
  return layers;
}

// The units that are asked for, or the first ones.
std::vector<int64_t> ChooseUnits(const UnitsArguments& arguments, int64_t count) {
  if (!arguments.units.empty()) return arguments.units;
  const int64_t wanted = arguments.count > 0 ? arguments.count : arguments.layers.empty() ? 6 : 24;
  std::vector<int64_t> units(static_cast<size_t>(std::min(wanted, count)));
  std::iota(units.begin(), units.end(), int64_t{0});
  return units;
}

// The mean of all pixels of some samples: the grey that means nothing in this data set.
double MeanPixel(const Dataset& dataset) {
  constexpr int64_t kSamples = 256;
  const int64_t n = std::min(kSamples, dataset.size());
  Tensor<float> images(dataset.image_shape().Batch(1));
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    int32_t label = 0;
    // Evenly over the data set, which may be sorted by class.
    const int64_t sample = i * dataset.size() / n;
    dataset.Read({&sample, 1}, images, {&label, 1});
    sum += std::accumulate(images.span().begin(), images.span().end(), 0.0);
  }
  return std::clamp(sum / static_cast<double>(n * images.elements()), 0.0, 255.0);
}

int ShowUnits(const UnitsArguments& arguments) {
  if (arguments.count < 0) Fail("--count: expected 0 or more, found {}", arguments.count);
  if (arguments.samples < 0)
    Fail("--samples: expected 0 (all) or more, found {}", arguments.samples);
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  const std::vector<int> nodes = FindLayers(model.network, arguments.layers);
  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);
  const DataSplits data = LoadDataFor(model, arguments.data, pool.get());
  const Dataset& split = SplitOf(data, arguments.split);
  const std::unique_ptr<Dataset> first =
      arguments.samples > 0 ? FirstSamples(split, arguments.samples) : nullptr;
  const Dataset& searched = first ? *first : split;

  ExploreUnitsOptions options{.patches = arguments.patches,
                              .ascent = arguments.ascent,
                              .search = {.batch_size = arguments.batch_size, .pool = pool.get()}};
  options.ascent.neutral =
      arguments.neutral == kMeanOfData ? MeanPixel(searched) : arguments.neutral;
  options.ascent.run = options.search;
  if (searched.image_shape()[0] == 3) {
    options.ascent.colours = MeasurePixels(searched, pool.get()).components;
  }
  std::vector<LayerUnits> layers;
  for (const int node : nodes) {
    const std::string& name = model.network.name_of(node);
    WorkLine ascent_line(name + ": making pictures");
    WorkLine search_line(name + ": looking for patches");
    options.units = ChooseUnits(arguments, UnitCount(model.network, node));
    options.ascent.run.progress = ascent_line.callback();
    options.search.progress = search_line.callback();
    layers.push_back(ExploreUnits(model, node, searched, options));
  }
  const std::vector<std::string> lines = {
      fmt::format("large: made by gradient ascent{}; small: the most exciting patches of {}",
                  arguments.ascent.contrast < 1 ? ", of limited contrast" : "",
                  DataNameFor(model, arguments.data)),
      "below: the number of the unit or its class, and how much these excite it"};
  WritePng(
      DrawUnits(layers, "What excites the units of " + ModelTitle(model, arguments.model), lines),
      arguments.out);
  fmt::print("wrote {}\n", arguments.out);
  return 0;
}

}  // namespace

void AddShowUnitsCommand(CLI::App& show, Action& action) {
  CLI::App* command = show.add_subcommand("units", "What excites the units of a layer");
  auto arguments = std::make_shared<UnitsArguments>();
  UnitsArguments& a = *arguments;
  a.out = "units.png";
  AddShowOptions(*command, a);
  command
      ->add_option("--layer", a.layers,
                   "Name of a layer; several times for several (default: all convolutions)")
      ->expected(1)
      ->take_all()
      ->default_str("");
  command
      ->add_option("--unit", a.units,
                   "Number of a unit; several times for several (default: the first)")
      ->expected(1)
      ->take_all()
      ->default_str("");
  command->add_option("--count", a.count,
                      "Units of a layer to show (0: 24, or 6 of each if no layer is named)");
  AddDataArguments(*command, a.data, DefaultData::kOfModel);
  command->add_option("--split", a.split, "test or train");
  command->add_option("--samples", a.samples, "Look at the first samples only (0: all)");
  command->add_option("--patches", a.patches, "Patches for each unit");
  command->add_option("--steps", a.ascent.steps, "Steps of gradient ascent");
  command->add_option("--step-size", a.ascent.step_size,
                      "Change of a pixel in a step, in parts of black to white");
  command->add_option("--decay", a.ascent.decay, "Part of the way back to neutral in each step");
  command->add_option("--contrast", a.ascent.contrast,
                      "Mean distance from neutral to keep below, and to end with, in parts of the "
                      "way to black or white (1: no limit)");
  command->add_option("--blur", a.ascent.blur,
                      "Blur at first, in pixels, times the root of the side that a unit sees");
  command->add_option("--jitter", a.ascent.jitter, "Random moves, in parts of what a unit sees");
  command->add_option("--spread", a.ascent.spread,
                      "Largest blur of the gradient that is added to it, in parts of what a unit "
                      "sees (0: none)");
  command->add_option("--neutral", a.neutral,
                      "Grey level to start from, 0 to 255 (-1: the mean of the data)");
  command->add_option("--seed", a.ascent.seed, "Of the random numbers of gradient ascent");
  command->add_option("--batch-size", a.batch_size, "Samples computed together");
  command->add_option("--threads", a.threads, "Threads to use (0: all processors)");
  command->callback(
      [arguments, &action] { action = [arguments] { return ShowUnits(*arguments); }; });
}

}  // namespace ocellus
