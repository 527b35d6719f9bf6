// What a pickled array does to be made again: calls of a few functions, and states for what they
// return.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ocellus/formats/pickle_object.h"

namespace ocellus {

// The function or type with this name. Throws Error, beginning with `where`, if it is none that an
// array needs.
PickleGlobal FindPickleGlobal(std::string_view module, std::string_view name,
                              std::string_view where);

// Returns what function(arguments...) returns, except for kEncode, which needs memory for its
// result: see Latin1FromUtf8. Throws Error, beginning with `where`, if they are not what NumPy
// writes for an array of float32 or float64.
PickleObject CallPickleGlobal(PickleGlobal function, const PickleTuple& arguments,
                              std::string_view where);

// The result of _codecs.encode(text, 'latin1'): one byte for each character. Throws Error as above.
std::vector<uint8_t> Latin1FromUtf8(const PickleTuple& arguments, std::string_view where);

// Gives an array or a dtype its state. Throws Error as above.
void SetPickleState(PickleObject& object, const PickleObject& state, std::string_view where);

// A text of the file for messages: at most 60 characters, what is not printable ASCII as '?'.
std::string Excerpt(std::string_view text);

}  // namespace ocellus
