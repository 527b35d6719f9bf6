// ocellus show: pictures of what a model has learned.
#include <fmt/core.h>

#include <filesystem>

#include "ocellus/base/json.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/show_commands.h"

namespace ocellus {

void AddShowCommand(CLI::App& app, Action& action) {
  CLI::App* show = app.add_subcommand("show", "Draw what a model has learned");
  show->require_subcommand(1);
  AddShowFiltersCommand(*show, action);
  AddShowFeaturesCommand(*show, action);
  AddShowUnitsCommand(*show, action);
  AddShowAttentionCommand(*show, action);
  AddShowMistakesCommand(*show, action);
}

void AddShowOptions(CLI::App& command, ShowArguments& arguments) {
  command.add_option("MODEL", arguments.model, "A model, or a .pkl or .npz file of parameters")
      ->required();
  AddPngOption(command, "--out", arguments.out, "PNG file to write");
  command.add_option("--net", arguments.net, "NET of a file that holds parameters only");
}

void AddPngOption(CLI::App& command, const std::string& name, std::string& file,
                  const std::string& description) {
  const auto is_png = [](const std::string& value) {
    if (std::filesystem::path(value).extension() == ".png") return std::string();
    return fmt::format("expected a name that ends in .png, found '{}'", value);
  };
  command.add_option(name, file, description)->check(is_png);
}

std::string ModelTitle(const Model& model, const std::string& file) {
  const Json& training = model.training;
  if (training.is_object() && training.contains("net") && training["net"].is_string()) {
    const auto net = training["net"].get<std::string>();
    if (!IsParameterFile(net)) return std::filesystem::path(net).stem();
  }
  return std::filesystem::path(file).filename();
}

}  // namespace ocellus
