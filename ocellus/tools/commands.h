// The commands of the program, one file each. Each function adds its command with all options to
// the command line; if that command is called, `action` is set to what is to be done. An action
// returns the exit status and throws Error for what went wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace ocellus {

using Action = std::function<int()>;

void AddTrainCommand(CLI::App& app, Action& action);
void AddEvalCommand(CLI::App& app, Action& action);
void AddPredictCommand(CLI::App& app, Action& action);
void AddShowCommand(CLI::App& app, Action& action);
void AddExplainCommand(CLI::App& app, Action& action);
void AddCheckGradCommand(CLI::App& app, Action& action);
void AddInfoCommand(CLI::App& app, Action& action);
void AddConvertCommand(CLI::App& app, Action& action);
void AddBenchCommand(CLI::App& app, Action& action);

}  // namespace ocellus
