// The program `ocellus`: reads the command line and runs one command.
// Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted by Ctrl-C, 143 by SIGTERM.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/kernels/simd_target.h"
#include "ocellus/tools/commands.h"

namespace ocellus {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// Unlike fmt::print, throws nothing: where errors cannot be written, the exit status still tells.
void PrintError(std::string_view message) {
  std::fputs(fmt::format("ocellus: {}\n", message).c_str(), stderr);
}

// Looks for misspelt commands and options, which the command-line library would only call
// unexpected. Returns what is wrong, or "".
std::string FindMisspelling(CLI::App& app, const std::vector<std::string>& arguments) {
  CLI::App* command = &app;
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument.starts_with("--")) {
      const std::string name = argument.substr(0, argument.find('='));
      std::vector<std::string> known;
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
      }
      if (std::ranges::find(known, name) == known.end()) {
        return fmt::format("unknown option '{}'{}", name, DidYouMean(name, known));
      }
      continue;
    }
    std::vector<std::string> known;
    for (const CLI::App* sub : command->get_subcommands({})) known.push_back(sub->get_name());
    if (known.empty()) continue;  // an argument of the command
    if (std::ranges::find(known, argument) == known.end()) {
      return fmt::format("unknown command '{}'{}", argument, DidYouMean(argument, known));
    }
    command = command->get_subcommand(argument);
  }
  return {};
}

int Run(int argc, char** argv) {
  CLI::App app("Convolutional neural networks: train them, look inside, use them.", "ocellus");
  app.set_version_flag("--version", "ocellus " OCELLUS_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.option_defaults()->always_capture_default();
  app.footer(
      "NET is a built-in network (simple-conv-net) or a JSON file that describes one.\n"
      "DATA is mnist, fashion-mnist or a folder: of IDX files, of CIFAR-10, or with one "
      "sub-folder\n"
      "of pictures for each class. MODEL is a file that `train` or `convert` wrote.\n"
      "`ocellus COMMAND --help` tells all options and their defaults.");
  Action action;
  AddTrainCommand(app, action);
  AddEvalCommand(app, action);
  AddPredictCommand(app, action);
  AddShowCommand(app, action);
  AddExplainCommand(app, action);
  AddCheckGradCommand(app, action);
  AddInfoCommand(app, action);
  AddConvertCommand(app, action);
  AddBenchCommand(app, action);

  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const std::string problem = FindMisspelling(app, arguments); !problem.empty()) {
    PrintError(problem);
    return kWrongUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    PrintError(fmt::format("{}\nRun with --help for the options.", error.what()));
    return kWrongUsage;
  }
  SetSimdTargetFromEnvironment();
  return action();
}

}  // namespace
}  // namespace ocellus

int main(int argc, char** argv) {
  try {
    const int status = ocellus::Run(argc, argv);
    if (std::fflush(stdout) != 0) {
      ocellus::PrintError("cannot write the output");
      return ocellus::kFailed;
    }
    return status;
  } catch (const ocellus::Error& error) {
    ocellus::PrintError(error.what());
  } catch (const std::bad_alloc&) {
    ocellus::PrintError("not enough memory; a smaller --batch-size takes less");
  } catch (const std::exception& error) {
    ocellus::PrintError(error.what());
  }
  return ocellus::kFailed;
}
