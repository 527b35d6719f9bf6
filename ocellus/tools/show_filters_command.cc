// ocellus show filters: the weights of a convolution as pictures.
#include <fmt/core.h>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/show_commands.h"
#include "ocellus/view/filters.h"

namespace ocellus {
namespace {

struct FiltersArguments : ShowArguments {
  std::string before;
  std::string layer;
  bool around_zero = false;
};

// The number of the weights of a convolution: of the named layer, or of the first one.
int FindFilters(const Network& network, const std::string& layer) {
  if (!layer.empty()) {
    const int node = network.FindNode(layer);
    if (node == kNetworkInput ||
        network.nodes()[static_cast<size_t>(node)].layer->type() != "Convolution") {
      Fail("{}: expected the name of a convolution", layer);
    }
    return network.FindParameter(layer + ".weights");
  }
  for (const Node& node : network.nodes()) {
    if (node.layer->type() == "Convolution") return network.FindParameter(node.name + ".weights");
  }
  Fail("the network has no convolution");
}

// The network as it was before training, from the seed that the model file tells.
Network InitialNetwork(const Model& model, const std::string& file) {
  const Json& training = model.training;
  const bool is_known = training.is_object() && training.contains("seed") &&
                        training["seed"].is_number_unsigned() && training.contains("net") &&
                        training["net"].is_string();
  if (!is_known) Fail("{}: does not tell how it was trained; use --before FILE", file);
  if (IsParameterFile(training["net"].get<std::string>())) {
    Fail("{}: its training went on from {}; use --before with that file", file,
         training["net"].get<std::string>());
  }
  Network network = model.network.Clone();
  network.Initialize(training["seed"].get<uint64_t>());
  return network;
}

int ShowFilters(const FiltersArguments& arguments) {
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  const int index = FindFilters(model.network, arguments.layer);
  const ParameterSlot& slot = model.network.parameters()[static_cast<size_t>(index)];
  const std::string& name = model.network.name_of(slot.node);
  const TensorView<const float> filters = model.network.parameter(index);
  const FilterPictureOptions options{
      .title = fmt::format("{} of {}", name, ModelTitle(model, arguments.model)),
      .scale = arguments.around_zero ? FilterScale::kAroundZero : FilterScale::kMinToMax};
  if (arguments.before.empty()) {
    WritePng(DrawFilters(filters, options), arguments.out);
  } else {
    const Network before = arguments.before == "initial"
                               ? InitialNetwork(model, arguments.model)
                               : LoadModelArgument(arguments.before, arguments.net).network.Clone();
    WritePng(
        DrawFiltersBeforeAfter(before.parameter(before.FindParameter(slot.name)), filters, options),
        arguments.out);
  }
  fmt::print("wrote {}\n", arguments.out);
  return 0;
}

}  // namespace

void AddShowFiltersCommand(CLI::App& show, Action& action) {
  CLI::App* command = show.add_subcommand("filters", "The filters of a convolution as a grid");
  auto arguments = std::make_shared<FiltersArguments>();
  FiltersArguments& a = *arguments;
  a.out = "filters.png";
  AddShowOptions(*command, a);
  command->add_option("--layer", a.layer, "Name of the convolution (default: the first)");
  command->add_option("--before", a.before,
                      "Draw this model's filters beside them; `initial`: those before training");
  command->add_flag("--around-zero", a.around_zero,
                    "Middle grey is zero (default: black to white is lowest to highest)");
  command->callback(
      [arguments, &action] { action = [arguments] { return ShowFilters(*arguments); }; });
}

}  // namespace ocellus
