// Safetensors: the format of ocellus' model files. https://github.com/huggingface/safetensors
//
//   WriteSafetensors("model.safetensors", arrays, {{"architecture", json_text}});
//   const Safetensors model = ReadSafetensors("model.safetensors");
//   model.metadata.at("architecture");
//
//   8 bytes     length of the header, little-endian
//   header      JSON: {"__metadata__": {"key": "text"}, "NAME": {"dtype": "F32", "shape": [2, 3],
//               "data_offsets": [begin, end]}}, offsets counted from the end of the header
//   data        the arrays, little-endian, C order, without holes
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/formats/named_array.h"

namespace ocellus {

using Metadata = std::map<std::string, std::string>;

struct Safetensors {
  Metadata metadata;               // empty if the file has none
  std::vector<NamedArray> arrays;  // in the order of their data
};

// Reads a file whose arrays are F32 or F64. Throws Error, naming the file, if it cannot be read, is
// damaged in any way (every byte of the file must belong to exactly one array), or holds arrays
// of another type, without elements or with more than Shape::kMaxRank axes.
Safetensors ReadSafetensors(const std::filesystem::path& path);

// The same for bytes in memory. Error messages begin with `where`.
Safetensors ParseSafetensors(std::span<const uint8_t> bytes, std::string_view where);

// An array to be written that lies elsewhere in memory.
struct NamedView {
  std::string name;
  TensorView<const float> values;
};

// Writes a file, complete or not at all. The same arguments give the same bytes. The data starts at
// a multiple of 8 bytes, arrays follow in the order given. Throws Error if the file cannot be
// written, a name occurs twice, is "__metadata__", or a text is not UTF-8.
void WriteSafetensors(const std::filesystem::path& path, std::span<const NamedArray> arrays,
                      const Metadata& metadata = {});

// The same without a copy of the values.
void WriteSafetensors(const std::filesystem::path& path, std::span<const NamedView> arrays,
                      const Metadata& metadata = {});

}  // namespace ocellus
