// How the numbers of an array lie in a file, and how they become a tensor.
//
//   const ArrayLayout layout{ParseShape(sizes, where), *ParseElementFormat(">f4"),
//                            AxisOrder::kFortran};
//   ArrayValues values = DecodeArray(bytes, layout);
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ocellus/formats/named_array.h"

namespace ocellus {

struct ElementFormat {
  int64_t size_bytes = 4;  // 4: float, 8: double; IEEE 754
  std::endian byte_order = std::endian::little;
};

// "<f4", ">f4", "<f8" or ">f8", as NumPy writes them; nothing for any other type.
std::optional<ElementFormat> ParseElementFormat(std::string_view code);

// Which axis is contiguous in memory.
enum class AxisOrder {
  kC,        // the last
  kFortran,  // the first
};

struct ArrayLayout {
  Shape shape;
  ElementFormat element;
  AxisOrder order = AxisOrder::kC;

  int64_t size_bytes() const { return shape.elements() * element.size_bytes; }
};

// A Shape from sizes that nobody has checked yet. Throws Error, beginning with `where`, if there
// are too many or too large ones, or if one is below 1: ocellus has no arrays without elements.
Shape ParseShape(std::span<const int64_t> sizes, std::string_view where);

// Returns the values in C order and in the byte order of this machine. There must be exactly
// layout.size_bytes() bytes.
ArrayValues DecodeArray(std::span<const uint8_t> bytes, const ArrayLayout& layout);

}  // namespace ocellus
