// The Python objects of which a pickled dict of arrays is made.
//
// All objects belong to the reader of the pickle; they point at each other and into the bytes of
// the file. An object never owns another one, so that no nesting is too deep to be destroyed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ocellus/formats/array_layout.h"

namespace ocellus {

struct PickleObject;

// What a pickle may name. Nothing of it is Python's: each is a few lines in pickle_numpy.cc.
enum class PickleGlobal {
  kNdarray,      // the type of arrays, only as an argument of _reconstruct
  kDtype,        // makes a type of elements
  kReconstruct,  // makes an empty array, which its state fills
  kFromBuffer,   // makes an array from bytes
  kEncode,       // makes bytes from a text: protocol 2 has no bytes
};

struct PickleNone {};
using PickleBytes = std::span<const uint8_t>;
using PickleTuple = std::vector<const PickleObject*>;
using PickleDict = std::vector<std::pair<std::string_view, const PickleObject*>>;

struct PickleArray {
  std::optional<ArrayLayout> layout;  // nothing before its state is known
  PickleBytes bytes;                  // layout->size_bytes() of them
};

struct PickleObject {
  std::variant<PickleNone, bool, int64_t, std::string_view, PickleBytes, PickleTuple, PickleDict,
               PickleGlobal, ElementFormat, PickleArray>
      value;

  // The value if it is of type T, nullptr otherwise.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&value);
  }

  // What it is, for messages: "a text".
  std::string_view kind() const {
    static constexpr std::string_view kKinds[] = {
        "None",    "a truth value", "a number",   "a text",  "bytes",
        "a tuple", "a dict",        "a function", "a dtype", "an array"};
    static_assert(std::size(kKinds) == std::variant_size_v<decltype(value)>);
    return kKinds[value.index()];
  }
};

}  // namespace ocellus
