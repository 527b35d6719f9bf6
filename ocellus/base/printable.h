// Texts of others, such as names in files, where they are shown: a terminal obeys control
// characters.
#pragma once

#include <string>
#include <string_view>

namespace ocellus {

// The text with control characters as numbers, "\\x1b", except for those that are allowed; all
// other characters, UTF-8 too, as they are.
std::string Printable(std::string_view text, std::string_view allowed = "");

}  // namespace ocellus
