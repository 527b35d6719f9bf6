// What `ocellus show` can show: one file each. Each function adds its command to `show`, as the
// functions of commands.h add theirs to the program.
#pragma once

#include <string>

#include "ocellus/network/model.h"
#include "ocellus/tools/commands.h"

namespace ocellus {

void AddShowFiltersCommand(CLI::App& show, Action& action);
void AddShowFeaturesCommand(CLI::App& show, Action& action);
void AddShowUnitsCommand(CLI::App& show, Action& action);
void AddShowAttentionCommand(CLI::App& show, Action& action);
void AddShowMistakesCommand(CLI::App& show, Action& action);

// The options that all of them have: MODEL, --net for files that hold parameters only, and --out.
struct ShowArguments {
  std::string model;
  std::string net;
  std::string out;
};
void AddShowOptions(CLI::App& command, ShowArguments& arguments);

// Adds an option for a file to write, whose name must end in .png.
void AddPngOption(CLI::App& command, const std::string& name, std::string& file,
                  const std::string& description);

// "deep-conv-net" if the model tells which network was trained, otherwise the name of its file.
std::string ModelTitle(const Model& model, const std::string& file);

}  // namespace ocellus
