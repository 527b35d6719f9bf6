// ocellus info: the layers of a network, and how a model was made.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "ocellus/base/json.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/network/network_summary.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/load_arguments.h"

namespace ocellus {
namespace {

struct InfoArguments {
  std::string net;
  int64_t batch_size = 100;
  bool json = false;
};

int Info(const InfoArguments& arguments) {
  RefuseFolder(arguments.net);
  const bool is_model = IsParameterFile(arguments.net);
  const Model model = is_model ? LoadModelArgument(arguments.net, "") : LoadNetModel(arguments.net);
  const NetworkSummary summary = Summarize(model.network, arguments.batch_size);
  if (arguments.json) {
    Json json = ToJson(summary);
    json["preprocessing"] = ToJson(model.preprocessing);
    if (is_model) {
      json["classes"] = model.class_names;
      json["training"] = model.training;
    }
    fmt::print("{}\n", json.dump());
    return 0;
  }
  fmt::print("{}", ToTable(summary));
  fmt::print("\npreprocessing: {}\n", ToJson(model.preprocessing).dump());
  if (is_model) {
    fmt::print("classes: {}\ntraining: {}\n", fmt::join(model.class_names, ", "),
               model.training.dump(2));
  }
  return 0;
}

}  // namespace

void AddInfoCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("info", "Show the layers of a network");
  auto arguments = std::make_shared<InfoArguments>();
  InfoArguments& a = *arguments;
  command->add_option("NET", a.net, "NET or MODEL to show")->required();
  command->add_option("--batch-size", a.batch_size, "Samples that memory is told for");
  command->add_flag("--json", a.json, "Print one JSON object");
  command->callback([arguments, &action] { action = [arguments] { return Info(*arguments); }; });
}

}  // namespace ocellus
