// Names of pickle's instructions.
#include "ocellus/formats/pickle_opcodes.h"

#include <fmt/core.h>

namespace ocellus {

std::string RefusedOpcodeName(uint8_t opcode) {
  struct Name {
    uint8_t opcode;
    const char* name;
  };
  static constexpr Name kNames[] = {
      {'0', "POP"},        {'1', "POP_MARK"},     {'2', "DUP"},
      {'F', "FLOAT"},      {'G', "BINFLOAT"},     {'I', "INT"},
      {'L', "LONG"},       {'P', "PERSID"},       {'Q', "BINPERSID"},
      {'S', "STRING"},     {'T', "BINSTRING"},    {'U', "SHORT_BINSTRING"},
      {'V', "UNICODE"},    {']', "EMPTY_LIST"},   {'a', "APPEND"},
      {'d', "DICT"},       {'e', "APPENDS"},      {'g', "GET"},
      {'i', "INST"},       {'l', "LIST"},         {'o', "OBJ"},
      {'p', "PUT"},        {0x81, "NEWOBJ"},      {0x82, "EXT1"},
      {0x83, "EXT2"},      {0x84, "EXT4"},        {0x8b, "LONG4"},
      {0x8f, "EMPTY_SET"}, {0x90, "ADDITEMS"},    {0x91, "FROZENSET"},
      {0x92, "NEWOBJ_EX"}, {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
  };
  for (const Name& known : kNames) {
    if (known.opcode == opcode) return fmt::format("{} (0x{:02x})", known.name, opcode);
  }
  return fmt::format("0x{:02x}", opcode);
}

}  // namespace ocellus
