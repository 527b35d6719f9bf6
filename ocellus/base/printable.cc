// Control characters of ASCII. Those of Unicode are left alone: no terminal obeys them in UTF-8.
#include "ocellus/base/printable.h"

#include <fmt/core.h>

namespace ocellus {

std::string Printable(std::string_view text, std::string_view allowed) {
  std::string printable;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    const bool is_control = code < 0x20 || code == 0x7f;
    if (is_control && allowed.find(c) == std::string_view::npos) {
      printable += fmt::format("\\x{:02x}", code);
    } else {
      printable += c;
    }
  }
  return printable;
}

}  // namespace ocellus
