// NumPy's side of a pickle.
#include "ocellus/formats/pickle_numpy.h"

#include <algorithm>

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// The argument at `index` if there is one of this type.
template <typename T>
const T* Argument(const PickleTuple& arguments, size_t index) {
  return index < arguments.size() ? arguments[index]->As<T>() : nullptr;
}

bool IsText(const PickleTuple& arguments, size_t index, std::string_view expected) {
  const auto* text = Argument<std::string_view>(arguments, index);
  return text != nullptr && *text == expected;
}

bool IsNumber(const PickleTuple& arguments, size_t index, int64_t expected) {
  const auto* number = Argument<int64_t>(arguments, index);
  return number != nullptr && *number == expected;
}

bool IsNone(const PickleTuple& arguments, size_t index) {
  return Argument<PickleNone>(arguments, index) != nullptr;
}

bool IsGlobal(const PickleTuple& arguments, size_t index, PickleGlobal expected) {
  const auto* global = Argument<PickleGlobal>(arguments, index);
  return global != nullptr && *global == expected;
}

// numpy.dtype('f4', False, True): the byte order comes with its state.
PickleObject MakeDtype(const PickleTuple& arguments, std::string_view where) {
  const auto* code = Argument<std::string_view>(arguments, 0);
  if (code == nullptr || arguments.size() != 3) {
    Fail("{}: expected numpy.dtype(code, align, copy)", where);
  }
  if (*code != "f4" && *code != "f8") {
    Fail("{}: expected arrays of f4 (float32) or f8 (float64), found {}", where, Excerpt(*code));
  }
  return {ElementFormat{.size_bytes = *code == "f4" ? 4 : 8, .byte_order = std::endian::little}};
}

// (3, '<', None, None, None, -1, -1, 0): version, byte order, no parts, names or fields.
void SetDtypeState(ElementFormat& element, const PickleTuple& state, std::string_view where) {
  const bool is_plain = state.size() == 8 && IsNumber(state, 0, 3) && IsNone(state, 2) &&
                        IsNone(state, 3) && IsNone(state, 4) && IsNumber(state, 5, -1) &&
                        IsNumber(state, 6, -1) && IsNumber(state, 7, 0);
  const bool is_little = IsText(state, 1, "<");
  if (!is_plain || (!is_little && !IsText(state, 1, ">"))) {
    Fail("{}: expected the state of a plain little-endian or big-endian dtype", where);
  }
  element.byte_order = is_little ? std::endian::little : std::endian::big;
}

// numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b'b')
PickleObject Reconstruct(const PickleTuple& arguments, std::string_view where) {
  if (arguments.size() != 3 || !IsGlobal(arguments, 0, PickleGlobal::kNdarray)) {
    Fail("{}: expected _reconstruct(numpy.ndarray, (0,), b'b')", where);
  }
  return {PickleArray{}};
}

PickleArray MakeArray(const PickleTuple& shape, const ElementFormat& element, AxisOrder order,
                      PickleBytes bytes, std::string_view where) {
  std::vector<int64_t> sizes;
  for (const PickleObject* size : shape) {
    const auto* number = size->As<int64_t>();
    if (number == nullptr) Fail("{}: shape: expected numbers, found {}", where, size->kind());
    sizes.push_back(*number);
  }
  const ArrayLayout layout{ParseShape(sizes, where), element, order};
  if (static_cast<int64_t>(bytes.size()) != layout.size_bytes()) {
    Fail("{}: an array of shape {} needs {} bytes, found {}", where, layout.shape.ToString(),
         layout.size_bytes(), bytes.size());
  }
  return {layout, bytes};
}

// (1, shape, dtype, is_fortran, bytes)
void SetArrayState(PickleArray& array, const PickleTuple& state, std::string_view where) {
  const auto* shape = Argument<PickleTuple>(state, 1);
  const auto* element = Argument<ElementFormat>(state, 2);
  const auto* is_fortran = Argument<bool>(state, 3);
  const auto* bytes = Argument<PickleBytes>(state, 4);
  if (state.size() != 5 || !IsNumber(state, 0, 1) || shape == nullptr || element == nullptr ||
      is_fortran == nullptr || bytes == nullptr) {
    Fail("{}: expected the state of an array: (1, shape, dtype, is_fortran, bytes)", where);
  }
  array =
      MakeArray(*shape, *element, *is_fortran ? AxisOrder::kFortran : AxisOrder::kC, *bytes, where);
}

