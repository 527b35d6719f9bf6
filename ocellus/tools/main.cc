// The program `ocellus`: reads the command line and runs one command.
// Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted by Ctrl-C, 143 by SIGTERM,
// 129 by SIGHUP.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/printable.h"
#include "ocellus/kernels/simd_target.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/terminal.h"
#include "ocellus/tools/usage_errors.h"

namespace ocellus {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// What a message quotes may come from a file of somebody else.
void PrintError(std::string_view message) { Note("ocellus: {}\n", Printable(message, "\n")); }

int Run(int argc, char** argv) {
  CLI::App app("Convolutional neural networks: train them, look inside, use them.", "ocellus");
  app.set_version_flag("--version", "ocellus " OCELLUS_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.option_defaults()->always_capture_default();
  app.footer(fmt::format(
      "NET is a built-in network ({}),\n"
      "or a JSON file that describes one.\n"
      "DATA is mnist, fashion-mnist or a folder: of IDX files, of CIFAR-10, or with one "
      "sub-folder\n"
      "of pictures for each class. MODEL is a file that `train` or `convert` wrote.\n"
      "`ocellus COMMAND --help` tells all options and their defaults.",
      fmt::join(NetNames(), ", ")));
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
  if (const std::string mistake = FindMistake(app, arguments); !mistake.empty()) {
    PrintError(mistake);
    return kWrongUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    PrintError(DescribeParseError(app, error));
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
      return status != 0 ? status : ocellus::kFailed;
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
