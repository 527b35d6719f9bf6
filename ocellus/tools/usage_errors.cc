// Misspelt names, wrong numbers, missing commands.
#include "ocellus/tools/usage_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
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

bool IsUnsigned(const CLI::Option& option) { return option.get_type_name() == "UINT"; }
bool IsWhole(const CLI::Option& option) {
  return option.get_type_name() == "INT" || IsUnsigned(option);
}

// What an option takes.
std::string_view Expected(const CLI::Option& option) {
  return IsUnsigned(option)                  ? "a whole number of 0 or more"
         : IsWhole(option)                   ? "a whole number"
         : option.get_type_name() == "FLOAT" ? "a number"
                                             : "a value";
}

std::string WrongValue(const CLI::Option& option, std::string_view value) {
  return fmt::format("{}: expected {}, found '{}'", option.get_name(), Expected(option), value);
}

// The library of the command line would take the nearest number that fits.
bool FitsInto64Bits(const CLI::Option& option, const std::string& number) {
  errno = 0;
  if (IsUnsigned(option)) {
    std::strtoull(number.c_str(), nullptr, 0);
  } else {
    std::strtoll(number.c_str(), nullptr, 0);
  }
  return errno != ERANGE;
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
      if (IsUnsigned(option) && value.starts_with("-")) return WrongValue(option, value);
      if (IsWhole(option) && !FitsInto64Bits(option, value)) {
        return fmt::format("{}: expected a number that fits into 64 bits, found '{}'", name, value);
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
  // "--epochs: 1 required INT missing", "--epochs: At Most 1 required but received 2"
  if (error.get_name() == "ArgumentMismatch" && text.starts_with("--")) {
    const CLI::Option* option = command.get_option_no_throw(text.substr(0, text.find(':')));
    if (option != nullptr && option->count() > 1) {
      return fmt::format("{}: expected once, found {} times", option->get_name(), option->count());
    }
    if (option != nullptr) {
      return fmt::format("{}: expected {}, found nothing", option->get_name(), Expected(*option));
    }
  }
  // "Could not convert: --epochs = many"
  const size_t name = text.find("--");
  const size_t equals = text.find(" = ");
  if (error.get_name() == "ConversionError" && name < equals && equals != std::string::npos) {
    const CLI::Option* option = command.get_option_no_throw(text.substr(name, equals - name));
    if (option != nullptr) {
      return WrongValue(*option, text.substr(equals + 3));
    }
  }
  return fmt::format("{}; `{} --help` tells the options", text, call);
}

}  // namespace ocellus
