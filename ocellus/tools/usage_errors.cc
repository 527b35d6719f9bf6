// Misspelt names, wrong numbers, missing commands.
#include "ocellus/tools/usage_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "ocellus/base/did_you_mean.h"

namespace ocellus {
namespace {

// Of the commands that follow one: "train", "eval", ...; of those below show; or none.
std::vector<std::string> CommandNames(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

// What an option that takes numbers takes; or "".
std::string_view Expected(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type == "INT"     ? "a whole number"
         : type == "UINT"  ? "a whole number of 0 or more"
         : type == "FLOAT" ? "a number"
                           : "";
}

std::string WrongValue(const CLI::Option& option, std::string_view value) {
  return fmt::format("{}: expected {}, found '{}'", option.get_name(), Expected(option), value);
}

// The command that the arguments name, as far as they have been read.
CLI::App& CommandOf(CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : CommandOf(*chosen.front());
}

// "ocellus show units"
std::string CallOf(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : CallOf(*parent) + " " + command.get_name();
}

}  // namespace

std::string FindMistake(CLI::App& app, const std::vector<std::string>& arguments) {
  CLI::App* command = &app;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") break;
    if (argument.starts_with("--")) {
      const size_t equals = argument.find('=');
      const std::string name = argument.substr(0, equals);
      std::vector<std::string> known;
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
      }
      if (std::ranges::find(known, name) == known.end()) {
        return fmt::format("unknown option '{}'{}", name, DidYouMean(name, known));
      }
      const CLI::Option& option = *command->get_option(name);
      const std::string value = equals != std::string::npos ? argument.substr(equals + 1)
                                : i + 1 < arguments.size()  ? arguments[i + 1]
                                                            : "";
      if (option.get_type_name() == "UINT" && value.starts_with("-")) {
        return WrongValue(option, value);
      }
      continue;
    }
    const std::vector<std::string> known = CommandNames(*command);
    if (known.empty()) continue;  // an argument of the command
    if (std::ranges::find(known, argument) == known.end()) {
      return fmt::format("unknown command '{}'{}", argument, DidYouMean(argument, known));
    }
    command = command->get_subcommand(argument);
  }
  return {};
}

std::string DescribeParseError(CLI::App& app, const CLI::ParseError& error) {
  CLI::App& command = CommandOf(app);
  const std::string call = CallOf(command);
  const std::string text = error.what();
  const std::vector<std::string> commands = CommandNames(command);
  if (error.get_name() == "RequiredError" && !commands.empty()) {
    return fmt::format("`{}` expects one of {}; `{} --help` tells what they do", call,
                       fmt::join(commands, ", "), call);
  }
  // "Could not convert: --epochs = many"
  const size_t name = text.find("--");
  const size_t equals = text.find(" = ");
  if (error.get_name() == "ConversionError" && name < equals && equals != std::string::npos) {
    const CLI::Option* option = command.get_option_no_throw(text.substr(name, equals - name));
    if (option != nullptr && !Expected(*option).empty()) {
      return WrongValue(*option, text.substr(equals + 3));
    }
  }
  return fmt::format("{}; `{} --help` tells the options", text, call);
}

}  // namespace ocellus
