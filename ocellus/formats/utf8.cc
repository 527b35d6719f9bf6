// The JSON library checks UTF-8 already, completely.
#include "ocellus/formats/utf8.h"

#include <nlohmann/json.hpp>

#include "ocellus/base/json.h"

namespace ocellus {

bool IsUtf8(std::string_view text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace ocellus
