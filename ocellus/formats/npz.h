// NumPy's .npz: a zip archive with one .npy file for each array, as np.savez and
// np.savez_compressed write them and np.load reads them.
//
//   WriteNpz("params.npz", arrays);
//   std::vector<NamedArray> again = ReadNpz("params.npz");
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "ocellus/formats/named_array.h"

namespace ocellus {

// Reads an archive whose arrays are float32 or float64, of either byte order and either axis order,
// stored or deflated. Throws Error, naming the file and the entry, if it cannot be read, is
// damaged, a name occurs twice, or an entry is not such an array.
std::vector<NamedArray> ReadNpz(const std::filesystem::path& path);

// The same for bytes in memory. Error messages begin with `where`.
std::vector<NamedArray> ParseNpz(std::span<const uint8_t> bytes, std::string_view where);

// Writes an archive, complete or not at all: entries stored, little-endian, C order, always the
// same bytes for the same arrays. Throws Error if the file cannot be written or a name is empty or
// occurs twice.
void WriteNpz(const std::filesystem::path& path, std::span<const NamedArray> arrays);

}  // namespace ocellus
