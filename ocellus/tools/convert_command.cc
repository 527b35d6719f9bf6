// ocellus convert: from one file format to another.
#include <fmt/core.h>

#include <filesystem>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/load_arguments.h"

namespace ocellus {
namespace {

struct ConvertArguments {
  std::string in;
  std::string out;
  std::string net;
};

int Convert(const ConvertArguments& arguments) {
  const std::string extension = std::filesystem::path(arguments.out).extension();
  const Model model = IsParameterFile(arguments.in) ? LoadModelArgument(arguments.in, arguments.net)
                                                    : LoadNetOrModel(arguments.in, /*seed=*/1);
  if (extension == ".json") {
    AtomicFile file(arguments.out);
    file.Write(NetToJson(model).dump(2) + "\n");
    file.Commit();
  } else if (!IsParameterFile(arguments.in)) {
    Fail("{}: is a network without trained parameters; it can become a .json file only",
         arguments.in);
  } else if (extension == ".safetensors") {
    SaveModel(model, arguments.out);
  } else if (IsParameterFile(arguments.out)) {
    SaveParameters(model.network, arguments.out);
  } else {
    Fail("{}: expected a name that ends in .safetensors, .npz, .pkl or .json", arguments.out);
  }
  fmt::print("wrote {}\n", arguments.out);
  return 0;
}

}  // namespace

void AddConvertCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("convert",
                                         "Convert a model: .safetensors, .npz, .pkl (the book's); "
                                         ".json is the network alone, and what input it takes");
  auto arguments = std::make_shared<ConvertArguments>();
  ConvertArguments& a = *arguments;
  command->add_option("IN", a.in, "MODEL, file of parameters, or NET (to .json)")->required();
  command->add_option("OUT", a.out, "File to write; its ending says what")->required();
  command->add_option("--net", a.net, "NET of a file that holds parameters only");
  command->callback([arguments, &action] { action = [arguments] { return Convert(*arguments); }; });
}

}  // namespace ocellus
