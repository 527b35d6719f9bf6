// Whether a text from a file is one.
//
//   if (!IsUtf8(name)) Fail("{}: the name '{}' is not UTF-8", where, name);
#pragma once

#include <string_view>

namespace ocellus {

bool IsUtf8(std::string_view text);

}  // namespace ocellus