// numpy.core.numeric._frombuffer(bytes, dtype, shape, 'C' or 'F'), and from newer versions a fifth
// argument that is None for these orders.
PickleObject FromBuffer(const PickleTuple& arguments, std::string_view where) {
  const auto* bytes = Argument<PickleBytes>(arguments, 0);
  const auto* element = Argument<ElementFormat>(arguments, 1);
  const auto* shape = Argument<PickleTuple>(arguments, 2);
  const bool is_fortran = IsText(arguments, 3, "F");
  const bool is_complete = arguments.size() == 4 || (arguments.size() == 5 && IsNone(arguments, 4));
  if (bytes == nullptr || element == nullptr || shape == nullptr || !is_complete ||
      (!is_fortran && !IsText(arguments, 3, "C"))) {
    Fail("{}: expected _frombuffer(bytes, dtype, shape, 'C' or 'F')", where);
  }
  return {
      MakeArray(*shape, *element, is_fortran ? AxisOrder::kFortran : AxisOrder::kC, *bytes, where)};
}

}  // namespace

PickleGlobal FindPickleGlobal(std::string_view module, std::string_view name,
                              std::string_view where) {
  struct Known {
    std::string_view module;
    std::string_view name;
    PickleGlobal global;
  };
  // NumPy 2 renamed numpy.core to numpy._core.
  static constexpr Known kKnown[] = {
      {"numpy", "ndarray", PickleGlobal::kNdarray},
      {"numpy", "dtype", PickleGlobal::kDtype},
      {"numpy.core.multiarray", "_reconstruct", PickleGlobal::kReconstruct},
      {"numpy._core.multiarray", "_reconstruct", PickleGlobal::kReconstruct},
      {"numpy.core.numeric", "_frombuffer", PickleGlobal::kFromBuffer},
      {"numpy._core.numeric", "_frombuffer", PickleGlobal::kFromBuffer},
      {"_codecs", "encode", PickleGlobal::kEncode},
  };
  for (const Known& known : kKnown) {
    if (known.module == module && known.name == name) return known.global;
  }
  Fail("{}: refused to use {}.{}: expected a dict of float32 or float64 arrays", where,
       Excerpt(module), Excerpt(name));
}

PickleObject CallPickleGlobal(PickleGlobal function, const PickleTuple& arguments,
                              std::string_view where) {
  switch (function) {
    case PickleGlobal::kDtype:
      return MakeDtype(arguments, where);
    case PickleGlobal::kReconstruct:
      return Reconstruct(arguments, where);
    case PickleGlobal::kFromBuffer:
      return FromBuffer(arguments, where);
    case PickleGlobal::kNdarray:
    case PickleGlobal::kEncode:
      break;
  }
  Fail("{}: refused to call numpy.ndarray", where);
}

std::vector<uint8_t> Latin1FromUtf8(const PickleTuple& arguments, std::string_view where) {
  const auto* text = Argument<std::string_view>(arguments, 0);
  if (text == nullptr || arguments.size() != 2 || !IsText(arguments, 1, "latin1")) {
    Fail("{}: expected _codecs.encode(text, 'latin1')", where);
  }
  std::vector<uint8_t> bytes;
  bytes.reserve(text->size());
  for (size_t i = 0; i < text->size(); ++i) {
    const auto lead = static_cast<uint8_t>((*text)[i]);
    if (lead < 0x80) {
      bytes.push_back(lead);
      continue;
    }
    // Characters from 0x80 to 0xff have two bytes: 0b110000xx 0b10xxxxxx.
    const auto next = static_cast<uint8_t>(i + 1 < text->size() ? (*text)[i + 1] : 0);
    if ((lead != 0xc2 && lead != 0xc3) || (next & 0xc0) != 0x80) {
      Fail("{}: character at byte {} of a text of {} bytes is not Latin-1", where, i, text->size());
    }
    bytes.push_back(static_cast<uint8_t>((lead & 3) << 6 | (next & 0x3f)));
    ++i;
  }
  return bytes;
}

void SetPickleState(PickleObject& object, const PickleObject& state, std::string_view where) {
  const auto* tuple = state.As<PickleTuple>();
  if (tuple == nullptr) Fail("{}: expected a state that is a tuple", where);
  if (auto* element = std::get_if<ElementFormat>(&object.value)) {
    SetDtypeState(*element, *tuple, where);
  } else if (auto* array = std::get_if<PickleArray>(&object.value)) {
    SetArrayState(*array, *tuple, where);
  } else {
    Fail("{}: {} cannot have a state", where, object.kind());
  }
}

std::string Excerpt(std::string_view text) {
  constexpr size_t kMaxSize = 60;
  std::string printable(text.substr(0, kMaxSize));
  std::ranges::replace_if(
      printable, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kMaxSize ? printable + "..." : printable;
}

}  // namespace ocellus
