// Flags to JSON and back, through the command-line library's own description of them.
#include "ocellus/tools/saved_flags.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {
namespace {

std::string NameOf(const CLI::Option& option) {
  return option.get_lnames().empty() ? "" : "--" + option.get_lnames().front();
}

// What the option is worth: one text for each value; none if it was not given and has no default.
std::vector<std::string> Values(const CLI::Option& option) {
  if (option.count() > 0) return option.results();
  if (option.get_default_str().empty()) return {};
  return {option.get_default_str()};
}

std::optional<double> Number(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// 0.001 and 1e-3 are the same.
bool SameValue(const std::string& a, const std::string& b) {
  return a == b || (Number(a) && Number(a) == Number(b));
}

std::vector<std::string> SavedValues(const Json& value, const std::string& name,
                                     const std::string& where) {
  std::vector<std::string> values;
  bool good = value.is_array();
  for (const Json& text : value) {
    good = good && text.is_string();
    if (good) values.push_back(text.get<std::string>());
  }
  if (!good) Fail("{}: flag {}: expected a list of texts", where, name);
  return values;
}

void ExpectSame(const CLI::Option& option, const std::vector<std::string>& saved,
                const std::string& where) {
  const std::vector<std::string>& given = option.results();
  if (std::ranges::equal(given, saved, SameValue)) return;
  const std::string name = NameOf(option);
  if (saved.empty()) Fail("{} is given, but the training of {} is without it", name, where);
  Fail("{} is {}, but {} in the training of {}; leave it out to go on", name,
       CLI::detail::join(given, " "), CLI::detail::join(saved, " "), where);
}

}  // namespace

Json FlagsToJson(const CLI::App& command) {
  Json flags = Json::object();
  for (const CLI::Option* option : command.get_options()) {
    const std::vector<std::string> values = Values(*option);
    if (!values.empty() && option != command.get_help_ptr()) flags[NameOf(*option)] = values;
  }
  return flags;
}

void RestoreFlags(const Json& flags, const std::vector<std::string>& may_differ,
                  const std::string& where, CLI::App& command) {
  if (!flags.is_object()) Fail("{}: its flags are damaged", where);
  for (CLI::Option* option : command.get_options()) {
    const std::string name = NameOf(*option);
    const bool is_free = std::ranges::find(may_differ, name) != may_differ.end();
    if (option->count() == 0 || is_free) continue;
    const auto saved = flags.find(name);
    ExpectSame(*option,
               saved == flags.end() ? std::vector<std::string>() : SavedValues(*saved, name, where),
               where);
  }
  for (const auto& [name, value] : flags.items()) {
    CLI::Option* option = command.get_option_no_throw(name);
    if (option == nullptr) Fail("{}: unknown flag {}; another ocellus wrote it", where, name);
    if (option->count() > 0) continue;
    try {
      for (const std::string& text : SavedValues(value, name, where)) option->add_result(text);
      option->run_callback();
    } catch (const CLI::Error& error) {
      Fail("{}: flag {}: {}", where, name, error.what());
    }
  }
}

}  // namespace ocellus
