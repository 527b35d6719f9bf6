// The flags of a command in a file, so that it can be called again as it was.
//
//   Json flags = FlagsToJson(command);  // {"--epochs": ["20"], "--data": ["mnist"], ...}
//   RestoreFlags(flags, {"--threads"}, "out/checkpoint.safetensors", command);
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "ocellus/base/json.h"

namespace ocellus {

// The values of all flags that were given or have a default, as text.
Json FlagsToJson(const CLI::App& command);

// Gives the command the values of FlagsToJson, in place of its defaults. A flag in `may_differ`
// keeps its value if it is given now. Throws Error, beginning with `where`, if another flag is
// given now with a value that differs from the saved one, or a saved flag is unknown.
void RestoreFlags(const Json& flags, const std::vector<std::string>& may_differ,
                  const std::string& where, CLI::App& command);

}  // namespace ocellus
