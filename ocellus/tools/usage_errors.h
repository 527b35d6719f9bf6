// What is wrong with a command line, in the words of all other messages.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ocellus {

// Looks for misspelt commands and options, which the command-line library would only call
// unexpected, and for negative numbers that it would take for large ones. Returns what is wrong, or
// "".
std::string FindMistake(CLI::App& app, const std::vector<std::string>& arguments);

// What the command-line library found wrong.
std::string DescribeParseError(CLI::App& app, const CLI::ParseError& error);

}  // namespace ocellus
